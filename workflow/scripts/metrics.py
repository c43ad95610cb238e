from pathlib import Path

from umbra.evaluation.metrics import write_errors
from umbra.stage import run

paths = [Path(path) for path in snakemake.input]

run(
    write_errors,
    snakemake.log[0],
    predictions=dict(zip(map(tuple, snakemake.params.labels), paths, strict=True)),
    references=[tuple(reference) for reference in snakemake.params.references],
    seed=snakemake.params.seed,
    output=Path(snakemake.output.errors),
    differences=Path(snakemake.output.differences),
)

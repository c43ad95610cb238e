from pathlib import Path

from umbra.evaluation.metrics import write_errors
from umbra.stage import run

paths = [Path(path) for path in snakemake.input]

run(
    write_errors,
    snakemake.log[0],
    predictions=dict(zip(map(tuple, snakemake.params.labels), paths, strict=True)),
    output=Path(snakemake.output.errors),
)

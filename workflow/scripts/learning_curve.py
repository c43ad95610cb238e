from pathlib import Path

from umbra.evaluation.learning_curve import write_learning_curve
from umbra.stage import run

paths = [Path(path) for path in snakemake.input if path != snakemake.input.dataset]

run(
    write_learning_curve,
    snakemake.log[0],
    dataset=Path(snakemake.input.dataset),
    predictions=dict(zip(map(tuple, snakemake.params.labels), paths, strict=True)),
    seed=snakemake.params.seed,
    output=Path(snakemake.output.table),
)

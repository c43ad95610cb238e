from pathlib import Path

from umbra.evaluation.importance import importance
from umbra.stage import run

paths = [Path(path) for path in snakemake.input.models]

run(
    importance,
    snakemake.log[0],
    models=dict(zip(map(tuple, snakemake.params.networks), paths, strict=True)),
    dataset=Path(snakemake.input.dataset),
    permutations=snakemake.params.permutations,
    seed=snakemake.params.seed,
    threads=snakemake.params.threads,
    table=Path(snakemake.output.table),
)

from pathlib import Path

from umbra.channels import channel_sets_of
from umbra.evaluation.importance import measure_importance
from umbra.stage import run

sets = channel_sets_of(snakemake.params.channel_sets)

run(
    measure_importance,
    snakemake.log[0],
    models=dict(zip(sets, map(Path, snakemake.input.models), strict=True)),
    architecture=snakemake.params.architecture,
    distance=snakemake.params.distance,
    dataset=Path(snakemake.input.dataset),
    permutations=snakemake.params.permutations,
    seed=snakemake.params.seed,
    threads=snakemake.params.threads,
    table=Path(snakemake.output.table),
)

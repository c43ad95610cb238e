from pathlib import Path

from umbra.evaluation.baselines import fit_baselines
from umbra.stage import run

paths = [Path(path) for path in snakemake.output]

run(
    fit_baselines,
    snakemake.log[0],
    dataset=Path(snakemake.input.dataset),
    predictions=dict(zip(map(tuple, snakemake.params.baselines), paths, strict=True)),
    percent=snakemake.params.percent,
    seed=snakemake.params.seed,
)

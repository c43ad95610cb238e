from pathlib import Path

from umbra.evaluation.baselines import fit_baseline
from umbra.stage import run

run(
    fit_baseline,
    snakemake.log[0],
    dataset=Path(snakemake.input.dataset),
    baseline=snakemake.wildcards.baseline,
    seed=snakemake.params.seed,
    predictions=Path(snakemake.output.predictions),
)

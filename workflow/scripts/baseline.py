from pathlib import Path

from umbra.baselines import fit
from umbra.stage import run

run(
    fit,
    snakemake.log[0],
    dataset=Path(snakemake.input.dataset),
    baseline=snakemake.wildcards.baseline,
    seed=snakemake.params.seed,
    predictions=Path(snakemake.output.predictions),
)

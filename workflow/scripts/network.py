from pathlib import Path

from umbra.networks.training import train
from umbra.stage import run

run(
    train,
    snakemake.log[0],
    dataset=Path(snakemake.input.dataset),
    architecture=snakemake.wildcards.architecture,
    channels=snakemake.wildcards.channels,
    settings=snakemake.params.training,
    seed=snakemake.params.seed,
    threads=snakemake.params.threads,
    model=Path(snakemake.output.model),
    history=Path(snakemake.output.history),
    predictions=Path(snakemake.output.predictions),
)

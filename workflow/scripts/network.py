from pathlib import Path

from umbra.channels import ChannelSet
from umbra.config.networks import TrainingSettings
from umbra.networks.training import train_network
from umbra.stage import run

run(
    train_network,
    snakemake.log[0],
    dataset=Path(snakemake.input.dataset),
    architecture=snakemake.wildcards.architecture,
    channel_set=ChannelSet(snakemake.wildcards.channels, tuple(snakemake.params.channels)),
    settings=TrainingSettings(**snakemake.params.training),
    distance=snakemake.params.distance,
    seed=snakemake.params.seed,
    percent=snakemake.params.percent,
    threads=snakemake.params.threads,
    model=Path(snakemake.output.model),
    history=Path(snakemake.output.history),
    predictions=Path(snakemake.output.predictions),
)

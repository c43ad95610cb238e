from pathlib import Path

from umbra.channels import ChannelSet
from umbra.config.networks import TrainingSettings
from umbra.networks.ensembles import train_members
from umbra.stage import run

run(
    train_members,
    snakemake.log[0],
    dataset=Path(snakemake.input.dataset),
    kind=snakemake.wildcards.kind,
    architecture=snakemake.wildcards.architecture,
    channel_set=ChannelSet(snakemake.wildcards.channels, tuple(snakemake.params.channels)),
    members=snakemake.params.members,
    settings=TrainingSettings(**snakemake.params.training),
    distance=snakemake.params.distance,
    seed=snakemake.params.seed,
    threads=snakemake.params.threads,
    store=Path(snakemake.params.store),
    output=Path(snakemake.output.part),
)

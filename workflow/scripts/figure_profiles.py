from pathlib import Path

from umbra.channels import ChannelSet
from umbra.figures.profiles import draw_profiles
from umbra.stage import run

run(
    draw_profiles,
    snakemake.log[0],
    predictions=Path(snakemake.input.predictions),
    galaxies=snakemake.params.wanted,
    architecture=snakemake.params.architecture,
    channel_set=ChannelSet(snakemake.params.channel_set, tuple(snakemake.params.channels)),
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

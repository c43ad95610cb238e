from pathlib import Path

from umbra.channels import ChannelSet
from umbra.figures.rotation_curves import draw_rotation_curves
from umbra.stage import run

run(
    draw_rotation_curves,
    snakemake.log[0],
    profiles=Path(snakemake.input.profiles),
    galaxies=Path(snakemake.input.galaxies),
    architecture=snakemake.params.architecture,
    channel_set=ChannelSet(snakemake.params.channel_set, tuple(snakemake.params.channels)),
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

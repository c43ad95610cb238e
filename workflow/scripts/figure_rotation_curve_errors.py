from pathlib import Path

from umbra.channels import ChannelSet
from umbra.figures.rotation_curve_errors import draw_rotation_curve_errors
from umbra.stage import run

run(
    draw_rotation_curve_errors,
    snakemake.log[0],
    errors=Path(snakemake.input.errors),
    galaxies=Path(snakemake.input.galaxies),
    architecture=snakemake.params.architecture,
    channel_set=ChannelSet(snakemake.params.channel_set, tuple(snakemake.params.channels)),
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

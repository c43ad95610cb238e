from pathlib import Path

from umbra.channels import ChannelSet
from umbra.figures.sensitivity_radius import draw_sensitivity_radius
from umbra.stage import run

run(
    draw_sensitivity_radius,
    snakemake.log[0],
    table=Path(snakemake.input.table),
    half_radii=Path(snakemake.input.half_radii),
    architecture=snakemake.params.architecture,
    channel_set=ChannelSet(snakemake.params.channel_set, tuple(snakemake.params.channels)),
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

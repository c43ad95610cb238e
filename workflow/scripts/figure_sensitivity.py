from pathlib import Path

from umbra.channels import ChannelSet
from umbra.figures.sensitivity import draw_sensitivity
from umbra.stage import run

run(
    draw_sensitivity,
    snakemake.log[0],
    maps=Path(snakemake.input.maps),
    architecture=snakemake.params.architecture,
    channel_set=ChannelSet(snakemake.params.channel_set, tuple(snakemake.params.channels)),
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

from pathlib import Path

from umbra.channels import ChannelSet
from umbra.figures.calibration import draw_calibration
from umbra.stage import run

run(
    draw_calibration,
    snakemake.log[0],
    coverage=Path(snakemake.input.coverage),
    widths=Path(snakemake.input.widths),
    joint=Path(snakemake.input.joint),
    architecture=snakemake.params.architecture,
    channel_sets=[
        ChannelSet(name, tuple(channels))
        for name, channels in snakemake.params.channel_sets.items()
    ],
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

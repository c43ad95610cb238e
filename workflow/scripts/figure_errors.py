from pathlib import Path

from umbra.channels import ChannelSet
from umbra.figures.errors import draw_errors
from umbra.stage import run

run(
    draw_errors,
    snakemake.log[0],
    errors=Path(snakemake.input.errors),
    paper=Path(snakemake.input.paper),
    fixed=snakemake.params.fixed,
    label=snakemake.params.label,
    channel_sets=[
        ChannelSet(name, tuple(channels))
        for name, channels in snakemake.params.channel_sets.items()
    ],
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

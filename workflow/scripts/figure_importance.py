from pathlib import Path

from umbra.channels import ChannelSet
from umbra.figures.importance import draw_importance
from umbra.stage import run

run(
    draw_importance,
    snakemake.log[0],
    importance=Path(snakemake.input.importance),
    channel_sets=[
        ChannelSet(name, tuple(channels))
        for name, channels in snakemake.params.channel_sets.items()
    ],
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

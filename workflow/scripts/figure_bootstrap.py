from pathlib import Path

from umbra.channels import ChannelSet
from umbra.figures.bootstrap import draw_bootstrap
from umbra.stage import run

paths = [Path(path) for path in snakemake.input.intervals]

run(
    draw_bootstrap,
    snakemake.log[0],
    intervals=dict(zip(snakemake.params.shown, paths, strict=True)),
    galaxies=snakemake.params.wanted,
    architecture=snakemake.params.architecture,
    channel_sets=[
        ChannelSet(name, tuple(channels))
        for name, channels in snakemake.params.channel_sets.items()
    ],
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

from pathlib import Path

from umbra.channels import channel_sets_of
from umbra.figures.bootstrap import draw_bootstrap
from umbra.stage import run

paths = [Path(path) for path in snakemake.input.intervals]

run(
    draw_bootstrap,
    snakemake.log[0],
    intervals=dict(zip(snakemake.params.shown, paths, strict=True)),
    galaxies=snakemake.params.wanted,
    architecture=snakemake.params.architecture,
    channel_sets=channel_sets_of(snakemake.params.channel_sets),
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

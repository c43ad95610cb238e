from pathlib import Path

from umbra.figures.rotation_curves import draw_rotation_curves
from umbra.stage import run

architecture, channels = snakemake.params.network

run(
    draw_rotation_curves,
    snakemake.log[0],
    profiles=Path(snakemake.input.profiles),
    galaxies=Path(snakemake.input.galaxies),
    architecture=architecture,
    channels=channels,
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

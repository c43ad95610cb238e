from pathlib import Path

from umbra.figures.rotation_curve_errors import draw_rotation_curve_errors
from umbra.stage import run

architecture, channels = snakemake.params.network

run(
    draw_rotation_curve_errors,
    snakemake.log[0],
    errors=Path(snakemake.input.errors),
    galaxies=Path(snakemake.input.galaxies),
    architecture=architecture,
    channels=channels,
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

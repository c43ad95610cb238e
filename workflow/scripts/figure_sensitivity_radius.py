from pathlib import Path

from umbra.figures.sensitivity_radius import draw_reach
from umbra.stage import run

architecture, channels = snakemake.params.network

run(
    draw_reach,
    snakemake.log[0],
    table=Path(snakemake.input.table),
    half_radii=Path(snakemake.input.half_radii),
    architecture=architecture,
    channels=channels,
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

from pathlib import Path

from umbra.figures.sensitivity import draw_maps
from umbra.stage import run

architecture, channels = snakemake.params.network

run(
    draw_maps,
    snakemake.log[0],
    maps=Path(snakemake.input.maps),
    architecture=architecture,
    channels=channels,
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

from pathlib import Path

from umbra.figures.photometry import draw_photometry
from umbra.stage import run

run(
    draw_photometry,
    snakemake.log[0],
    images=[Path(path) for path in snakemake.input.images],
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

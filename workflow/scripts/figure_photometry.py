from pathlib import Path

from umbra.examples import example_files
from umbra.figures.photometry import draw_photometry
from umbra.stage import run


def draw(pdf, png, **choice):
    draw_photometry(images=example_files(**choice), pdf=Path(pdf), png=Path(png))


run(
    draw,
    snakemake.log[0],
    paths=[Path(path) for path in snakemake.input.images],
    wanted=snakemake.params.wanted,
    seed=snakemake.params.seed,
    pdf=snakemake.output.pdf,
    png=snakemake.output.png,
)

from pathlib import Path

from umbra.examples import example_files
from umbra.figures.moments import draw_moments
from umbra.stage import run


def draw(pdf, png, **choice):
    draw_moments(maps=example_files(**choice), pdf=Path(pdf), png=Path(png))


run(
    draw,
    snakemake.log[0],
    paths=[Path(path) for path in snakemake.input.maps],
    wanted=snakemake.params.wanted,
    seed=snakemake.params.seed,
    pdf=snakemake.output.pdf,
    png=snakemake.output.png,
)

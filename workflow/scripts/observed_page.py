from pathlib import Path

from umbra.figures.observed_page import draw_observed_page
from umbra.stage import run

run(
    draw_observed_page,
    snakemake.log[0],
    folder=Path(snakemake.input.maps).parent,
    belonging=Path(snakemake.input.belonging),
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

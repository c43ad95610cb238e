from pathlib import Path

from umbra.figures.corner import draw_corner
from umbra.stage import run

run(
    draw_corner,
    snakemake.log[0],
    posterior=Path(snakemake.input.posterior),
    galaxy=int(snakemake.wildcards.galaxy),
    realisation=snakemake.params.realisation,
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

from pathlib import Path

from umbra.figures.portrait import draw_portrait
from umbra.stage import run

run(
    draw_portrait,
    snakemake.log[0],
    galaxies=Path(snakemake.input.galaxies),
    realisations=Path(snakemake.input.realisations),
    relations=Path(snakemake.input.relations),
    images=[Path(path) for path in snakemake.input.images],
    moments=[Path(path) for path in snakemake.input.moments],
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

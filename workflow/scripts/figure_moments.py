from pathlib import Path

from umbra.figures.moments import draw_moments
from umbra.stage import run

run(
    draw_moments,
    snakemake.log[0],
    maps=[Path(path) for path in snakemake.input.maps],
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

from pathlib import Path

from umbra.figures.errors import draw_errors
from umbra.stage import run

run(
    draw_errors,
    snakemake.log[0],
    errors=Path(snakemake.input.errors),
    paper=Path(snakemake.input.paper),
    fixed=snakemake.params.fixed,
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

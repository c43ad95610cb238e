from pathlib import Path

from umbra.figures.importance import draw_importance
from umbra.stage import run

run(
    draw_importance,
    snakemake.log[0],
    importance=Path(snakemake.input.importance),
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

from pathlib import Path

from umbra.figures.pipeline import draw_pipeline
from umbra.stage import run

run(
    draw_pipeline,
    snakemake.log[0],
    snakefile=Path(snakemake.params.snakefile),
    config=snakemake.params.config,
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

from pathlib import Path

from umbra.channels import channel_sets_of
from umbra.figures.learning_curve import draw_learning_curve
from umbra.stage import run

run(
    draw_learning_curve,
    snakemake.log[0],
    table=Path(snakemake.input.table),
    channel_sets=channel_sets_of(snakemake.params.channel_sets),
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

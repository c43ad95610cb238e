from pathlib import Path

from umbra.channels import channel_sets_of
from umbra.figures.importance import draw_importance
from umbra.stage import run

run(
    draw_importance,
    snakemake.log[0],
    importance=Path(snakemake.input.importance),
    channel_sets=channel_sets_of(snakemake.params.channel_sets),
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

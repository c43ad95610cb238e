from pathlib import Path

from umbra.channels import channel_sets_of
from umbra.figures.errors import draw_errors
from umbra.stage import run

run(
    draw_errors,
    snakemake.log[0],
    errors=Path(snakemake.input.errors),
    paper=Path(snakemake.input.paper),
    fixed=snakemake.params.fixed,
    label=snakemake.params.label,
    channel_sets=channel_sets_of(snakemake.params.channel_sets),
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

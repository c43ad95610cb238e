from pathlib import Path

from umbra.channels import channel_sets_of
from umbra.figures.calibration import draw_calibration
from umbra.stage import run

run(
    draw_calibration,
    snakemake.log[0],
    coverage=Path(snakemake.input.coverage),
    widths=Path(snakemake.input.widths),
    joint=Path(snakemake.input.joint),
    architecture=snakemake.params.architecture,
    channel_sets=channel_sets_of(snakemake.params.channel_sets),
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

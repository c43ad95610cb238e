from pathlib import Path

from umbra.channels import ChannelSet
from umbra.figures.tully_fisher import draw_tully_fisher
from umbra.stage import run

run(
    draw_tully_fisher,
    snakemake.log[0],
    table=Path(snakemake.input.table),
    bands=Path(snakemake.input.bands),
    summary=Path(snakemake.input.summary),
    architecture=snakemake.params.architecture,
    channel_set=ChannelSet(snakemake.params.channel_set, tuple(snakemake.params.channels)),
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

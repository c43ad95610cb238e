from pathlib import Path

from umbra.figures.tully_fisher import draw_tully_fisher
from umbra.stage import run

architecture, channels = snakemake.params.network

run(
    draw_tully_fisher,
    snakemake.log[0],
    table=Path(snakemake.input.table),
    bands=Path(snakemake.input.bands),
    summary=Path(snakemake.input.summary),
    architecture=architecture,
    channels=channels,
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

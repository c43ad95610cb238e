from pathlib import Path

from umbra.figures.baryonic_tully_fisher import draw_baryonic_tully_fisher
from umbra.stage import run

run(
    draw_baryonic_tully_fisher,
    snakemake.log[0],
    table=Path(snakemake.input.table),
    relation=Path(snakemake.input.relation),
    summary=Path(snakemake.input.summary),
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

from pathlib import Path

from umbra.classical.tully_fisher.baryonic import write_line_widths
from umbra.stage import run

run(
    write_line_widths,
    snakemake.log[0],
    moments=[Path(path) for path in snakemake.input.moments],
    galaxies_csv=Path(snakemake.input.galaxies),
    table=Path(snakemake.output.table),
    relation=Path(snakemake.output.relation),
    summary=Path(snakemake.output.summary),
)

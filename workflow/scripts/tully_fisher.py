from pathlib import Path

from umbra.classical.tully_fisher.comparison import write_tully_fisher
from umbra.stage import run

intervals = snakemake.input.intervals

run(
    write_tully_fisher,
    snakemake.log[0],
    predictions=Path(snakemake.input.predictions[0]),
    galaxies_csv=Path(snakemake.input.galaxies),
    profiles={int(Path(path).stem): Path(path) for path in snakemake.input.profiles},
    intervals=Path(intervals[0]) if intervals else None,
    table=Path(snakemake.output.table),
    bands=Path(snakemake.output.bands),
    summary=Path(snakemake.output.summary),
)

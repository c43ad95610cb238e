from pathlib import Path

from umbra.dataset.rejections import write_rejected
from umbra.stage import run

run(
    write_rejected,
    snakemake.log[0],
    files=[Path(path) for path in snakemake.input],
    max_fraction=snakemake.params.max_fraction,
    output=Path(snakemake.output.table),
)

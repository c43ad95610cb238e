from pathlib import Path

from umbra.dataset.rejections import collect
from umbra.stage import run

run(
    collect,
    snakemake.log[0],
    parts=[Path(path) for path in snakemake.input.parts],
    max_fraction=snakemake.params.max_fraction,
    output=Path(snakemake.output.table),
)

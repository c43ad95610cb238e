from pathlib import Path

from umbra.files import link_into
from umbra.stage import run

run(
    link_into,
    snakemake.log[0],
    paths=[Path(path) for path in snakemake.input.shards],
    folder=Path(snakemake.output.folder),
)

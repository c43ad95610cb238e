from pathlib import Path

from umbra.simulation.web_api.endpoints import fetch_run
from umbra.stage import run

run(
    fetch_run,
    snakemake.log[0],
    settings=snakemake.params.download,
    name=snakemake.params.name,
    snapshot=snakemake.params.snapshot,
    output=Path(snakemake.output.run),
)

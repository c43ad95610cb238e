from pathlib import Path

from umbra.simulation.api import fetch_run
from umbra.stage import run

run(
    fetch_run,
    snakemake.log[0],
    settings=snakemake.config["simulation"],
    name=snakemake.params.name,
    snapshot=snakemake.params.snapshot,
    output=Path(snakemake.output.run),
)

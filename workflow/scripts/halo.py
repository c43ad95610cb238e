from pathlib import Path

from umbra.simulation.web_api.endpoints import fetch_halo
from umbra.stage import run

run(
    fetch_halo,
    snakemake.log[0],
    settings=snakemake.params.download,
    name=snakemake.params.name,
    snapshot=snakemake.params.snapshot,
    group=int(snakemake.wildcards.group),
    output=Path(snakemake.output.halo),
)

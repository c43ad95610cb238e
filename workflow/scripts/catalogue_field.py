from pathlib import Path

from umbra.simulation.web_api.endpoints import fetch_field
from umbra.stage import run

run(
    fetch_field,
    snakemake.log[0],
    settings=snakemake.params.download,
    name=snakemake.params.name,
    snapshot=snakemake.params.snapshot,
    table=snakemake.wildcards.table,
    field=snakemake.wildcards.field,
    output=Path(snakemake.output.field),
)

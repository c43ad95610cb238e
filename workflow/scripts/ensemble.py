from pathlib import Path

from umbra.predictions.joining import join_parts
from umbra.stage import run

run(
    join_parts,
    snakemake.log[0],
    parts=[Path(path) for path in snakemake.input.parts],
    kind=snakemake.wildcards.kind,
    max_failed_fraction=snakemake.params.max_failed_fraction,
    output=Path(snakemake.output.predictions),
    table=Path(snakemake.output.members),
)

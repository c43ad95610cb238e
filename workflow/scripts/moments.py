from pathlib import Path

from umbra.config.hi import MomentSettings
from umbra.hi.moments import write_moments
from umbra.stage import run_galaxy

run_galaxy(
    write_moments,
    snakemake.input,
    snakemake.output,
    snakemake.log[0],
    cubes=[Path(path) for path in snakemake.input.cubes],
    moments=MomentSettings(**snakemake.params.moments),
    output=Path(snakemake.output.maps),
)

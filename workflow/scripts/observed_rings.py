from pathlib import Path

from umbra.config.hi import MomentSettings
from umbra.config.rotation_curve import RingSettings
from umbra.observed.rotation_curve import fit_observed_rings
from umbra.stage import run_galaxy

run_galaxy(
    fit_observed_rings,
    snakemake.input,
    snakemake.output,
    snakemake.log[0],
    cube=Path(snakemake.input.cube),
    moments=MomentSettings(**snakemake.params.moments),
    settings=RingSettings(**snakemake.params.rings),
    rings=Path(snakemake.output.rings),
)

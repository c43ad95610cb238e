from pathlib import Path

from umbra.classical.rotation_curve.ring_fit import fit_rings
from umbra.config.rotation_curve import RingSettings
from umbra.stage import run_galaxy

run_galaxy(
    fit_rings,
    snakemake.input,
    snakemake.output,
    snakemake.log[0],
    cube=Path(snakemake.input.cube),
    moments=Path(snakemake.input.moments),
    realisation=snakemake.params.realisation,
    settings=RingSettings(**snakemake.params.rings),
    folder=Path(snakemake.output.rings).parent,
)

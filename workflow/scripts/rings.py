from pathlib import Path

from umbra.classical.rotation_curve.barolo import fit_rings
from umbra.stage import run_galaxy

run_galaxy(
    fit_rings,
    snakemake.input,
    snakemake.output,
    snakemake.log[0],
    cube=Path(snakemake.input.cube),
    moments=Path(snakemake.input.moments),
    realisation=snakemake.params.realisation,
    settings=snakemake.params.rings,
    folder=Path(snakemake.output.rings).parent,
)

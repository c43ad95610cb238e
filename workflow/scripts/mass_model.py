from pathlib import Path

from umbra.classical.rotation_curve.galaxy_fit import fit_galaxy
from umbra.config.rotation_curve import MassModelSettings
from umbra.dataset.profiles import radii_kpc
from umbra.stage import run_galaxy

run_galaxy(
    fit_galaxy,
    snakemake.input,
    snakemake.output,
    snakemake.log[0],
    galaxy=int(snakemake.wildcards.galaxy),
    realisation=snakemake.params.realisation,
    rings=Path(snakemake.input.rings),
    disc=Path(snakemake.input.disc),
    moments=Path(snakemake.input.moments),
    cutout=Path(snakemake.input.cutout),
    radius_kpc=radii_kpc(**snakemake.params.profiles),
    settings=MassModelSettings(**snakemake.params.fit),
    seed=snakemake.params.seed,
    posterior=Path(snakemake.output.posterior),
    mass=Path(snakemake.output.mass),
    halos=Path(snakemake.output.halos),
)

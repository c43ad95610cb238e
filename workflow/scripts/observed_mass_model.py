from pathlib import Path

from umbra.config.hi import MomentSettings
from umbra.config.rotation_curve import ModelSettings
from umbra.dataset.profiles import radii_kpc
from umbra.observed.rotation_curve import fit_observed_mass
from umbra.stage import run_galaxy

run_galaxy(
    fit_observed_mass,
    # Without a disc of light the stars follow from the rotation.
    [snakemake.input.rings, snakemake.input.cube, snakemake.input.maps],
    snakemake.output,
    snakemake.log[0],
    name=snakemake.wildcards.name,
    rings=Path(snakemake.input.rings),
    cube=Path(snakemake.input.cube),
    maps=Path(snakemake.input.maps),
    disc=Path(snakemake.input.disc),
    moments=MomentSettings(**snakemake.params.moments),
    settings=ModelSettings(**snakemake.params.fit),
    radius_kpc=radii_kpc(**snakemake.params.profiles),
    seed=snakemake.params.seed,
    posterior=Path(snakemake.output.posterior),
    mass=Path(snakemake.output.mass),
    velocities=Path(snakemake.output.velocities),
)

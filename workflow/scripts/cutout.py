from pathlib import Path

from umbra.config.observation import FieldSettings
from umbra.config.sample import ParticleLimits
from umbra.observation.cutout_radius import cutout_radius_kpc
from umbra.simulation.cutout import gather_cutout
from umbra.stage import run_galaxy

galaxy = int(snakemake.wildcards.galaxy)

run_galaxy(
    gather_cutout,
    [],
    snakemake.output,
    snakemake.log[0],
    shards=sorted(Path(snakemake.input.shards).glob("*.hdf5")) if snakemake.input.shards else [],
    halo=Path(snakemake.input.halo) if snakemake.input.halo else None,
    run=Path(snakemake.input.run) if snakemake.input.run else None,
    galaxy=galaxy,
    galaxies_csv=Path(snakemake.input.galaxies),
    radius_kpc=cutout_radius_kpc(
        seed=snakemake.params.seed,
        galaxy=galaxy,
        observation=FieldSettings(**snakemake.params.observation),
        radius_kpc=snakemake.params.radius_kpc,
    ),
    limits=ParticleLimits(**snakemake.params.limits),
    output=Path(snakemake.output.cutout),
)

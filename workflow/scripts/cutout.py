from pathlib import Path

from umbra.config.sample import ParticleLimits
from umbra.observation.cutout_radius import cutout_radius_kpc
from umbra.observation.realisations import draw_realisations
from umbra.simulation.cutout import gather_cutout
from umbra.stage import run_galaxy

galaxy = int(snakemake.wildcards.galaxy)
observation = snakemake.params.observation

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
        realisations=draw_realisations(seed=snakemake.params.seed, galaxy=galaxy, **observation),
        field_of_view_arcmin=observation["field_of_view_arcmin"],
        radius_kpc=snakemake.params.radius_kpc,
    ),
    limits=ParticleLimits(**snakemake.params.limits),
    output=Path(snakemake.output.cutout),
)

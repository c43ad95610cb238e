from pathlib import Path

from umbra.config.observation import FieldSettings
from umbra.observation.cutout_radius import cutout_radii_kpc
from umbra.simulation.streaming import stream_shard
from umbra.stage import run


def stream(*, chunks, galaxies_csv, seed, observation, radius_kpc, output):
    radii_kpc = cutout_radii_kpc(
        galaxies_csv=galaxies_csv, seed=seed, observation=observation, radius_kpc=radius_kpc
    )
    stream_shard(chunks=chunks, galaxies_csv=galaxies_csv, radius_kpc=radii_kpc, output=output)


run(
    stream,
    snakemake.log[0],
    chunks=[Path(path) for path in snakemake.input.chunks],
    galaxies_csv=Path(snakemake.input.galaxies),
    seed=snakemake.params.seed,
    observation=FieldSettings(**snakemake.params.observation),
    radius_kpc=snakemake.params.radius_kpc,
    output=Path(snakemake.output.shard),
)

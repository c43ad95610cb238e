from pathlib import Path

from umbra.config.observation import FieldSettings
from umbra.observation.cutout_radius import cutout_radii_kpc
from umbra.simulation.streaming import stream_shard
from umbra.stage import run

galaxies = Path(snakemake.input.galaxies)

run(
    stream_shard,
    snakemake.log[0],
    chunks=[Path(path) for path in snakemake.input.chunks],
    galaxies_csv=galaxies,
    radius_kpc=cutout_radii_kpc(
        galaxies_csv=galaxies,
        seed=snakemake.params.seed,
        observation=FieldSettings(**snakemake.params.observation),
        radius_kpc=snakemake.params.radius_kpc,
    ),
    output=Path(snakemake.output.shard),
)

from pathlib import Path

from umbra.observation import cutout_radius_kpc
from umbra.simulation.cutout import gather
from umbra.stage import run_galaxy

galaxy = int(snakemake.wildcards.galaxy)

run_galaxy(
    gather,
    [],
    snakemake.output,
    snakemake.log[0],
    shards=[Path(path) for path in snakemake.input.shards],
    galaxy=galaxy,
    galaxies_csv=Path(snakemake.input.galaxies),
    radius_kpc=snakemake.params.radius_kpc,
    output=Path(snakemake.output.cutout),
    **snakemake.params.minimum,
)

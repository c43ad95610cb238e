from pathlib import Path

from umbra.dataset.profiles import radii_kpc
from umbra.observed.stellar_light import write_stellar_halo
from umbra.stage import run_galaxy

run_galaxy(
    write_stellar_halo,
    snakemake.input,
    snakemake.output,
    snakemake.log[0],
    maps=Path(snakemake.input.maps),
    radius_kpc=radii_kpc(**snakemake.params.profiles),
    seed=snakemake.params.seed,
    masses=Path(snakemake.output.masses),
    profile=Path(snakemake.output.profile),
)

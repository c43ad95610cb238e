from pathlib import Path

from umbra.observed.numbers import write_observed_numbers
from umbra.stage import run

run(
    write_observed_numbers,
    snakemake.log[0],
    profile=Path(snakemake.input.profile),
    rings=Path(snakemake.input.rings),
    posterior=Path(snakemake.input.posterior),
    mass=Path(snakemake.input.mass),
    velocities=Path(snakemake.input.velocities),
    stellar_masses=Path(snakemake.input.stellar_masses),
    stellar_profile=Path(snakemake.input.stellar_profile),
    numbers=Path(snakemake.output.numbers),
)

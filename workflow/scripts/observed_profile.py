from pathlib import Path

from umbra.observed.answers import write_observed_profile
from umbra.stage import run_galaxy

run_galaxy(
    write_observed_profile,
    [],  # the file has the reason of a rejected galaxy
    snakemake.output,
    snakemake.log[0],
    predictions=Path(snakemake.input.predictions),
    name=snakemake.wildcards.name,
    profile=Path(snakemake.output.profile),
    samples=Path(snakemake.output.samples),
)

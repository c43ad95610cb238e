from pathlib import Path

from umbra.config.dataset import ProfileSettings
from umbra.dataset.profiles import write_profile
from umbra.stage import run_galaxy

run_galaxy(
    write_profile,
    snakemake.input,
    snakemake.output,
    snakemake.log[0],
    cutout=Path(snakemake.input.cutout),
    profiles=ProfileSettings(**snakemake.params.profiles),
    output=Path(snakemake.output.profile),
)

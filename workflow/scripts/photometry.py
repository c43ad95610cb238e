from pathlib import Path

from umbra.config.observation import ImageSettings
from umbra.config.photometry import ImagingSettings
from umbra.photometry.sdss import observe_galaxy
from umbra.stage import run_galaxy

run_galaxy(
    observe_galaxy,
    snakemake.input,
    snakemake.output,
    snakemake.log[0],
    frames=[Path(path) for path in snakemake.input.frames],
    galaxy=int(snakemake.wildcards.galaxy),
    seed=snakemake.params.seed,
    observation=ImageSettings(**snakemake.params.observation),
    photometry=ImagingSettings(**snakemake.params.photometry),
    skirt_resources=snakemake.params.skirt_resources,
    output=Path(snakemake.output.image),
)

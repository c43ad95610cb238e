from pathlib import Path

from umbra.config.observation import ImageSettings
from umbra.config.photometry import SkiSettings
from umbra.photometry.ski import write_ski
from umbra.stage import run_galaxy

run_galaxy(
    write_ski,
    snakemake.input,
    snakemake.output,
    snakemake.log[0],
    cutout=Path(snakemake.input.cutout),
    seed=snakemake.params.seed,
    observation=ImageSettings(**snakemake.params.observation),
    photometry=SkiSettings(**snakemake.params.photometry),
    output=Path(snakemake.output.ski).parent,
)

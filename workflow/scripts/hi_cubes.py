from pathlib import Path

from umbra.config.hi import CubeSettings
from umbra.config.observation import ImageSettings
from umbra.hi.cube import make_cubes
from umbra.stage import run_galaxy

run_galaxy(
    make_cubes,
    snakemake.input,
    snakemake.output,
    snakemake.log[0],
    cutout=Path(snakemake.input.cutout),
    seed=snakemake.params.seed,
    observation=ImageSettings(**snakemake.params.observation),
    telescope=CubeSettings(**snakemake.params.telescope),
    outputs=[Path(path) for path in snakemake.output.cubes],
)

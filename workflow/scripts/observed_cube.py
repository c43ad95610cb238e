from pathlib import Path

from umbra.config.hi import MomentSettings
from umbra.config.observation import ImageSettings
from umbra.observed.own_cube import prepare_observed_cube
from umbra.observed.table import GivenCube
from umbra.stage import run_galaxy

run_galaxy(
    prepare_observed_cube,
    [],  # the user's file is no marker
    snakemake.output,
    snakemake.log[0],
    galaxy=GivenCube(**snakemake.params.galaxy),
    observation=ImageSettings(**snakemake.params.observation),
    beam_fwhm_arcsec=snakemake.params.beam_fwhm_arcsec,
    moments=MomentSettings(**snakemake.params.moments),
    cube=Path(snakemake.output.cube),
)

from pathlib import Path

from umbra.classical.rotation_curve.light.profile import measure_light
from umbra.config.photometry import ImagingSettings
from umbra.stage import run_galaxy

environment = snakemake.input.environment

run_galaxy(
    measure_light,
    snakemake.input,
    snakemake.output,
    snakemake.log[0],
    image=Path(snakemake.input.image),
    realisation=snakemake.params.realisation,
    method=snakemake.params.method,
    imaging=ImagingSettings(**snakemake.params.imaging),
    environment=Path(environment) if environment else None,
    folder=Path(snakemake.output.light).parent,
)

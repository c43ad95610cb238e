from pathlib import Path

from umbra.classical.rotation_curve.light.profile import measure_light
from umbra.stage import run_galaxy

run_galaxy(
    measure_light,
    snakemake.input,
    snakemake.output,
    snakemake.log[0],
    image=Path(snakemake.input.image),
    realisation=snakemake.params.realisation,
    method=snakemake.params.method,
    photometry=snakemake.params.photometry,
    environment=Path(snakemake.params.environment),
    folder=Path(snakemake.output.light).parent,
)

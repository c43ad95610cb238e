from pathlib import Path

from umbra.observed.stellar_light import measure_observed_light
from umbra.observed.training_images import TrainingImages
from umbra.stage import run_galaxy

run_galaxy(
    measure_observed_light,
    snakemake.input,
    snakemake.output,
    snakemake.log[0],
    maps=Path(snakemake.input.maps),
    training=TrainingImages(**snakemake.params.training),
    light=Path(snakemake.output.light),
    disc=Path(snakemake.output.disc),
)

from pathlib import Path

from umbra.observed.preparation import prepare_observed_galaxy
from umbra.observed.table import ObservedGalaxy
from umbra.observed.training_images import TrainingImages
from umbra.stage import run_galaxy

run_galaxy(
    prepare_observed_galaxy,
    [],  # the user's files are no markers
    snakemake.output,
    snakemake.log[0],
    galaxy=ObservedGalaxy(**snakemake.params.galaxy),
    training=TrainingImages(**snakemake.params.training),
    stars=snakemake.params.stars,
    maps=Path(snakemake.output.maps),
    cube=Path(snakemake.output.cube),
)

from pathlib import Path

from umbra.observed.preparation import prepare_observed_galaxy
from umbra.observed.table import ObservedGalaxy
from umbra.observed.training_images import TrainingImages
from umbra.stage import run_galaxy

run_galaxy(
    prepare_observed_galaxy,
    [],  # the marker of a galaxy without a cube is no fault
    snakemake.output,
    snakemake.log[0],
    galaxy=ObservedGalaxy(**snakemake.params.galaxy),
    training=TrainingImages(**snakemake.params.training),
    stars=snakemake.params.stars,
    cube=Path(snakemake.input.cube),
    maps=Path(snakemake.output.maps),
)

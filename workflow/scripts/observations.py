from pathlib import Path

from umbra.config.observation import RealisationSettings
from umbra.observation.table import write_observations
from umbra.stage import run

run(
    write_observations,
    snakemake.log[0],
    galaxies_csv=Path(snakemake.input.galaxies),
    seed=snakemake.params.seed,
    settings=RealisationSettings(**snakemake.params.settings),
    distance_relative_error=snakemake.params.distance_relative_error,
    output=Path(snakemake.output.table),
)

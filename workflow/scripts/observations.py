from pathlib import Path

from umbra.observation.table import write_observations
from umbra.stage import run

run(
    write_observations,
    snakemake.log[0],
    galaxies_csv=Path(snakemake.input.galaxies),
    seed=snakemake.params.seed,
    settings=snakemake.params.settings,
    output=Path(snakemake.output.table),
)

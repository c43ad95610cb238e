from pathlib import Path

from umbra.performance import summarise_cost
from umbra.simulation.galaxies import read_galaxies
from umbra.stage import run

run(
    summarise_cost,
    snakemake.log[0],
    benchmarks=Path(snakemake.params.benchmarks),
    logs=Path(snakemake.params.logs),
    galaxies=len(read_galaxies(Path(snakemake.input.galaxies)).subhalo_id),
    output=Path(snakemake.output.table),
)

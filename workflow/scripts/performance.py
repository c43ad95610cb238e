from pathlib import Path

from umbra.performance import summarise_cost
from umbra.simulation.galaxies import read_sample
from umbra.stage import run


def summarise(*, benchmarks, logs, galaxies_csv, output):
    galaxies = len(read_sample(galaxies_csv))
    summarise_cost(benchmarks=benchmarks, logs=logs, galaxies=galaxies, output=output)


run(
    summarise,
    snakemake.log[0],
    benchmarks=Path(snakemake.params.benchmarks),
    logs=Path(snakemake.params.logs),
    galaxies_csv=Path(snakemake.input.galaxies),
    output=Path(snakemake.output.table),
)

import csv
from pathlib import Path

from umbra.performance import summarise_cost
from umbra.stage import run

with open(snakemake.input.galaxies, newline="") as file:
    galaxies = sum(1 for _ in csv.DictReader(file))

run(
    summarise_cost,
    snakemake.log[0],
    benchmarks=Path(snakemake.params.benchmarks),
    logs=Path(snakemake.params.logs),
    galaxies=galaxies,
    output=Path(snakemake.output.table),
)

import csv
from pathlib import Path

from umbra.performance import summarise
from umbra.stage import run

with open(snakemake.input.galaxies, newline="") as file:
    galaxies = sum(1 for _ in csv.DictReader(file))

run(
    summarise,
    snakemake.log[0],
    benchmarks=Path(snakemake.params.benchmarks),
    logs=Path(snakemake.params.logs),
    galaxies=galaxies,
    output=Path(snakemake.output.table),
)

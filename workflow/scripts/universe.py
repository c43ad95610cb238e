from pathlib import Path

from umbra.stage import run
from umbra.universe.writer import write_universe

run(
    write_universe,
    snakemake.log[0],
    output=Path("results/universe"),
    seed=snakemake.params.seed,
    threads=snakemake.threads,
    **snakemake.params.universe,
)

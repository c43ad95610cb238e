from pathlib import Path

from umbra.config.universe import UniverseSettings
from umbra.stage import run
from umbra.universe.writer import write_universe

run(
    write_universe,
    snakemake.log[0],
    output=Path("results/universe"),
    seed=snakemake.params.seed,
    settings=UniverseSettings(**snakemake.params.universe),
    threads=snakemake.threads,
)

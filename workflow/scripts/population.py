from pathlib import Path

from umbra.population.measurement import write_population
from umbra.stage import run

run(
    write_population,
    snakemake.log[0],
    cutouts=[Path(path) for path in snakemake.input.cutouts],
    images=[Path(path) for path in snakemake.input.images],
    moments=[Path(path) for path in snakemake.input.moments],
    galaxies_csv=Path(snakemake.input.sample),
    galaxies=Path(snakemake.output.galaxies),
    realisations=Path(snakemake.output.realisations),
    relations=Path(snakemake.output.relations),
    summary=Path(snakemake.output.summary),
)

from pathlib import Path

from umbra.classical.rotation_curve.comparison import Products, write_comparison
from umbra.stage import run

given = snakemake.input
files = zip(given.rings, given.disc, given.posterior, given.mass, strict=True)

run(
    write_comparison,
    snakemake.log[0],
    products={int(Path(paths[0]).parent.name): Products(*map(Path, paths)) for paths in files},
    realisation=snakemake.params.realisation,
    predictions=Path(snakemake.input.predictions[0]),
    intervals=Path(snakemake.input.intervals[0]) if snakemake.input.intervals else None,
    profiles=Path(snakemake.output.profiles),
    error_table=Path(snakemake.output.errors),
    galaxies=Path(snakemake.output.galaxies),
)

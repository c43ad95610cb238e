from pathlib import Path

from umbra.photometry.radiative_transfer import run_skirt
from umbra.stage import run_galaxy

run_galaxy(
    run_skirt,
    snakemake.input,
    snakemake.output,
    snakemake.log[0],
    engine=snakemake.params.engine,
    skirt_resources=snakemake.params.skirt_resources,
    threads=snakemake.threads,
    ski=Path(snakemake.input.ski),
    output_folder=Path(snakemake.output.frames[0]).parent,
    expected=[Path(path) for path in snakemake.output.frames],
)

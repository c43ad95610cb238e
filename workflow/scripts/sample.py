from pathlib import Path

from umbra.config.sample import SelectionSettings
from umbra.simulation.selection import write_sample
from umbra.stage import run

run(
    write_sample,
    snakemake.log[0],
    settings=SelectionSettings(**snakemake.params.settings),
    path=Path(snakemake.params.path),
    snapshot=snakemake.params.snapshot,
    galaxies_csv=Path(snakemake.output.galaxies),
    cuts_csv=Path(snakemake.output.cuts),
    run=Path(snakemake.input.run) if snakemake.input.run else None,
)

from pathlib import Path

from umbra.figures.observed_index import write_observed_index
from umbra.stage import run

run(
    write_observed_index,
    snakemake.log[0],
    folders=[Path(png).parent for png in snakemake.input.png],
    belonging=Path(snakemake.input.belonging),
    index=Path(snakemake.output.index),
)

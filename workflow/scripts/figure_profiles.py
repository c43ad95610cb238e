from pathlib import Path

from umbra.figures.profiles import draw_profiles
from umbra.stage import run

architecture, channels = snakemake.params.network

run(
    draw_profiles,
    snakemake.log[0],
    predictions=Path(snakemake.input.predictions),
    galaxies=snakemake.params.wanted,
    architecture=architecture,
    channels=channels,
    pdf=Path(snakemake.output.pdf),
    png=Path(snakemake.output.png),
)

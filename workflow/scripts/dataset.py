from pathlib import Path

from umbra.config.dataset import DatasetSettings
from umbra.dataset.build import build_dataset
from umbra.stage import run

run(
    build_dataset,
    snakemake.log[0],
    photometry=[Path(path) for path in snakemake.input.photometry],
    moments=[Path(path) for path in snakemake.input.moments],
    profiles=[Path(path) for path in snakemake.input.profiles],
    galaxies=[int(Path(path).stem) for path in snakemake.input.profiles],
    seed=snakemake.params.seed,
    settings=DatasetSettings(**snakemake.params.split),
    realisations=snakemake.params.realisations,
    pixels=snakemake.params.pixels,
    distance_relative_error=snakemake.params.distance_relative_error,
    config_digest=snakemake.params.config_digest,
    output=Path(snakemake.output.dataset),
    cutouts=Path(snakemake.params.cutouts),
)

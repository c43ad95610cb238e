from pathlib import Path

from umbra.config.observation import ImageSettings
from umbra.config.photometry import SkiSettings
from umbra.photometry.trial import check_skirt
from umbra.stage import run

run(
    check_skirt,
    snakemake.log[0],
    engine=snakemake.params.engine,
    seed=snakemake.params.seed,
    observation=ImageSettings(**snakemake.params.observation),
    photometry=SkiSettings(**snakemake.params.photometry),
    accepted=Path(snakemake.output.accepted),
)

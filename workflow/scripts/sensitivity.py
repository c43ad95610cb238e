from pathlib import Path

from umbra.evaluation.sensitivity.measurement import sensitivity
from umbra.stage import run

architecture, channels = snakemake.params.network

run(
    sensitivity,
    snakemake.log[0],
    model=Path(snakemake.input.model[0]),
    dataset=Path(snakemake.input.dataset),
    architecture=architecture,
    channels=channels,
    settings=snakemake.params.settings,
    field_of_view_arcmin=snakemake.params.field_of_view,
    seed=snakemake.params.seed,
    threads=snakemake.params.threads,
    maps=Path(snakemake.output.maps),
    table=Path(snakemake.output.table),
    half_radii=Path(snakemake.output.half_radii),
)

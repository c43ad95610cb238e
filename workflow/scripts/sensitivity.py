from pathlib import Path

from umbra.channels import ChannelSet
from umbra.config.sensitivity import MapSettings
from umbra.evaluation.sensitivity.measurement import measure_sensitivity
from umbra.stage import run

run(
    measure_sensitivity,
    snakemake.log[0],
    model=Path(snakemake.input.model[0]),
    dataset=Path(snakemake.input.dataset),
    architecture=snakemake.params.architecture,
    distance=snakemake.params.distance,
    channel_set=ChannelSet(snakemake.params.channel_set, tuple(snakemake.params.channels)),
    settings=MapSettings(**snakemake.params.maps),
    field_of_view_arcmin=snakemake.params.field_of_view,
    seed=snakemake.params.seed,
    threads=snakemake.params.threads,
    maps=Path(snakemake.output.maps),
    table=Path(snakemake.output.table),
    half_radii=Path(snakemake.output.half_radii),
)

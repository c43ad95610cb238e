from pathlib import Path

from umbra.observed.prediction import predict_observed
from umbra.stage import run

run(
    predict_observed,
    snakemake.log[0],
    maps=dict(zip(snakemake.params.names, map(Path, snakemake.input.maps), strict=True)),
    networks=Path(snakemake.input.networks),
    threads=snakemake.params.threads,
    output=Path(snakemake.output.predictions),
    table=Path(snakemake.output.belonging),
)

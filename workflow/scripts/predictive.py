from pathlib import Path

from umbra.predictions.calibration import write_predictive
from umbra.stage import run

run(
    write_predictive,
    snakemake.log[0],
    bootstrap=Path(snakemake.input.bootstrap[0]),
    gaussian=Path(snakemake.input.gaussian[0]),
    sample_count=snakemake.params.samples,
    seed=snakemake.params.seed,
    intervals=Path(snakemake.output.intervals),
    samples=Path(snakemake.output.samples),
)

from pathlib import Path

from umbra.evaluation.coverage import write_coverage
from umbra.stage import run

paths = [Path(path) for path in snakemake.input.samples]

run(
    write_coverage,
    snakemake.log[0],
    samples=dict(zip(snakemake.params.channel_sets, paths, strict=True)),
    coverage=Path(snakemake.output.coverage),
    widths=Path(snakemake.output.widths),
    joint=Path(snakemake.output.joint),
    methods=Path(snakemake.output.methods),
)

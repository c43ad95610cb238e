from pathlib import Path

from umbra.evaluation.coverage_thirds import write_coverage_thirds
from umbra.stage import run

paths = [Path(path) for path in snakemake.input.samples]

run(
    write_coverage_thirds,
    snakemake.log[0],
    samples=dict(zip(snakemake.params.channel_sets, paths, strict=True)),
    observations=Path(snakemake.input.observations),
    line_widths=Path(snakemake.input.line_widths),
    output=Path(snakemake.output.table),
)

from pathlib import Path

from umbra.classical.rotation_curve.light.autoprof_environment import make_environment
from umbra.stage import run

run(make_environment, snakemake.log[0], marker=Path(snakemake.output.ready))

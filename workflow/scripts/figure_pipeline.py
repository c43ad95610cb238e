import json
import subprocess
import sys
import tempfile
from pathlib import Path

from umbra.figures.pipeline import draw_pipeline
from umbra.stage import run


def draw(snakefile, config, pdf, png):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(config, file)
        file.flush()
        # Asked of Snakemake itself; this run's lock and its unfinished files do not matter.
        command = [sys.executable, "-m", "snakemake", "results/figures", "--rulegraph", "dot"]
        command += ["--snakefile", snakefile, "--nolock", "--rerun-incomplete"]
        command += ["--configfile", file.name, "--cores", "1"]
        asked = subprocess.run(command, capture_output=True, text=True, check=False)
    if asked.returncode:
        raise RuntimeError(f"Snakemake cannot draw its graph: {asked.stderr.strip()}")
    draw_pipeline(dot=asked.stdout, pdf=Path(pdf), png=Path(png))


run(
    draw,
    snakemake.log[0],
    snakefile=snakemake.params.snakefile,
    config=snakemake.params.config,
    pdf=snakemake.output.pdf,
    png=snakemake.output.png,
)

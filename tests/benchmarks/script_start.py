"""CPU time from the start of a job to the first line of its work: in an interpreter, in a fork.

``python tests/benchmarks/script_start.py [SCRIPT ...]`` starts the imports of scripts of the
workflow (by default those of a galaxy's stages, and of a training) in interpreters of their own and
in forks of a server (`umbra.fork_server`), three times each. Prints the median CPU seconds of each
way.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from umbra.environment import prepare_environment
from umbra.fork_server import ForkServer

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow" / "scripts"
OF_A_GALAXY = ("cutout", "mass_profile", "ski", "photometry", "hi_cubes", "moments")
TIMES = 3
PREAMBLE = "from snakemake.logging import logger\nfrom snakemake.iocontainers import Snakemake\n"


def main() -> None:
    """Print a line for each script."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scripts", nargs="*", default=[*OF_A_GALAXY, "network"])
    names = parser.parse_args().scripts
    prepare_environment()
    server = ForkServer()
    print("script, CPU s in an interpreter, in a fork")
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            script, measured = Path(folder, f"job.{name}.py"), Path(folder, "seconds")
            script.write_text(_start_of(name, measured))
            alone, forked = [], []
            for _ in range(TIMES):
                subprocess.run([sys.executable, script], check=True)
                alone.append(float(measured.read_text()))
                if server.start(str(script), {}).wait():
                    raise SystemExit(f"{name} failed in a fork")
                forked.append(float(measured.read_text()))
            print(f"{name} {statistics.median(alone):.2f} {statistics.median(forked):.2f}")
    server.close()


def _start_of(name: str, measured: Path) -> str:
    lines = (SCRIPTS / f"{name}.py").read_text(encoding="utf-8").splitlines()
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    end = f"import os\nopen({str(measured)!r}, 'w').write(str(sum(os.times()[:2])))\n"
    return PREAMBLE + "\n".join(imports) + "\n" + end


if __name__ == "__main__":
    main()

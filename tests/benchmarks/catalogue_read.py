"""What choosing the sample costs with a group catalogue as large as TNG100-1's.

python tests/benchmarks/catalogue_read.py [--folder /tmp]

Writes 448 files with 4,371,211 subhaloes in 6,291,349 groups (0.5 GB, only the fields that are
read), of which as many pass the cuts as in TNG100-1, and prints CPU time and peak memory of the
stage in a process of its own. Everything is deleted in the end.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1] / "builders"))

import tng_files
from peak_memory import peak_memory_mib
from umbra.config.sample import SelectionSettings
from umbra.simulation.selection import write_sample

FILES, GROUPS, SUBHALOES, SELECTED = 448, 6_291_349, 4_371_211, 2974
CUTS = SelectionSettings()  # the paper's


def write(folder: Path) -> None:
    """Write the catalogue; each of the first groups has one subhalo, of the rest none."""
    fields = tng_files.subhaloes(np.arange(SUBHALOES).tolist())
    fields["SubhaloSFR"][SELECTED:] = 0
    first = np.full(GROUPS, -1, dtype=np.int32)
    first[:SUBHALOES] = np.arange(SUBHALOES)
    parts = np.array_split(np.arange(SUBHALOES), FILES)
    tng_files.write_catalogue(
        folder,
        subhaloes=[{name: fields[name][part] for name in fields} for part in parts],
        groups=[{"GroupFirstSub": part} for part in np.array_split(first, FILES)],
    )


def read(folder: Path) -> None:
    """Do what the stage does, and print what it cost."""
    wall, cpu = time.perf_counter(), time.process_time()
    write_sample(
        settings=CUTS,
        path=folder,
        snapshot=99,
        galaxies_csv=folder / "galaxies.csv",
        cuts_csv=folder / "cuts.csv",
    )
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    galaxies = len((folder / "galaxies.csv").read_text().splitlines()) - 1
    print(f"{galaxies} galaxies; {wall:.1f} s, {cpu:.1f} s CPU, peak {peak_memory_mib():.0f} MiB")


def main() -> None:
    """Print the cost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        read(options.read)
        return
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="catalogue_") as folder:
        write(Path(folder))
        subprocess.run([sys.executable, __file__, "--read", folder], check=True)


if __name__ == "__main__":
    main()

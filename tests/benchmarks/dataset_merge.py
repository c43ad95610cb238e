"""Time of merging the dataset, compared with the time of copying the same bytes.

``python tests/benchmarks/dataset_merge.py [--galaxies 60] [--rounds 3]``

The copy reads all input files and writes their bytes into one file. Both the copy and the merge go
through the page cache. The times exclude imports and the making of the inputs.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from astropy.io import fits  # noqa: F401  (a job imports it once, for any number of galaxies)

from umbra import channels

sys.path.append(str(Path(__file__).resolve().parents[1] / "builders"))
from dataset_case import RADIUS_KPC, Inputs, write_profile, write_realisations

REALISATIONS, PIXELS = 3, 128


def write_inputs(folder: Path, galaxies: int) -> Inputs:
    """Write images of noise in the size of a real run."""
    inputs = Inputs(folder, galaxies=0)
    inputs.ids = list(range(galaxies))
    rng = np.random.default_rng(0)
    for galaxy in inputs.ids:
        paths = [folder / "photometry" / f"{galaxy}.fits", folder / "moments" / f"{galaxy}.fits"]
        for path, planes in zip(paths, (5, 3), strict=True):
            images = rng.normal(size=(REALISATIONS, planes, PIXELS, PIXELS))
            write_realisations(
                path, galaxy=galaxy, images=images, cards={"FLUXHI": 1.0, "W50KMS": 2.0}
            )
        profile = folder / "profiles" / f"{galaxy}.csv"
        write_profile(profile, mass_msun=1e9 * RADIUS_KPC, particles=np.full(20, 9))
        for kind, path in zip(
            ("photometry", "moments", "profiles"), (*paths, profile), strict=True
        ):
            getattr(inputs, kind).append(path)
    return inputs


def copy(inputs: Inputs) -> None:
    """Copy the bytes of all images into one file."""
    with open(inputs.folder / "copy", "wb") as file:
        for path in (*inputs.photometry, *inputs.moments, *inputs.profiles):
            file.write(path.read_bytes())


def main() -> None:
    """Time both, in turn, and print the best time of each and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--galaxies", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        inputs = write_inputs(Path(folder), options.galaxies)
        seconds = {"merge": [], "copy": []}
        for _ in range(options.rounds):
            for name, work in (
                ("merge", lambda: inputs.build(realisations=REALISATIONS, pixels=PIXELS)),
                ("copy", lambda: copy(inputs)),
            ):
                start = time.process_time(), time.perf_counter()
                work()
                seconds[name].append(
                    (time.process_time() - start[0], time.perf_counter() - start[1])
                )
        size_mb = (inputs.folder / "dataset.hdf5").stat().st_size / 1e6
    (merge, merge_wall), (bare, bare_wall) = (min(times) for times in seconds.values())
    print(
        f"{options.galaxies} galaxies, {size_mb:.0f} MB (channels {len(channels.CHANNELS)}): "
        f"merge {merge:.2f} s CPU, {merge_wall:.2f} s; copy {bare:.2f} s CPU, {bare_wall:.2f} s; "
        f"ratio {merge / bare:.1f}, {1e3 * (merge - bare) / options.galaxies:.1f} ms a galaxy more"
    )


if __name__ == "__main__":
    main()

"""Test galaxies of a run as a user's files from other telescopes: do the networks answer the same?

``nice python tests/benchmarks/observed_round_trip.py RUN FOLDER [--galaxies N]``: RUN is the folder
of a run of the default configuration that still has ``results/cutouts`` and ``results/ski``, and in
which ``snakemake results/saved_networks`` has ended. FOLDER keeps the maps that are read back.

One realisation of each test galaxy is imaged again (`other_telescopes`): turned, with other pixels,
in other units, with another beam, other channels and less noise. Printed are, for each galaxy, each
flux over that of the dataset, and how far the prediction is from that for the dataset's images in
units of the width of its own 68 % interval: the mean over the radii (with its sign), and the
largest; and the CPU seconds.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.append(str(Path(__file__).resolve().parents[1] / "builders"))
from other_telescopes import maps_of_dataset, observed_again
from umbra.channels import CHANNELS
from umbra.dataset.reading import OBSERVABLES, read_split
from umbra.observed.maps import ObservedMaps, read_observed_maps, write_observed_maps
from umbra.observed.prediction import Predictor
from umbra.observed.preparation import observe


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and of those that it waited for."""
    return sum(os.times()[:4])


def read_back(own: ObservedMaps, results: Path, folder: Path, predictor: Predictor) -> ObservedMaps:
    """Return the maps of the galaxy from the files of other telescopes."""
    path = folder / f"{own.name}.fits"
    if not path.exists():
        galaxy, number = own.name[1:].split("_r")
        with tempfile.TemporaryDirectory() as files:
            row = observed_again(
                results,
                int(galaxy),
                int(number),
                measured_mpc=own.distance_mpc,
                folder=Path(files),
            )
            start = cpu_seconds()
            seen = observe(row, training=predictor.definition)
            print(f"{own.name}: {cpu_seconds() - start:.1f} CPU s", *seen.notes, sep="\n    ")
        write_observed_maps(seen, path)
    return read_observed_maps(path)


def differences(
    own: ObservedMaps, seen: ObservedMaps, predictor: Predictor
) -> Iterator[tuple[str, float]]:
    """Yield what is compared."""
    for name in OBSERVABLES[:-1]:
        yield name, seen.observables[name] / own.observables[name]
    for name, channels in predictor.definition.channel_sets.items():
        known, found = (
            predictor.answer(
                replace(maps, channels={channel: maps.channels[channel] for channel in channels})
            )
            for maps in (own, seen)
        )
        lower, median, upper = known.quantiles(0.16, 0.5, 0.84)
        off = (found.quantiles(0.5)[0] - median) / (upper - lower)
        yield f"{name}: mean", off.mean()
        yield f"{name}: largest", np.abs(off).max()
        yield f"{name}: own percentile", known.percentile
        yield f"{name}: percentile", found.percentile


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--galaxies", type=int, default=1000)
    given = parser.parse_args()
    results = given.run / "results"
    given.folder.mkdir(exist_ok=True)
    predictor = Predictor(results / "saved_networks", threads=1)
    error = predictor.definition.observation.distance_relative_error
    test = read_split(results / "dataset.hdf5", list(CHANNELS), "test")
    rows = {}
    for number, galaxy in enumerate(np.unique(test.galaxy)[: given.galaxies]):
        rows_of_it = np.flatnonzero(test.galaxy == galaxy)
        row = rows_of_it[number % len(rows_of_it)]  # every realisation has its turn
        own = maps_of_dataset(test, row, relative_error=error)
        seen = read_back(own, results, given.folder, predictor)
        rows[own.name] = dict(differences(own, seen, predictor))
    table = pd.DataFrame(rows)
    print(table.round(3).to_string())
    print(table.T.describe().loc[["min", "50%", "max"]].round(3).T.to_string())


if __name__ == "__main__":
    main()

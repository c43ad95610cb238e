"""Every number that docs/universe.md compares: the published one, and that of a run's galaxies.

``nice python tests/benchmarks/universe_population.py RUN``: the folder of a run that still has
``results/cutouts``. All its galaxies are measured, about 1 s each. Without
``results/photometry`` and ``results/hi/moments``, the numbers that come from images are nan.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.files import rejection
from umbra.population.measurement import (
    POPULATION_IMAGE_COLUMNS,
    measure_galaxies,
    measure_realisations,
)
from umbra.population.summary import summarise_population


def main(run: Path) -> None:
    """Print reference and measurement, a row for each number."""
    results = run / "results"
    galaxies_csv = results / "sample/galaxies.csv"
    cutouts, images, moments = (
        {path.stem: path for path in sorted(results.glob(pattern)) if not rejection(path)}
        for pattern in ("cutouts/*.hdf5", "photometry/*.fits", "hi/moments/*.fits")
    )
    seen = [name for name in images if name in moments]
    galaxies = measure_galaxies(list(cutouts.values()), galaxies_csv=galaxies_csv)
    realisations = pd.DataFrame(columns=list(POPULATION_IMAGE_COLUMNS), dtype=float)
    if seen:
        realisations = measure_realisations(
            images=[images[name] for name in seen],
            moments=[moments[name] for name in seen],
            galaxies_csv=galaxies_csv,
        )
    print(f"{'':56} {'reference':>15} {'measured':>17} {'of':>4}")
    for row in summarise_population(galaxies, realisations).itertuples():
        label = row.label + ("" if row.checked else " *")
        measured = f"{row.value:8.3f} +- {row.error:5.3f}"
        verdict = "" if row.agrees or np.isnan(row.value) else "   differs"
        reference = f"{row.low:g} to {row.high:g}"
        print(f"{label:56} {reference:>15} {measured:>17} {row.number:4d}{verdict}")
    print("* not checked in its source")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

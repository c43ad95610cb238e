"""A group catalogue of nine subhaloes, made to fail each cut of the sample, in three files."""

from pathlib import Path

import numpy as np

import tng_files
from umbra.config.sample import SelectionSettings
from umbra.simulation.selection import write_sample

# Group 0: subhalo 0 passes, 1 is a first-level satellite (its parent is 0 as well).
# Groups 1 to 6: one subhalo each (2 to 7) that fails one thing, 8 is a satellite with parent 1.
GROUP = [0, 0, 1, 2, 3, 4, 5, 6, 6]
FIRST = np.array([0, 2, 3, 4, 5, 6, 7], dtype=np.int32)


def subhaloes() -> dict[str, np.ndarray]:
    """Return the fields of the subhaloes."""
    fields = tng_files.subhaloes(GROUP)
    stars = fields["SubhaloMassType"][:, 4]
    fields["SubhaloFlag"][2] = False
    fields["SubhaloSFR"][3] = 0.09
    stars[4] = 0.6  # 8.9e9 Msun; 6e9 Msun/h
    stars[5] = 90.0  # 1.3e12 Msun
    stars[6] = 0.7  # 1.03e10 Msun, but below 1e10 Msun/h
    fields["SubhaloMassInRadType"][:, 4] = 0.9 * stars
    fields["SubhaloParent"][8] = 1
    fields["SubhaloPos"][:] = np.random.default_rng(1).uniform(0, 75000, (9, 3))
    return fields


def write_run(output: Path) -> list[Path]:
    """Write three files, the second without subhaloes and the third without groups."""
    fields = subhaloes()
    return tng_files.write_catalogue(
        output,
        subhaloes=[
            {name: values[:4] for name, values in fields.items()},
            {},
            {name: values[4:] for name, values in fields.items()},
        ],
        groups=[{"GroupFirstSub": FIRST[:3]}, {"GroupFirstSub": FIRST[3:]}, {}],
    )


def select(run: Path, **settings) -> None:
    """Write the sample of a run beside its catalogue."""
    write_sample(
        settings=SelectionSettings(**settings),
        path=run,
        snapshot=99,
        galaxies_csv=run / "galaxies.csv",
        cuts_csv=run / "cuts.csv",
    )

"""What the band of the HI cubes is worth: errors of regressions on the HI line alone.

``nice python tests/benchmarks/band_errors.py RUN``: the folder of a run of the default
configuration that still has ``results/cutouts`` and ``results/profiles``. Cubes and moment maps are
made again with 64 and with 200 channels, two minutes of CPU each. Ridge and random forest then see
flux, W50 and whether the line is cut, in five folds by galaxy, and predict the dark matter within
each radius.
"""

import logging
import sys
import tempfile
from pathlib import Path

import numpy as np
from astropy.io import fits

from umbra.config.model import Config
from umbra.dataset.inputs import log10_mass_dm, read_mass_profile
from umbra.dataset.reading import OBSERVABLES, SplitTable
from umbra.evaluation.baselines import predict_baseline
from umbra.hi.cube import make_cubes
from umbra.hi.moments import write_moments

CONFIG = Config()
CHANNELS = (64, 200)
RADII_KPC = (10, 30, 100)
FOLDS = 5


def lines_of(cutout: Path, channels: int, folder: Path) -> list[dict[str, float]]:
    """Return what of the observables the HI line of each view gives."""
    cubes = [folder / f"{number}.fits" for number in range(CONFIG.observation.realisations)]
    telescope = CONFIG.hi.model_copy(update={"channels": channels})
    make_cubes(
        cutout=cutout,
        seed=CONFIG.seed,
        observation=CONFIG.observation,
        telescope=telescope,
        outputs=cubes,
    )
    write_moments(cubes=cubes, moments=CONFIG.moments, output=folder / "moments.fits")
    with fits.open(folder / "moments.fits") as hdus:
        return [
            {
                "flux_hi_jy_km_s": hdu.header["FLUXHI"],
                "w50_km_s": hdu.header["W50KMS"],
                "line_cut": float(hdu.header["LINECUT"]),
            }
            for hdu in hdus[1:]
        ]


def measure(run: Path, channels: int, folder: Path) -> SplitTable:
    """Return the views of all galaxies as a dataset would have them, without their light."""
    views, masses, ids = [], [], []
    for cutout in sorted((run / "results/cutouts").glob("*.hdf5")):
        profile = run / f"results/profiles/{cutout.stem}.csv"
        radius_kpc = read_mass_profile(profile)["radius_kpc"].to_numpy()
        for line in lines_of(cutout, channels, folder):
            views.append([line.get(name, np.nan) for name in OBSERVABLES])
            masses.append(log10_mass_dm(profile, radius_kpc=radius_kpc))
            ids.append(int(cutout.stem))
    nothing = np.zeros(len(ids))
    return SplitTable(
        np.array(views), np.array(masses), np.array(ids), nothing, nothing, nothing, radius_kpc
    )


def errors_dex(table: SplitTable, baseline: str) -> np.ndarray:
    """Return the root mean square error at each radius, in folds by galaxy."""
    galaxies = np.unique(table.galaxy)
    fold = np.random.default_rng(0).permutation(len(galaxies)) % FOLDS
    fold_of_row = fold[np.searchsorted(galaxies, table.galaxy)]
    predicted = np.empty_like(table.log10_mass_dm)
    for number in range(FOLDS):
        held = fold_of_row == number
        (predicted[held],) = predict_baseline(
            baseline=baseline,
            inputs="catalogue",
            train=table.select(~held),
            others=[table.select(held)],
            seed=1,
        )
    return np.sqrt(np.nanmean((predicted - table.log10_mass_dm) ** 2, axis=0))


def main(run: Path) -> None:
    """Print the share of lines that are cut and the errors of both regressions."""
    logging.disable(logging.WARNING)
    for channels in CHANNELS:
        with tempfile.TemporaryDirectory() as folder:
            table = measure(run, channels, Path(folder))
        cut = table.observables[:, OBSERVABLES.index("line_cut")]
        print(f"{channels} channels: {int(cut.sum())} of {len(cut)} lines are cut")
        near = [int(np.abs(table.radius_kpc - radius).argmin()) for radius in RADII_KPC]
        for baseline in ("ridge", "random_forest"):
            errors = errors_dex(table, baseline)[near]
            print(f"  {baseline:14} {errors.round(3)} dex within {RADII_KPC} kpc")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Files as the stages of the rotation-curve method write them, with known errors."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.classical.rotation_curve.comparison import Products, write_comparison
from umbra.classical.rotation_curve.light.disc_table import DiscLight, write_disc
from umbra.classical.rotation_curve.light.exponential_disc import Disc
from umbra.classical.rotation_curve.posterior import MASS_COLUMNS, Posterior, write_posterior
from umbra.classical.rotation_curve.rings import Rings, write_rings
from umbra.files import write_rejection
from umbra.predictions.intervals import INTERVAL_COLUMNS
from umbra.predictions.points import Predictions, write_predictions
from umbra.tables import write_table

RADIUS_KPC = np.geomspace(1, 100, 20)
REALISATION = 1
# Mean and standard deviation of the posteriors' upsilon, V200, C200, distance and inclination.
MEAN = np.array([1.2, 130.0, 12.0, 15.0, 60.0])
WIDTH = np.array([0.2, 8.0, 2.0, 0.8, 3.0])
TABLES = ("profiles", "error_table", "galaxies")


def true_mass(galaxy: int) -> np.ndarray:
    """Return log10 of the mass of an isothermal sphere, the heavier the greater its id."""
    return 9.5 + 0.02 * galaxy + np.log10(RADIUS_KPC)


def rings_of(**columns) -> Rings:
    """Return rings with these columns and zeros in the others."""
    count = len(columns["radius_kpc"])
    return Rings(**{field.name: np.zeros(count) for field in fields(Rings)} | columns)


def disc_of(**values) -> Disc:
    """Return a disc with these values and zeros for the others."""
    return Disc(**{field.name: 0.0 for field in fields(Disc)} | values)


def posterior_of(samples: np.ndarray) -> Posterior:
    """Return a posterior with these samples, of a fit that went well."""
    return Posterior(
        samples=samples,
        best=samples[0],
        halo="nfw",
        reduced_chi2=1.25,
        waic=80.0,
        autocorrelation_time=np.full(5, 30.0),
        acceptance=0.2,
        steps=4000,
        converged=True,
    )


def write_products(folder: Path, *, galaxy: int, offset, failed: str = "") -> Products:
    """Write a galaxy's files; its masses are off by `offset` [dex], with bars of 0.15 dex.

    Parameters
    ----------
    folder : Path
    galaxy : int
    offset : float or ndarray, shape (20,)
    failed : {"", "rings", "light", "fit"}
        The stage that fails; the fit then has nothing to work with and hands its reason on.
    """
    own = folder / str(galaxy)
    own.mkdir(parents=True)
    names = ("rings.csv", "disc.csv", "posterior.hdf5", "mass.csv")
    files = Products(*(own / name for name in names))
    radius = np.arange(1, 13) * 2.5
    rings = rings_of(
        radius_kpc=radius,
        velocity_km_s=np.full(12, 120.0),
        inclination_deg=np.linspace(50, 61, 12),
    )
    write_rings(rings, files.rings)
    write_disc(DiscLight("photutils", disc_of(scale_length_arcsec=12.0), 0.5, 0, 60), files.disc)
    samples = np.random.default_rng(galaxy).normal(MEAN, WIDTH, (4000, 5))
    write_posterior(posterior_of(samples), files.posterior)
    mass = true_mass(galaxy) + offset
    columns = (RADIUS_KPC, mass, mass - 0.15, mass + 0.15)
    write_table(pd.DataFrame(dict(zip(MASS_COLUMNS, columns, strict=True))), files.mass)
    reason = {
        "rings": "inclination of 12 degrees by the velocity field, outside 30 to 80",
        "light": "no isophotes: the galaxy is too faint",
        "fit": "fit not converged: 50000 steps, autocorrelation time 2051",
    }
    for stage, paths in {
        "rings": [files.rings],
        "light": [files.disc],
        "fit": [files.posterior, files.mass],
    }.items():
        if failed and stage in (failed, "fit"):
            for path in paths:
                write_rejection(path, reason[failed])
    return files


def write_network(folder: Path, *, galaxies, offset: Mapping) -> dict[str, Path]:
    """Write predictions of two realisations, and intervals around them of 0.1 dex on either side.

    Only the second realisation is off by `offset`; the first is off by 5 dex, and must not be
    looked at.
    """
    galaxy, realisation = np.repeat(list(galaxies), 2), np.tile([0, REALISATION], len(galaxies))
    truth = np.array([true_mass(one) for one in galaxy])
    shift = np.array([np.zeros(20) + offset.get(one, 0.0) for one in galaxy])
    predicted = truth + np.where(realisation[:, None] == REALISATION, shift, 5.0)
    test = Predictions(galaxy, realisation, RADIUS_KPC, truth, predicted)
    paths = {name: folder / f"{name}.csv" for name in ("predictions", "intervals")}
    write_predictions(predictions={"test": test}, output=paths["predictions"])
    rows = [
        (method, galaxy[row], realisation[row], f"{radius:.10g}", truth[row, place], *values)
        for method, other in (("bootstrap", 3.0), ("calibrated", 0.0))
        for row in range(len(galaxy))
        for place, radius in enumerate(RADIUS_KPC)
        for values in [predicted[row, place] + other + np.array([0, -0.1, 0.1])]
    ]
    write_table(pd.DataFrame(rows, columns=INTERVAL_COLUMNS), paths["intervals"])
    return paths


def compare(
    folder: Path, *, offsets: Mapping, failed: Mapping[int, str], bars: bool = True
) -> dict[str, Path]:
    """Return the tables of a run: rotation curves off by `offsets` [dex], the network by a tenth.

    Failed galaxies are left out by both methods alike, and the network is off by 1 dex there.
    """
    galaxies = sorted({*offsets, *failed})
    products = {
        galaxy: write_products(
            folder, galaxy=galaxy, offset=offsets.get(galaxy, 0), failed=failed.get(galaxy, "")
        )
        for galaxy in galaxies
    }
    network = {galaxy: 1.0 if galaxy in failed else offsets[galaxy] / 10 for galaxy in galaxies}
    paths = write_network(folder, galaxies=galaxies, offset=network)
    tables = {name: folder / f"{name}.csv" for name in TABLES}
    if not bars:
        paths["intervals"] = None
    write_comparison(products=products, realisation=REALISATION, **paths, **tables)
    return tables

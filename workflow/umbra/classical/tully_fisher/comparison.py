"""Rotation velocities from the network's masses (A) and from the Tully-Fisher relation (B).

Both are compared at twice the stellar half-mass radius with the velocity of the particles' mass
(de los Rios et al. 2023, section 5.5).
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from umbra.classical.tully_fisher.hall_relation import hall_error, hall_velocity
from umbra.classical.tully_fisher.network_errors import LogErrors, read_log_errors
from umbra.classical.tully_fisher.residuals import (
    BAND_COLUMNS,
    SUMMARY_COLUMNS,
    Estimate,
    running_band,
    summarise_residuals,
)
from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN
from umbra.errors import InputError
from umbra.files import atomic
from umbra.predictions.points import Predictions, read_predictions

COLUMNS = (
    *("galaxy", "realisation", "radius_kpc", "stellar_mass_msun", "v_true_km_s"),
    *("a_v_km_s", "a_lower_km_s", "a_upper_km_s", "a_error_source"),
    *("b_v_km_s", "b_lower_km_s", "b_upper_km_s", "reason"),
)
# A, B, and B with the other limit of what its coefficients' errors may mean
METHODS = ("A", "B", "B_anticorrelated")


@dataclass(frozen=True)
class Truth:
    """What the simulation knows of one galaxy at its radius of comparison.

    Attributes
    ----------
    radius_kpc : float
        Twice the stellar half-mass radius; NaN if there is none.
    stellar_mass_msun : float
        Of the whole galaxy.
    dark_msun, baryons_msun : float
        Within the radius; NaN where `reason` is given.
    reason : str
        Why there is no comparison, else empty.
    """

    radius_kpc: float
    stellar_mass_msun: float
    dark_msun: float = np.nan
    baryons_msun: float = np.nan
    reason: str = ""


def rotation_velocity(*, mass_msun: np.ndarray, radius_kpc: np.ndarray) -> np.ndarray:
    """Return sqrt(G M / R) [km/s], the velocity on a circle around a spherical mass."""
    return np.sqrt(GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN * mass_msun / radius_kpc)


def interpolate_mass(*, radius_kpc: np.ndarray, mass_msun: np.ndarray, at_kpc: float) -> float:
    """Interpolate an enclosed mass: log mass linear in log radius.

    Between a radius without mass and the next one, the mass itself is linear in log radius.

    Parameters
    ----------
    radius_kpc, mass_msun : ndarray, shape (n,)
        The profile, radii ascending.
    at_kpc : float
        Within the radii of the profile.

    Returns
    -------
    float
        Mass [Msun].
    """
    upper = int(np.clip(np.searchsorted(radius_kpc, at_kpc), 1, len(radius_kpc) - 1))
    inner, outer = radius_kpc[upper - 1], radius_kpc[upper]
    share = np.log(at_kpc / inner) / np.log(outer / inner)
    low, high = mass_msun[upper - 1], mass_msun[upper]
    if low > 0 and high > 0:
        return float(low ** (1 - share) * high**share)
    return float((1 - share) * low + share * high)


def half_mass_radius(*, radius_kpc: np.ndarray, mass_msun: np.ndarray) -> float:
    """Return the radius of half of the outermost enclosed mass [kpc].

    Log radius is interpolated linearly in log mass. NaN if there is no mass, or if half of it is
    within the innermost radius.
    """
    half = 0.5 * mass_msun[-1]
    positive = mass_msun > 0
    if not half > mass_msun[0] or not positive.any():
        return np.nan
    log_radius = np.log(radius_kpc[positive])
    return float(np.exp(np.interp(np.log(half), np.log(mass_msun[positive]), log_radius)))


def read_truth(*, profile: Path, row: dict[str, str]) -> Truth:
    """Measure the masses of one galaxy within twice its stellar half-mass radius.

    Parameters
    ----------
    profile : path
        ``profiles/{galaxy}.csv``.
    row : dict
        The galaxy's row of ``sample/galaxies.csv``. An empty stellar half-mass radius or stellar
        mass, as in a sample from a user's table, is taken from the profile.

    Returns
    -------
    Truth

    Raises
    ------
    InputError
        If the profile is missing or lacks a column.
    """
    names = ("radius_kpc", "dm_mass_msun", "stellar_mass_msun", "gas_mass_msun")
    try:
        with open(profile, newline="") as file:
            lines = list(csv.DictReader(file))
        radius, dark, stellar, gas = (np.array([float(line[n]) for line in lines]) for n in names)
    except (OSError, KeyError) as error:
        raise InputError(f"{profile}: no profile ({error}); make it again.") from None
    half = row.get("stellar_half_mass_radius_kpc")
    half = float(half) if half else half_mass_radius(radius_kpc=radius, mass_msun=stellar)
    total = float(row.get("stellar_mass_msun") or stellar[-1])
    at = 2 * half
    if not (half > 0 and total > 0):
        return Truth(np.nan, np.nan, reason="no stellar half-mass radius within the profile")
    if not radius[0] <= at <= radius[-1]:
        span = f"{radius[0]:g} to {radius[-1]:g} kpc"
        return Truth(at, total, reason=f"R = {at:.4g} kpc is outside the profile ({span})")
    within = [
        interpolate_mass(radius_kpc=radius, mass_msun=m, at_kpc=at) for m in (dark, stellar, gas)
    ]
    return Truth(at, total, dark_msun=within[0], baryons_msun=within[1] + within[2])


def compare(
    *, test: Predictions, truths: Sequence[Truth], errors: LogErrors
) -> tuple[np.ndarray, dict[str, Estimate]]:
    """Return the true velocities and what each of `METHODS` predicts, image by image.

    Parameters
    ----------
    test : Predictions
        N images.
    truths : sequence of Truth, length N
        Of each image's galaxy.
    errors : LogErrors
        Of the predicted masses.

    Returns
    -------
    true : ndarray, shape (N,)
        True velocity [km/s], NaN where there is a reason.
    estimates : dict of str to Estimate
    """
    radius, stellar, dark, baryons = (
        np.array([getattr(truth, name) for truth in truths], dtype=float)
        for name in ("radius_kpc", "stellar_mass_msun", "dark_msun", "baryons_msun")
    )
    predicted = test.predicted
    curves = np.stack([predicted, predicted + errors.lower, predicted + errors.upper])
    log_radius = np.log10(test.radius_kpc)
    # shape (3, N): log mass linear in log radius, as in interpolate_mass
    log_mass = np.array(
        [
            [np.interp(np.log10(at), log_radius, row) for at, row in zip(radius, rows, strict=True)]
            for rows in curves
        ]
    )
    estimates = {
        "A": Estimate(*rotation_velocity(mass_msun=10**log_mass + baryons, radius_kpc=radius))
    }
    velocity = hall_velocity(stellar)
    for method, correlation in (("B", 0.0), ("B_anticorrelated", -1.0)):
        factor = 10 ** hall_error(stellar, correlation=correlation)
        estimates[method] = Estimate(velocity, velocity / factor, velocity * factor)
    return rotation_velocity(mass_msun=dark + baryons, radius_kpc=radius), estimates


def write_tully_fisher(
    *,
    predictions: Path,
    galaxies_csv: Path,
    profiles: Path,
    intervals: Path | None,
    table: Path,
    bands: Path,
    summary: Path,
) -> None:
    """Compare both procedures with the truth on the test images of one network.

    Parameters
    ----------
    predictions : path
        ``predictions.csv`` of the network.
    galaxies_csv : path
        ``sample/galaxies.csv``.
    profiles : path
        The folder ``profiles``, with ``{galaxy}.csv``.
    intervals : path or None
        ``intervals.csv`` of the predictive distributions, for the errors of procedure A; None
        takes them from the residuals of the validation images.
    table : path
        ``tully_fisher.csv`` with `COLUMNS`, one row a test image. The error bars of B take the
        errors of the coefficients as independent.
    bands : path
        ``tully_fisher_bands.csv``: `running_band` of A and B.
    summary : path
        ``tully_fisher_summary.csv``: `summarise` of `METHODS`.

    Raises
    ------
    InputError
        If a file or a galaxy is missing, or a file is not what it should be.
    """
    test = read_predictions(path=predictions, split="test")
    errors = read_log_errors(predictions=predictions, test=test, intervals=intervals)
    with open(galaxies_csv, newline="") as file:
        catalogue = {int(row["subhalo_id"]): row for row in csv.DictReader(file)}
    found = {}
    for galaxy in np.unique(test.galaxy).tolist():
        if galaxy not in catalogue:
            raise InputError(
                f"{galaxies_csv}: no galaxy {galaxy}, which {predictions} has; make both again."
            )
        found[galaxy] = read_truth(profile=profiles / f"{galaxy}.csv", row=catalogue[galaxy])
    truths = [found[galaxy] for galaxy in test.galaxy.tolist()]
    true, estimates = compare(test=test, truths=truths, errors=errors)
    _write(table, COLUMNS, _rows(test, truths, true, estimates, errors.source))
    lines = [
        (method, *line)
        for method in ("A", "B")
        for line in running_band(galaxy=test.galaxy, true=true, velocity=estimates[method].velocity)
    ]
    _write(bands, BAND_COLUMNS, lines)
    lines = summarise_residuals(galaxy=test.galaxy, true=true, estimates=estimates)
    _write(summary, SUMMARY_COLUMNS, lines)


def _rows(
    test: Predictions,
    truths: Sequence[Truth],
    true: np.ndarray,
    estimates: dict[str, Estimate],
    source: str,
) -> Iterable[list]:
    for index, truth in enumerate(truths):
        image = [test.galaxy[index], test.realisation[index]]
        if truth.reason:
            yield [*image, *(len(COLUMNS) - 3) * [""], truth.reason]
            continue
        a, b = (
            [getattr(estimates[method], name)[index] for name in ("velocity", "lower", "upper")]
            for method in ("A", "B")
        )
        known = [truth.radius_kpc, truth.stellar_mass_msun, true[index]]
        yield [*image, *known, *a, source, *b, ""]


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence]) -> None:
    with atomic(path) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([f"{v:.7g}" if isinstance(v, float) else v for v in row])

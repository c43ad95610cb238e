"""Rotation velocities from a network's masses (A) and from the Tully-Fisher relation (B).

Both are compared with the velocity that belongs to the simulation's mass within twice the stellar
half-mass radius (de los Rios et al. 2023, section 5.5).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.classical.tully_fisher.hall_relation import hall_error, hall_velocity
from umbra.classical.tully_fisher.network_errors import LogErrors, read_log_errors
from umbra.classical.tully_fisher.residuals import (
    BAND_COLUMNS,
    Estimate,
    running_band,
    summarise_residuals,
)
from umbra.dataset.inputs import read_mass_profile
from umbra.errors import InputError
from umbra.physics.halo import circular_velocity_squared
from umbra.predictions.points import Predictions, read_predictions
from umbra.simulation.galaxies import read_sample
from umbra.tables import write_table

TULLY_FISHER_COLUMNS: dict[str, type] = {
    "galaxy": int,
    "realisation": int,
    "radius_kpc": float,
    "stellar_mass_msun": float,
    "v_true_km_s": float,
    "a_v_km_s": float,
    "a_lower_km_s": float,
    "a_upper_km_s": float,
    "a_error_source": str,
    "b_v_km_s": float,
    "b_lower_km_s": float,
    "b_upper_km_s": float,
    "reason": str,
}
# B takes the errors of the relation's coefficients as independent; B_anticorrelated is B with the
# opposite assumption, that they are fully anticorrelated.
VELOCITY_METHODS = ("A", "B", "B_anticorrelated")


@dataclass(frozen=True)
class GalaxyMasses:
    """The true masses of one galaxy within its radius of comparison.

    Parameters
    ----------
    radius_kpc : float
        Twice the stellar half-mass radius [kpc]; NaN if there is none.
    stellar_mass_msun : float
        Stellar mass of the whole galaxy [Msun].
    dm_mass_msun, baryon_mass_msun : float
        Masses within the radius [Msun]; NaN if there is a reason.
    reason : str
        Why there is no comparison; empty if there is one.
    """

    radius_kpc: float
    stellar_mass_msun: float
    dm_mass_msun: float = np.nan
    baryon_mass_msun: float = np.nan
    reason: str = ""


def interpolate_mass(*, radius_kpc: np.ndarray, mass_msun: np.ndarray, at_kpc: float) -> float:
    """Interpolate an enclosed mass: log mass linear in log radius.

    Between a radius without mass and the next one, the mass itself is linear in log radius.

    Parameters
    ----------
    radius_kpc : ndarray, shape (radii,)
        Radii of the profile, ascending [kpc].
    mass_msun : ndarray, shape (radii,)
        Enclosed masses [Msun].
    at_kpc : float
        Radius within the range of the profile [kpc].

    Returns
    -------
    float
        Mass [Msun].
    """
    upper = int(np.clip(np.searchsorted(radius_kpc, at_kpc), 1, len(radius_kpc) - 1))
    inner, outer = radius_kpc[upper - 1], radius_kpc[upper]
    fraction = np.log(at_kpc / inner) / np.log(outer / inner)
    low, high = mass_msun[upper - 1], mass_msun[upper]
    if low > 0 and high > 0:
        return float(low ** (1 - fraction) * high**fraction)
    return float((1 - fraction) * low + fraction * high)


def half_mass_radius(*, radius_kpc: np.ndarray, mass_msun: np.ndarray) -> float:
    """Return the radius [kpc] within which there is half of the outermost enclosed mass.

    Log radius is interpolated linearly in log mass. The result is NaN if there is no mass, or if
    half of it is within the innermost radius.
    """
    half = 0.5 * mass_msun[-1]
    positive = mass_msun > 0
    if not half > mass_msun[0] or not positive.any():
        return np.nan
    log_radius = np.log(radius_kpc[positive])
    return float(np.exp(np.interp(np.log(half), np.log(mass_msun[positive]), log_radius)))


def measure_masses(
    profile: pd.DataFrame, *, half_mass_radius_kpc: float, stellar_mass_msun: float
) -> GalaxyMasses:
    """Measure the masses of a galaxy within twice its stellar half-mass radius.

    Parameters
    ----------
    profile : pandas.DataFrame
        Enclosed masses, as `umbra.dataset.inputs.read_mass_profile` returns them.
    half_mass_radius_kpc : float
        Stellar half-mass radius [kpc]; NaN takes that of the profile.
    stellar_mass_msun : float
        Stellar mass of the galaxy [Msun]; NaN takes that of the profile.

    Returns
    -------
    GalaxyMasses
    """
    radius, dm, stellar, gas = (
        profile[name].to_numpy()
        for name in ("radius_kpc", "dm_mass_msun", "stellar_mass_msun", "gas_mass_msun")
    )
    half, total = half_mass_radius_kpc, stellar_mass_msun
    if np.isnan(half):
        half = half_mass_radius(radius_kpc=radius, mass_msun=stellar)
    if np.isnan(total):
        total = float(stellar[-1])
    at = 2 * half
    if not (half > 0 and total > 0):
        return GalaxyMasses(np.nan, np.nan, reason="no stellar half-mass radius within the profile")
    if not radius[0] <= at <= radius[-1]:
        span = f"{radius[0]:g} to {radius[-1]:g} kpc"
        return GalaxyMasses(at, total, reason=f"R = {at:.4g} kpc is outside the profile ({span})")
    dm_within, stars_within, gas_within = (
        interpolate_mass(radius_kpc=radius, mass_msun=mass, at_kpc=at)
        for mass in (dm, stellar, gas)
    )
    return GalaxyMasses(
        at, total, dm_mass_msun=dm_within, baryon_mass_msun=stars_within + gas_within
    )


def compare_velocities(
    *, test: Predictions, masses: Sequence[GalaxyMasses], errors: LogErrors
) -> tuple[np.ndarray, dict[str, Estimate]]:
    """Return the true velocity of each image and the velocities of `VELOCITY_METHODS`.

    Parameters
    ----------
    test : Predictions
        Predicted masses of n images.
    masses : sequence of GalaxyMasses
        True masses of the galaxy of each image.
    errors : LogErrors
        Errors of the predicted masses.

    Returns
    -------
    true : ndarray, shape (n,)
        True velocity [km/s]; NaN if there is a reason.
    estimates : dict of str to Estimate
        Name of each method and its velocities.
    """
    radius, stellar, dm, baryons = (
        np.array([getattr(one, name) for one in masses], dtype=float)
        for name in ("radius_kpc", "stellar_mass_msun", "dm_mass_msun", "baryon_mass_msun")
    )
    predicted = test.predicted
    curves = np.stack([predicted, predicted + errors.lower, predicted + errors.upper])
    log_radius = np.log10(test.radius_kpc)
    # Shape (3, n); log mass is linear in log radius, as in interpolate_mass.
    log_mass = np.array(
        [
            [np.interp(np.log10(at), log_radius, row) for at, row in zip(radius, rows, strict=True)]
            for rows in curves
        ]
    )
    estimates = {"A": Estimate(*np.sqrt(circular_velocity_squared(10**log_mass + baryons, radius)))}
    velocity = hall_velocity(stellar)
    for method, correlation in (("B", 0.0), ("B_anticorrelated", -1.0)):
        factor = 10 ** hall_error(stellar, correlation=correlation)
        estimates[method] = Estimate(velocity, velocity / factor, velocity * factor)
    return np.sqrt(circular_velocity_squared(dm + baryons, radius)), estimates


def write_tully_fisher(
    *,
    predictions: Path,
    galaxies_csv: Path,
    profiles: Mapping[int, Path],
    intervals: Path | None,
    table: Path,
    bands: Path,
    summary: Path,
) -> None:
    """Compare both methods with the truth on the test images of one network.

    Parameters
    ----------
    predictions : Path
        ``predictions.csv`` of the network.
    galaxies_csv : Path
        ``sample/galaxies.csv``. Where the stellar half-mass radius or the stellar mass is empty, as
        in a sample from a user's table, the one of the profile is used.
    profiles : mapping of int to Path
        ``profiles/{galaxy}.csv`` of at least the test galaxies.
    intervals : Path or None
        ``intervals.csv`` of the network's ensembles, for the errors of A; without it they come from
        the residuals of the validation images.
    table : Path
        ``tully_fisher.csv`` with `TULLY_FISHER_COLUMNS`, one row for each test image.
    bands : Path
        ``tully_fisher_bands.csv``: `running_band` of A and B.
    summary : Path
        ``tully_fisher_summary.csv``: `summarise_residuals` of `VELOCITY_METHODS`.

    Raises
    ------
    InputError
        If a file or a galaxy is missing, or a file is not what its stage writes.
    """
    test = read_predictions(path=predictions, split="test")
    errors = read_log_errors(predictions=predictions, test=test, intervals=intervals)
    columns = ("subhalo_id", "stellar_mass_msun", "stellar_half_mass_radius_kpc")
    sample = read_sample(galaxies_csv, columns).set_index("subhalo_id")
    found = {}
    for galaxy in np.unique(test.galaxy).tolist():
        if galaxy not in sample.index:
            raise InputError(
                f"{galaxies_csv}: no galaxy {galaxy}, which {predictions} has; make both again."
            )
        row = sample.loc[galaxy]
        found[galaxy] = measure_masses(
            read_mass_profile(profiles[galaxy]),
            half_mass_radius_kpc=row["stellar_half_mass_radius_kpc"],
            stellar_mass_msun=row["stellar_mass_msun"],
        )
    masses = [found[galaxy] for galaxy in test.galaxy.tolist()]
    true, estimates = compare_velocities(test=test, masses=masses, errors=errors)
    _write(_image_table(test, masses, true, estimates, errors.source), table)
    parts = [
        running_band(galaxy=test.galaxy, true=true, velocity=estimates[method].velocity).assign(
            method=method
        )
        for method in VELOCITY_METHODS[:2]
    ]
    _write(pd.concat(parts, ignore_index=True)[list(BAND_COLUMNS)], bands)
    _write(summarise_residuals(galaxy=test.galaxy, true=true, estimates=estimates), summary)


def _image_table(
    test: Predictions,
    masses: Sequence[GalaxyMasses],
    true: np.ndarray,
    estimates: Mapping[str, Estimate],
    source: str,
) -> pd.DataFrame:
    """Return a row for each image; without a comparison, its numbers are NaN."""
    table = pd.DataFrame(
        {
            "galaxy": test.galaxy,
            "realisation": test.realisation,
            "radius_kpc": [one.radius_kpc for one in masses],
            "stellar_mass_msun": [one.stellar_mass_msun for one in masses],
            "v_true_km_s": true,
            "a_error_source": source,
            "reason": [one.reason for one in masses],
        }
    )
    for method in VELOCITY_METHODS[:2]:
        for column, field in (("v", "velocity"), ("lower", "lower"), ("upper", "upper")):
            table[f"{method.lower()}_{column}_km_s"] = getattr(estimates[method], field)
    table = table[list(TULLY_FISHER_COLUMNS)]
    left_out = table["reason"] != ""
    numbers = table.columns[2:-1].drop("a_error_source")
    table.loc[left_out, numbers] = np.nan
    table.loc[left_out, "a_error_source"] = ""
    return table


def _write(table: pd.DataFrame, path: Path) -> None:
    numbers = table.select_dtypes(float).columns
    write_table(table, path, formats=dict.fromkeys(numbers, ".7g"))

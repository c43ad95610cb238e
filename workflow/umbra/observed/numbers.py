"""``numbers.csv``: what is known of a user's galaxy in numbers, such as catalogues have."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.classical.rotation_curve.mass_model import PARAMETERS
from umbra.classical.rotation_curve.posterior import MASS_COLUMNS, read_mass_dm, read_posterior
from umbra.classical.rotation_curve.rings import read_rings
from umbra.files import rejection
from umbra.observed.answers import PROFILE_COLUMNS
from umbra.observed.rotation_curve import ENDS, MODEL_VELOCITY_COLUMNS
from umbra.observed.stellar_light import STELLAR_MASS_COLUMNS
from umbra.physics.cosmology import PLANCK_2015_HUBBLE
from umbra.physics.halo import m200_of_velocity_msun
from umbra.tables import read_table, write_table

NUMBER_COLUMNS: dict[str, type] = {
    "method": str,
    "quantity": str,
    "unit": str,
    "median": float,
    "lower_68": float,
    "upper_68": float,
}
METHODS = ("networks", "rotation curve", "starlight")
_NETWORKS, _ROTATION, _STARLIGHT = METHODS
_AT_KPC = (10.0, 20.0)
DM_WITHIN, _LOG_MASS = "dark matter within {:g} kpc", "log10 Msun"
_PERCENTILES = (50, 16, 84)
_STELLAR_LABELS = {"stellar_mass": "stellar mass", "m200": "M200 of such galaxies"}

Row = tuple[str, str, str, float, float, float]


def write_observed_numbers(
    *,
    profile: Path,
    rings: Path,
    posterior: Path,
    mass: Path,
    velocities: Path,
    stellar_masses: Path,
    stellar_profile: Path,
    numbers: Path,
) -> None:
    """Write the numbers of a galaxy, as far as its data give them.

    Parameters
    ----------
    profile : Path
        ``profile.csv`` of the networks.
    rings, posterior, mass, velocities : Path
        The rotation curve and its mass model.
    stellar_masses, stellar_profile : Path
        What the light says.
    numbers : Path
        CSV with `NUMBER_COLUMNS`: medians and 68 % intervals. A method that could not be used has
        no rows. Each file but this may be the marker that it could not.
    """
    rows: list[Row] = []
    if rejection(profile) is None:
        rows += _dm_masses(_NETWORKS, read_table(profile, _mass_columns(PROFILE_COLUMNS)))
    if rejection(rings) is None:
        rows += _disc(rings)
    if rejection(posterior) is None:
        rows += _halo(posterior, velocities)
        rows += _dm_masses(_ROTATION, read_mass_dm(mass))
    if rejection(stellar_masses) is None:
        table = read_table(stellar_masses, STELLAR_MASS_COLUMNS)
        rows += [
            (_STARLIGHT, _STELLAR_LABELS[name], _LOG_MASS, *values)
            for name, *values in table.itertuples(index=False)
        ]
        rows += _dm_masses(_STARLIGHT, read_mass_dm(stellar_profile))
    table = pd.DataFrame(rows, columns=list(NUMBER_COLUMNS))
    write_table(table, numbers, formats=dict.fromkeys(list(NUMBER_COLUMNS)[3:], ".5g"))


def _mass_columns(columns: dict[str, type]) -> dict[str, type]:
    return {name: columns[name] for name in MASS_COLUMNS}


def _dm_masses(method: str, profile: pd.DataFrame) -> Iterator[Row]:
    """Yield the dark matter within radii, which the profile is interpolated at."""
    log_radius = np.log10(profile["radius_kpc"])
    for radius in _AT_KPC:
        if profile["radius_kpc"].min() <= radius <= profile["radius_kpc"].max():
            ends = (
                float(np.interp(np.log10(radius), log_radius, profile[name]))
                for name in MASS_COLUMNS[1:]
            )
            yield (method, DM_WITHIN.format(radius), _LOG_MASS, *ends)


def _disc(path: Path) -> Iterator[Row]:
    rings = read_rings(path)
    for label, values, errors in (
        ("inclination", rings.inclination_deg, rings.inclination_error_deg),
        ("position angle", rings.position_angle_deg, np.zeros(1)),
    ):
        middle, error = float(np.median(values)), float(np.median(errors))
        yield _ROTATION, label, "deg", middle, middle - error, middle + error


def _halo(posterior: Path, velocities: Path) -> Iterator[Row]:
    found, curves = read_posterior(posterior), read_table(velocities, MODEL_VELOCITY_COLUMNS)
    radius = curves["radius_kpc"]
    for at_kpc in _AT_KPC:
        if radius.min() <= at_kpc <= radius.max():
            ends = (float(np.interp(at_kpc, radius, curves[f"total{end}"])) for end in ENDS)
            yield (_ROTATION, f"circular velocity at {at_kpc:g} kpc", "km/s", *ends)
    draws = dict(zip(PARAMETERS, found.samples.T, strict=True))
    masses = m200_of_velocity_msun(draws["v200_km_s"], hubble=PLANCK_2015_HUBBLE)
    yield (_ROTATION, "M200", _LOG_MASS, *np.percentile(np.log10(masses), _PERCENTILES))
    yield (_ROTATION, "concentration C200", "", *np.percentile(draws["c200"], _PERCENTILES))
    yield (_ROTATION, "reduced chi2", "", found.reduced_chi2, np.nan, np.nan)

"""What the fit of a rotation curve would find if nothing went wrong before it.

The true circular velocity, from the mass within spheres, stands for the measured curve and that of
the stars for their contribution, each known to a tenth. What is left of the method's errors is that
halos are not quite NFW halos, and that the curve does not tell stars from dark matter.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from umbra.classical.rotation_curve.curve_model import Priors, RotationCurve
from umbra.classical.rotation_curve.posterior import dark_mass, fit_rotation_curve
from umbra.errors import Rejected
from umbra.files import atomic, rejection
from umbra.physics.halo import circular_velocity_squared
from umbra.seeds import Stage, generator

COLUMNS = (
    "galaxy",
    "fraction_within_68",
    "radii",
    "reduced_chi2",
    "v200_km_s",
    "c200",
    "bias_dex",
    "rms_dex",
    "reason",
)
VELOCITY_ERROR = 0.1
# distance and inclination have no part in it: they stay at these values
_DISTANCE_MPC, _INCLINATION_DEG = 10.0, 90.0
# apart from the realisations' own numbers, which start at zero
_REALISATION = 1_000_000


@dataclass(frozen=True)
class TrueProfile:
    """Enclosed masses [Msun] of one galaxy, each of shape (R,), at `radius_kpc`."""

    radius_kpc: np.ndarray
    dark_msun: np.ndarray
    stellar_msun: np.ndarray
    gas_msun: np.ndarray


def read_profile(path: Path) -> TrueProfile:
    """Read ``profiles/{galaxy}.csv``, the radii with dark matter within only."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    names = ("radius_kpc", "dm_mass_msun", "stellar_mass_msun", "gas_mass_msun")
    columns = np.array([[float(row[name]) for name in names] for row in rows]).reshape(-1, 4)
    return TrueProfile(*columns[columns[:, 1] > 0].T)


def idealised_curve(
    profile: TrueProfile, rng: np.random.Generator, *, known_gas: bool
) -> RotationCurve:
    """Return the true curves with errors.

    Parameters
    ----------
    profile : TrueProfile
    rng : numpy.random.Generator
        Draws the error of each velocity, and the one that all velocities of the stars share, as
        their mass-to-light ratio does.
    known_gas : bool
        Whether the gas, too, is known; else what it adds to the curve is taken for dark matter.

    Returns
    -------
    RotationCurve
    """
    radius = profile.radius_kpc
    stars = circular_velocity_squared(profile.stellar_msun, radius)
    gas = circular_velocity_squared(profile.gas_msun, radius)
    true = np.sqrt(stars + gas + circular_velocity_squared(profile.dark_msun, radius))
    stellar_factor = 1 + VELOCITY_ERROR * rng.standard_normal()
    return RotationCurve(
        radius_kpc=radius,
        velocity_km_s=true * (1 + VELOCITY_ERROR * rng.standard_normal(len(radius))),
        error_km_s=VELOCITY_ERROR * true,
        stellar_velocity_squared=stars * stellar_factor**2,
        gas_velocity_squared=gas * known_gas,
        distance_mpc=_DISTANCE_MPC,
        inclination_deg=_INCLINATION_DEG,
    )


def check_galaxy(
    profile: TrueProfile,
    *,
    galaxy: int,
    hubble: float,
    seed: int,
    known_gas: bool = True,
    max_steps: int = 50_000,
) -> dict[str, float | int | str]:
    """Fit the idealised curve of a galaxy, and compare the dark mass with the truth.

    Parameters
    ----------
    profile : TrueProfile
    galaxy, seed : int
        What the random numbers depend on.
    hubble : float
        Little h.
    known_gas : bool
        As in `idealised_curve`.
    max_steps : int
        As in `umbra.classical.rotation_curve.posterior.fit_rotation_curve`.

    Returns
    -------
    dict
        A row with the keys `COLUMNS`: fraction of the radii at which the true dark mass lies in the
        68 % band, their number, reduced chi^2, V200 and C200 (medians), mean and rms of
        log10(fitted / true) [dex]; or the reason why the fit was given up.
    """
    rng = generator(seed, Stage.ROTATION_CURVE, galaxy, _REALISATION)
    curve = idealised_curve(profile, rng, known_gas=known_gas)
    error = VELOCITY_ERROR * 2 / np.log(10)  # of v^2, in dex
    priors = Priors(0.0, 0.0, log10_upsilon=(0.0, error))
    row = dict.fromkeys(COLUMNS, "") | {"galaxy": galaxy, "radii": len(profile.radius_kpc)}
    try:
        found = fit_rotation_curve(curve, priors, hubble=hubble, rng=rng, max_steps=max_steps)
    except Rejected as rejected:
        return row | {"reason": str(rejected)}
    median, lower, upper = dark_mass(found, profile.radius_kpc, hubble=hubble)
    true = np.log10(profile.dark_msun)
    return row | {
        "fraction_within_68": float(np.mean((lower <= true) & (true <= upper))),
        "reduced_chi2": found.reduced_chi2,
        "v200_km_s": float(np.median(found.samples[:, 1])),
        "c200": float(np.median(found.samples[:, 2])),
        "bias_dex": float(np.mean(median - true)),
        "rms_dex": float(np.sqrt(np.mean((median - true) ** 2))),
    }


def write_checks(
    *,
    profiles: Mapping[int, Path],
    output: Path,
    hubble: float,
    seed: int,
    known_gas: bool = True,
    max_steps: int = 50_000,
) -> None:
    """Write a row of `check_galaxy` for each galaxy.

    Parameters
    ----------
    profiles : mapping of int to pathlib.Path
        The galaxies and their ``profiles/{galaxy}.csv``; markers of rejected ones are handed on.
    output : pathlib.Path
        CSV with the columns `COLUMNS`.
    hubble, seed, known_gas, max_steps
        As in `check_galaxy`.
    """
    from tqdm import tqdm

    rows = []
    for galaxy, path in tqdm(profiles.items(), desc="idealised fits", disable=None):
        reason = rejection(path)
        if reason is not None:
            rows.append(dict.fromkeys(COLUMNS, "") | {"galaxy": galaxy, "reason": reason})
            continue
        options = {"hubble": hubble, "seed": seed, "known_gas": known_gas, "max_steps": max_steps}
        rows.append(check_galaxy(read_profile(path), galaxy=galaxy, **options))
    with atomic(output) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()})

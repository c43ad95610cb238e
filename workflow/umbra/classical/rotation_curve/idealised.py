"""Test of the mass model on idealised rotation curves, without the errors of the steps before it.

The true circular velocity, from the mass within spheres, replaces the measured curve; the true
contribution of the stars replaces that of the light. Each has an error of 10 %; the contribution of
the gas is known exactly. The errors that are left are those of the method: haloes are not exactly
NFW haloes, and the curve does not separate stars from dark matter.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.classical.rotation_curve.mass_model import PARAMETERS, Priors, RotationCurve
from umbra.classical.rotation_curve.posterior import fit_rotation_curve, fitted_log10_mass_dm
from umbra.dataset.inputs import read_mass_profile
from umbra.dataset.reading import read_split_table
from umbra.errors import Rejected
from umbra.physics.halo import circular_velocity_squared
from umbra.seeds import Stage, generator
from umbra.simulation.cutout import read_cutout_header
from umbra.tables import write_table

IDEALISED_COLUMNS = (
    *("galaxy", "fraction_within_68", "radii", "reduced_chi2"),
    *("v200_km_s", "c200", "bias_dex", "rms_dex", "reason"),
)
VELOCITY_ERROR = 0.1
# Distance and inclination keep these values; the result does not depend on them.
_DISTANCE_MPC, _INCLINATION_DEG = 10.0, 90.0
# In place of the number of a realisation, so that the random numbers differ from all of those.
_REALISATION = 1_000_000


def idealised_curve(profile: pd.DataFrame, rng: np.random.Generator) -> RotationCurve:
    """Return the true rotation curve of a galaxy with random errors.

    Parameters
    ----------
    profile : pandas.DataFrame
        Enclosed masses, as `umbra.dataset.inputs.read_mass_profile` returns them.
    rng : numpy.random.Generator
        Draws one error for each velocity of the curve, and one error that all velocities of the
        stars share, like that of a mass-to-light ratio.

    Returns
    -------
    RotationCurve
    """
    radius = profile["radius_kpc"].to_numpy()
    stars, gas, dm = (
        circular_velocity_squared(profile[f"{name}_mass_msun"].to_numpy(), radius)
        for name in ("stellar", "gas", "dm")
    )
    true = np.sqrt(stars + gas + dm)
    stellar_factor = 1 + VELOCITY_ERROR * rng.standard_normal()
    return RotationCurve(
        radius_kpc=radius,
        velocity_km_s=true * (1 + VELOCITY_ERROR * rng.standard_normal(len(radius))),
        error_km_s=VELOCITY_ERROR * true,
        stellar_velocity_squared=stars * stellar_factor**2,
        gas_velocity_squared=gas,
        distance_mpc=_DISTANCE_MPC,
        inclination_deg=_INCLINATION_DEG,
    )


def fit_idealised_curve(
    profile: pd.DataFrame,
    *,
    galaxy: int,
    hubble: float,
    seed: int,
    halo: str,
    max_steps: int = 50_000,
) -> dict[str, float | int | str]:
    """Fit the idealised curve of a galaxy and compare the dark-matter mass with the truth.

    Parameters
    ----------
    profile : pandas.DataFrame
        Enclosed masses; radii without dark matter are left out.
    galaxy, seed : int
        The random numbers depend on these.
    hubble : float
        Little h.
    halo : str
        Kind of halo that is fitted.
    max_steps : int
        Steps of each walker after which the fit is given up.

    Returns
    -------
    dict
        A row with the keys `IDEALISED_COLUMNS`: the fraction of the radii at which the true mass
        lies in the 68 % interval, the number of radii, reduced chi^2, medians of V200 and C200, and
        mean and rms of log10(fitted / true) [dex]. If the fit was given up, there is the reason and
        the results are left out.
    """
    profile = profile[profile["dm_mass_msun"] > 0]
    row = {"galaxy": galaxy, "radii": len(profile), "reason": ""}
    rng = generator(seed, Stage.ROTATION_CURVE, galaxy, _REALISATION)
    curve = idealised_curve(profile, rng)
    mass_error_dex = VELOCITY_ERROR * 2 / np.log(10)
    priors = Priors(0.0, 0.0, log10_upsilon=(0.0, mass_error_dex))
    try:
        found = fit_rotation_curve(
            curve, priors, hubble=hubble, rng=rng, halo=halo, max_steps=max_steps
        )
    except Rejected as rejected:
        return row | {"reason": str(rejected)}
    median, lower, upper = fitted_log10_mass_dm(found, curve.radius_kpc, curve, hubble=hubble)
    true = np.log10(profile["dm_mass_msun"].to_numpy())
    medians = dict(zip(PARAMETERS, np.median(found.samples, axis=0), strict=True))
    return row | {
        "fraction_within_68": float(np.mean((lower <= true) & (true <= upper))),
        "reduced_chi2": found.reduced_chi2,
        **{name: float(medians[name]) for name in ("v200_km_s", "c200")},
        "bias_dex": float(np.mean(median - true)),
        "rms_dex": float(np.sqrt(np.mean((median - true) ** 2))),
    }


def write_idealised_curves(
    *,
    dataset: Path,
    profiles: Mapping[int, Path],
    cutouts: Mapping[int, Path],
    seed: int,
    halo: str,
    max_steps: int,
    output: Path,
) -> None:
    """Write a row of `fit_idealised_curve` for each galaxy of the test split.

    Parameters
    ----------
    dataset : Path
        ``dataset.hdf5``, for the test split.
    profiles, cutouts : mapping of int to Path
        ``profiles/{galaxy}.csv`` and ``cutouts/{galaxy}.hdf5`` of at least the test galaxies; the
        headers of the cutouts have little h.
    seed : int
        The run's seed.
    halo, max_steps : str, int
        As in `fit_idealised_curve`.
    output : Path
        CSV file with the columns `IDEALISED_COLUMNS`.

    Raises
    ------
    InputError
        If a file is not what its stage writes.
    """
    from tqdm import tqdm

    test = np.unique(read_split_table(dataset, "test").galaxy).tolist()
    rows = [
        fit_idealised_curve(
            read_mass_profile(profiles[galaxy]),
            galaxy=galaxy,
            hubble=read_cutout_header(cutouts[galaxy]).hubble,
            seed=seed,
            halo=halo,
            max_steps=max_steps,
        )
        for galaxy in tqdm(test, desc="idealised fits", disable=None)
    ]
    numbers = [name for name in IDEALISED_COLUMNS if name not in ("galaxy", "radii", "reason")]
    table = pd.DataFrame(rows, columns=IDEALISED_COLUMNS)
    write_table(table, output, formats=dict.fromkeys(numbers, ".6g"))

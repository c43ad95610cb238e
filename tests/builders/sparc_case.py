"""Galaxies of the SPARC sample, and published fits to them.

Curves: Lelli, McGaugh & Schombert (2016), table 2; the files are beside the checkout. Distances
and inclinations: their table 1. Published fits: Li, Lelli, McGaugh & Schombert (2020), table 1 in
CDS J/ApJS/247/31, model "NFW-Flat" (flat priors on V200 and C200). The widths of the priors on
distance and inclination are the published errors of the fitted values: these curves hardly
constrain the two, so the errors are close to the priors' widths. None of the ten has a bulge.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from umbra.classical.rotation_curve.mass_model import Baryons, Priors, RotationCurve
from umbra.classical.rotation_curve.posterior import fit_rotation_curve, fitted_log10_mass_dm
from umbra.classical.rotation_curve.rings import Rings

# Little h of Li et al. 2020, whose R200 is V200 / (10 x 73 km/s/Mpc).
HUBBLE = 0.73
# Their prior on the mass-to-light ratio at 3.6 micron: 0.5, with a scatter of 0.1 dex.
LOG10_UPSILON = (float(np.log10(0.5)), 0.1)
V200_KM_S = (10.0, 500.0)


@dataclass(frozen=True)
class Published:
    """Priors of distance [Mpc] and inclination [deg], and the fit of Li et al. 2020."""

    distance: tuple[float, float]
    inclination: tuple[float, float]
    v200_km_s: tuple[float, float]
    c200: tuple[float, float]
    upsilon: tuple[float, float]
    reduced_chi2: float


GALAXIES = {
    "DDO154": Published((4.04, 0.20), (64, 2.9), (59.42, 3.32), (4.92, 0.44), (0.27, 0.05), 13.70),
    "NGC2403": Published((3.16, 0.16), (63, 3.1), (93.69, 3.87), (19.22, 1.25), (0.39, 0.05), 8.98),
    "NGC2915": Published((4.06, 0.20), (56, 4.1), (60.85, 4.99), (16.70, 2.80), (0.40, 0.09), 0.97),
    "NGC2998": Published(
        (68.1, 10.79), (58, 2.0), (132.94, 8.99), (17.17, 5.87), (0.39, 0.11), 3.05
    ),
    "NGC3198": Published(
        (13.8, 1.30), (73, 3.0), (110.43, 2.67), (10.43, 1.23), (0.47, 0.05), 1.46
    ),
    "NGC3741": Published((3.21, 0.17), (70, 4.0), (74.01, 32.96), (3.87, 1.10), (0.50, 0.12), 0.41),
    "NGC3769": Published((18.0, 2.43), (70, 2.0), (89.42, 7.69), (11.15, 3.42), (0.39, 0.08), 0.93),
    "NGC3877": Published(
        (18.0, 2.52), (76, 1.0), (100.36, 10.01), (19.04, 3.97), (0.35, 0.07), 5.95
    ),
    "NGC3893": Published(
        (18.0, 2.44), (49, 2.0), (113.30, 16.09), (17.87, 6.66), (0.41, 0.08), 0.99
    ),
    "NGC6503": Published((6.26, 0.30), (74, 2.0), (80.66, 1.64), (14.42, 1.12), (0.40, 0.03), 1.55),
}


def rotmod(shared_data: Path, name: str) -> np.ndarray:
    """Return radius, velocity, its error, and v of gas, disc and bulge, shape (6, n)."""
    return np.loadtxt(shared_data / "sparc" / "Rotmod_LTG" / f"{name}_rotmod.dat").T[:6]


def curve(shared_data: Path, name: str) -> RotationCurve:
    """Read the rotation curve of a galaxy."""
    radius, velocity, error, gas, disc, _ = rotmod(shared_data, name)
    return RotationCurve(
        radius_kpc=radius,
        velocity_km_s=velocity,
        error_km_s=error,
        stellar_velocity_squared=disc * np.abs(disc),
        gas_velocity_squared=gas * np.abs(gas),
        distance_mpc=GALAXIES[name].distance[0],
        inclination_deg=GALAXIES[name].inclination[0],
    )


def log10_mass_dm_within_20_kpc(
    shared_data: Path,
    name: str,
    *,
    distance_mpc: float,
    inclination_deg: float,
    rings: Rings | None = None,
) -> float:
    """Return log10 of the dark matter of an NFW halo [Msun], with SPARC's light and gas.

    The curve is that of `rings`, or SPARC's own. A bulge has 1.4 times the mass-to-light ratio of
    the disc, as in SPARC.
    """
    radius, velocity, error, gas, disc, bulge = rotmod(shared_data, name)
    stars = disc * np.abs(disc) + 1.4 * bulge * np.abs(bulge)
    at, speed, wrong = radius, velocity, error
    if rings is not None:
        at, speed = rings.radius_kpc, rings.velocity_km_s
        wrong = np.hypot(rings.velocity_error_km_s, 2)

    def baryons(radius_kpc: np.ndarray) -> Baryons:
        return Baryons(
            radius_kpc=radius_kpc,
            stellar_velocity_squared=np.interp(radius_kpc, radius, stars),
            gas_velocity_squared=np.interp(radius_kpc, radius, gas * np.abs(gas)),
            distance_mpc=distance_mpc,
        )

    found = fit_rotation_curve(
        RotationCurve(
            **vars(baryons(at)),
            velocity_km_s=speed,
            error_km_s=wrong,
            inclination_deg=inclination_deg,
        ),
        Priors(0.0, 4.0, log10_upsilon=LOG10_UPSILON),
        hubble=HUBBLE,
        rng=np.random.default_rng(1),
        halo="nfw",
    )
    within = np.array([20.0])
    return float(fitted_log10_mass_dm(found, within, baryons(within), hubble=HUBBLE)[0][0])


def priors(name: str) -> Priors:
    """Return the priors of Li et al. 2020 for a galaxy."""
    return Priors(
        distance_error_mpc=GALAXIES[name].distance[1],
        inclination_error_deg=GALAXIES[name].inclination[1],
        v200_km_s=V200_KM_S,
        log10_upsilon=LOG10_UPSILON,
    )

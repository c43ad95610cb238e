"""Galaxies of the SPARC sample, and published fits to them.

Curves: Lelli, McGaugh & Schombert (2016), table 2; most are files beside the checkout. Distances
and inclinations: their table 1. Published fits: Li, Lelli, McGaugh & Schombert (2020), table 1 in
CDS J/ApJS/247/31, model "NFW-Flat" (flat priors on V200 and C200). The widths of the priors on
distance and inclination are the published errors of the fitted values: these curves hardly
constrain the two, so the errors are close to the priors' widths. None of the ten has a bulge.
"""

from dataclasses import dataclass

import numpy as np

from shared_files import shared_folder
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


# The curves of two galaxies are here: radius [kpc], and the velocity, its error, and the velocities
# of gas and disc [km/s]. Neither has a bulge.
CURVES = {
    "DDO154": """
        0.49 13.8 1.6 3.74 12.31
        0.99 21.6 0.8 7.46 14.55
        1.48 28.9 0.7 10.87 12.95
        1.97 34.3 0.5 13.32 11.54
        2.47 38.2 0.4 14.77 10.18
        2.96 42 0.2 16.2 9.16
        3.46 44.6 0.2 17.6 8.37
        3.95 46.3 0.2 17.91 7.77
        4.44 47.4 0.3 17.48 7.29
        4.94 48.2 0.6 16.93 6.89
        5.43 47.4 0.7 16.28 6.55
        5.92 45.5 1.3 15.64 6.26
    """,
    "NGC2903": """
        0.32 44 8 0.01 197.82
        0.64 64 8 0.03 204.19
        0.96 128 8 0.08 209.11
        1.28 148 8 0.07 219.11
        1.6 157 8 1.76 225.96
        1.92 189 8 5.17 232.02
        2.24 195 6 8.23 251.26
        2.56 201 6 11.05 278.7
        2.88 214 4 13.64 291.79
        3.2 215 4 16.01 300.53
        3.52 215 4 18.18 298.29
        3.84 216 3 20.14 289.57
        4.8 214 2 24.78 274.65
        5.76 210 2 25.77 255.87
        6.72 205 2 24.89 236.77
        7.68 203 1 25.19 221.37
        8.64 201 1 25.4 209.59
        9.6 201 1 27.64 199.24
        10.56 199 1 32.7 189.8
        11.52 197 1 37.22 181.59
        12.48 196 2 37.86 174.1
        13.44 193 3 36.33 167.37
        14.4 190 3 35.33 161.19
        15.36 188 5 35.01 155.25
        16.32 187 5 34.43 150.2
        17.28 188 3 33.18 145.58
        18.24 186 3 32.48 141.36
        19.2 185 3 31.94 137.48
        20.16 185 3 31.23 133.91
        21.12 181 3 30.85 130.6
        22.08 178 3 30.69 127.55
        23.04 177 3 30.33 124.7
        24 182 4 30.72 122.05
        24.96 180 8 30.86 119.57
    """,
}


def rotmod(name: str) -> np.ndarray:
    """Return radius, velocity, its error, and v of gas, disc and bulge, shape (6, n)."""
    if name in CURVES:
        without_bulge = np.loadtxt(CURVES[name].splitlines())
        return np.pad(without_bulge, [(0, 0), (0, 1)]).T
    path = shared_folder("data") / "sparc" / "Rotmod_LTG" / f"{name}_rotmod.dat"
    return np.loadtxt(path).T[:6]


def curve(name: str) -> RotationCurve:
    """Return the rotation curve of a galaxy."""
    radius, velocity, error, gas, disc, _ = rotmod(name)
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
    radius, velocity, error, gas, disc, bulge = rotmod(name)
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

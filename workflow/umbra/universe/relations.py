"""Global properties of galaxies: scaling relations with their scatter and their correlations.

Residuals about the relations are drawn from one correlated normal distribution. The signs and sizes
of the correlations are those found in simulations:

- At fixed halo mass, more concentrated (earlier formed) haloes contain more stellar mass, so at
  fixed stellar mass M_DM and c are anticorrelated (Matthee et al. 2017, MNRAS 465, 2381).
- At fixed stellar mass, more massive haloes contain more gas and earlier formed ones contain less;
  galaxies with more gas around them form more stars (Davies et al. 2020, MNRAS 491, 4462).
- More concentrated haloes contain smaller galaxies (Jiang et al. 2019, MNRAS 488, 4801).
- At fixed mass, star-forming galaxies are larger (Genel et al. 2018, MNRAS 474, 3976) and contain
  more atomic hydrogen (Saintonge & Catinella 2022, ARA&A 60, 319).
"""

from dataclasses import dataclass, fields

import numpy as np
from scipy.special import ndtr, ndtri

from umbra.universe import tng_relations

MINIMUM_SFR_MSUN_YR = 0.1
SOLAR_METALLICITY = 0.0127  # the value of TNG
HELIUM = 1.36  # mass of all gas over that of its hydrogen
_HI_FRACTION_DEX = -0.60  # median log10 M_HI/M* of star-forming galaxies of 1e10 Msun
_HI_SCATTER_DEX = 0.36  # at fixed stellar mass

_RESIDUALS = ("dm_mass", "concentration", "sfr", "gas_mass", "half_mass_radius", "hi", "bulge")
_CORRELATION = np.array(
    [
        [1.00, -0.35, 0.00, 0.40, 0.10, 0.00, 0.00],
        [-0.35, 1.00, 0.00, -0.30, -0.30, 0.00, 0.20],
        [0.00, 0.00, 1.00, 0.35, 0.20, 0.45, -0.30],
        [0.40, -0.30, 0.35, 1.00, 0.10, 0.35, 0.00],
        [0.10, -0.30, 0.20, 0.10, 1.00, 0.30, -0.20],
        [0.00, 0.00, 0.45, 0.35, 0.30, 1.00, -0.10],
        [0.00, 0.20, -0.30, 0.00, -0.20, -0.10, 1.00],
    ]
)


@dataclass(frozen=True)
class Properties:
    """Global properties of galaxies; all fields have the same shape, (n,) or ().

    Parameters
    ----------
    stellar_mass_msun, dm_mass_msun, gas_mass_msun : ndarray or float
        Masses within R200 that are bound to the galaxy [Msun].
    m200_msun, concentration : ndarray or float
        M200c [Msun], and c200c of the halo with its baryons.
    sfr_msun_yr : ndarray or float
        Star formation rate [Msun/yr].
    half_mass_radius_kpc : ndarray or float
        Three-dimensional half-mass radius of the stars [kpc].
    hi_mass_msun, molecular_mass_msun : ndarray or float
        Atomic and molecular hydrogen [Msun].
    bulge_fraction : ndarray or float
        Share of the bulge in the mass of disc and bulge.
    stellar_metallicity, gas_metallicity : ndarray or float
        Mass fraction of metals at the half-mass radius.
    spheroid, merger : ndarray of bool, or bool
        Whether the galaxy is supported by dispersion; whether it has a close companion and a tail.
    """

    stellar_mass_msun: np.ndarray
    dm_mass_msun: np.ndarray
    gas_mass_msun: np.ndarray
    m200_msun: np.ndarray
    concentration: np.ndarray
    sfr_msun_yr: np.ndarray
    half_mass_radius_kpc: np.ndarray
    hi_mass_msun: np.ndarray
    molecular_mass_msun: np.ndarray
    bulge_fraction: np.ndarray
    stellar_metallicity: np.ndarray
    gas_metallicity: np.ndarray
    spheroid: np.ndarray
    merger: np.ndarray

    def __getitem__(self, index: int) -> "Properties":
        """Return the properties of one galaxy."""
        return Properties(**{item.name: getattr(self, item.name)[index] for item in fields(self)})


def draw_stellar_masses(number: int, rng: np.random.Generator) -> np.ndarray:
    """Draw log10 M*/Msun of selected galaxies from the number counts of TNG100-1.

    Each of `number` equal slices of the cumulative distribution gives one galaxy, in random order,
    so that a small universe covers the whole range too.

    Parameters
    ----------
    number : int
        Number of galaxies.
    rng : numpy.random.Generator
        Source of all draws.

    Returns
    -------
    ndarray, shape (number,)
        Between 10 and 12.
    """
    cumulative = (
        np.append(0.0, np.cumsum(tng_relations.BIN_COUNTS)) / tng_relations.BIN_COUNTS.sum()
    )
    uniform = (rng.permutation(number) + rng.random(number)) / number
    masses = np.interp(uniform, cumulative, tng_relations.BIN_EDGES)
    # One particle more or less must not move a galaxy across the limits of the selection.
    return np.clip(masses, 10.002, 11.998)


def draw_properties(
    *,
    log10_stellar_mass: np.ndarray,
    rng: np.random.Generator,
    minimum_sfr_msun_yr: float = 1.05 * MINIMUM_SFR_MSUN_YR,
) -> Properties:
    """Draw the global properties of galaxies of given stellar mass.

    Parameters
    ----------
    log10_stellar_mass : ndarray, shape (n,)
        log10 M*/Msun; the relations are extrapolated below 10.
    rng : numpy.random.Generator
        Source of all draws.
    minimum_sfr_msun_yr : float
        Least star formation rate [Msun/yr]: the relations are those of galaxies above a limit.
        0 for no limit.

    Returns
    -------
    Properties
        Fields of shape (n,).
    """
    x = np.atleast_1d(np.asarray(log10_stellar_mass, dtype=float))
    residual = _draw_residuals(x, rng)
    if minimum_sfr_msun_yr > 0.0:
        residual["sfr"] = _fold_above(x, residual["sfr"], minimum_sfr_msun_yr)
    dm_mass = 10.0 ** _asymmetric("dm_mass", x, residual["dm_mass"])
    gas_mass = 10.0 ** _asymmetric("gas_mass", x, residual["gas_mass"])
    log10_sfr = _asymmetric("sfr", x, residual["sfr"])
    m200 = dm_mass + gas_mass + 10.0**x
    mean, scatter = tng_relations.concentration(np.log10(m200))
    hi_mass, molecular_mass = _hydrogen(x, log10_sfr, gas_mass, residual["hi"], rng)
    stellar_z, gas_z = _metallicities(x, log10_sfr, rng)
    spheroid = rng.random(x.size) < np.clip(0.06 + 0.25 * (x - 10.5), 0.04, 0.5)
    return Properties(
        stellar_mass_msun=10.0**x,
        dm_mass_msun=dm_mass,
        gas_mass_msun=gas_mass,
        m200_msun=m200,
        concentration=mean * np.exp(scatter * residual["concentration"] - 0.5 * scatter**2),
        sfr_msun_yr=10.0**log10_sfr,
        half_mass_radius_kpc=10.0
        ** _asymmetric("half_mass_radius", x, residual["half_mass_radius"]),
        hi_mass_msun=hi_mass,
        molecular_mass_msun=molecular_mass,
        bulge_fraction=_bulge_fraction(x, residual["bulge"], spheroid),
        stellar_metallicity=stellar_z,
        gas_metallicity=gas_z,
        spheroid=spheroid,
        merger=rng.random(x.size) < 0.12,
    )


def _draw_residuals(x: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Draw correlated standard normal residuals."""
    lower = np.linalg.cholesky(_CORRELATION)
    values = rng.standard_normal((x.size, len(_RESIDUALS))) @ lower.T
    return dict(zip(_RESIDUALS, np.clip(values, -3.0, 3.0).T, strict=True))


def _fold_above(x: np.ndarray, residual: np.ndarray, minimum_sfr_msun_yr: float) -> np.ndarray:
    """Compress the lower wing of the star formation rates until it lies above a limit.

    The median stays where it is.
    """
    low, median, _ = tng_relations.percentiles("sfr", x).T
    below = ndtr((np.log10(minimum_sfr_msun_yr) - median) / (median - low))
    share = np.minimum(2.0 * ndtr(residual), 1.0)
    return np.where(residual < 0.0, ndtri(below + (0.5 - below) * share), residual)


def _asymmetric(name: str, x: np.ndarray, residual: np.ndarray) -> np.ndarray:
    """Return log10 of a quantity whose distribution has unequal wings.

    `residual` is standard normal.
    """
    low, median, high = tng_relations.percentiles(name, x).T
    return median + residual * np.where(residual > 0, high - median, median - low)


def _hydrogen(
    x: np.ndarray,
    log10_sfr: np.ndarray,
    gas_mass: np.ndarray,
    residual: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw M_HI and M_H2 [Msun].

    The median HI fraction is the line through two sets of observed medians: those of late-type
    galaxies, and those of all galaxies of xGASS raised by 0.3 dex, by which star-forming ones are
    richer (unverified). It is within 0.15 dex of all of them from 10.07 to 11.2 in log10 M*. The
    HI fractions of TNG100 agree with observed ones (Diemer et al. 2019, MNRAS 487, 1529).

    References
    ----------
    Calette et al. 2018, RMxAA 54, 443: medians of late-type galaxies, as tabulated with the model
    SHARK (data/Gas/RHI-Mstars_Callette18-LTGs.dat).
    Catinella et al. 2018, MNRAS 476, 875, table 1: medians of xGASS, and
    Janowiecki et al. 2020, MNRAS 493, 1982, table 1: the scatter at fixed mass of galaxies on the
    star-forming sequence, both as transcribed in public code.
    Saintonge & Catinella 2022, ARA&A 60, 319: depletion times of molecular gas of 1-2 Gyr.
    """
    # Below 1e9 Msun the fraction of late types hardly rises.
    log10_fraction = _HI_FRACTION_DEX - 0.70 * (np.maximum(x, 9.0) - 10.0)
    hi_mass = 10.0 ** (x + log10_fraction + _HI_SCATTER_DEX * residual)
    depletion_yr = 1.3e9 * 10.0 ** (0.15 * rng.standard_normal(x.size))
    molecular = 10.0**log10_sfr * depletion_yr
    limit = np.minimum(1.0, 0.6 * gas_mass / (HELIUM * (hi_mass + molecular)))
    return hi_mass * limit, molecular * limit


def _metallicities(
    x: np.ndarray, log10_sfr: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the metal fractions of stars and gas.

    References
    ----------
    Nelson et al. 2018, MNRAS 475, 624, figure 2: stellar metallicities of TNG100.
    Torrey et al. 2019, MNRAS 484, 5587: gas-phase relation of TNG100, scatter 0.1 dex, lower
    metallicity at higher star formation rate.
    """
    stellar = 0.05 + 0.25 * np.tanh((x - 10.3) / 0.8) + 0.07 * rng.standard_normal(x.size)
    excess = log10_sfr - tng_relations.percentiles("sfr", x)[:, 1]
    gas = 0.12 + 0.22 * np.tanh((x - 10.2) / 0.8) - 0.12 * np.clip(excess, -1, 1)
    gas = gas + 0.08 * rng.standard_normal(x.size)
    return SOLAR_METALLICITY * 10.0**stellar, SOLAR_METALLICITY * 10.0**gas


def _bulge_fraction(x: np.ndarray, residual: np.ndarray, spheroid: np.ndarray) -> np.ndarray:
    """Draw bulge-to-total ratios, which rise with mass.

    References
    ----------
    Tacchella et al. 2019, MNRAS 487, 5416.
    """
    disc = np.clip(0.22 + 0.18 * (x - 10.5) + 0.09 * residual, 0.03, 0.60)
    return np.where(spheroid, np.clip(0.72 + 0.04 * residual, 0.6, 0.8), disc)

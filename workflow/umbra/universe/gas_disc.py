"""The layers of the cold gas disc: their surface densities and heights."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from umbra.universe import thermodynamics as thermo
from umbra.universe.morphology import Morphology
from umbra.universe.relations import HELIUM, Properties

# Dust reaches 1.4-1.5 times as far out as the stars, and is a third to half as high (Xilouris et
# al. 1999, arXiv:astro-ph/9901158; Bianchi 2007, arXiv:0705.1471). Molecular layers are 0.05-0.3
# kpc high (Patra 2020, A&A 638, A66); cells of TNG100 that form stars are as wide as the upper end.
STAR_FORMING_EXTENT = 1.5
STAR_FORMING_HEIGHT_KPC = 0.3
# Least density in the centre of that layer, well above the threshold of star formation, and
# greatest in the mid-plane of the atomic layer, below the threshold by more than most arms compress
# it.
LEAST_CORE_MSUN_KPC3 = 1.5e7
ATOMIC_MSUN_KPC3 = 2.0e6
THRESHOLD_MSUN_KPC3 = thermo.STAR_FORMATION_DENSITY_CM3 / thermo.hydrogen_number_density_cm3(1.0)
# Share of the star-forming layer's hydrogen that is atomic at its pressure (Leroy et al. 2008).
ATOMIC_SHARE = 0.5


@dataclass(frozen=True)
class Layer:
    """One layer of the cold disc: surface density and height, tabulated on radii.

    Parameters
    ----------
    radius_kpc, surface_msun_kpc2, height_kpc : ndarray, shape (n,)
        Radii [kpc], surface density [Msun/kpc^2] and scale height [kpc] of a sech^2 layer.
    """

    radius_kpc: np.ndarray
    surface_msun_kpc2: np.ndarray
    height_kpc: np.ndarray

    @property
    def enclosed_msun(self) -> np.ndarray:
        """Mass within each radius [Msun]."""
        return _cumulative(self.radius_kpc, self.surface_msun_kpc2)


@dataclass(frozen=True)
class GasDisc:
    """The cold disc: a thick atomic layer, and the thin one in which stars form.

    Parameters
    ----------
    atomic, star_forming : Layer
        On the same radii.
    """

    atomic: Layer
    star_forming: Layer

    @property
    def radius_kpc(self) -> np.ndarray:
        """Radii [kpc]."""
        return self.atomic.radius_kpc

    @property
    def surface_msun_kpc2(self) -> np.ndarray:
        """Surface density of both layers [Msun/kpc^2]."""
        return self.atomic.surface_msun_kpc2 + self.star_forming.surface_msun_kpc2

    @property
    def enclosed_msun(self) -> np.ndarray:
        """Mass within each radius [Msun]."""
        return self.atomic.enclosed_msun + self.star_forming.enclosed_msun

    @property
    def half_mass_radius_kpc(self) -> float:
        """Radius within which half of the cold gas lies [kpc]."""
        enclosed = self.enclosed_msun
        return float(np.interp(0.5 * enclosed[-1], enclosed, self.radius_kpc))


def gas_disc(
    *, properties: Properties, morphology: Morphology, rng: np.random.Generator
) -> GasDisc:
    """Return the cold disc: atomic gas around R_HI, and a layer that forms stars.

    Parameters
    ----------
    properties : Properties
        Of one galaxy.
    morphology : Morphology
        Scale length of its stellar disc, and the radius at which it ends.
    rng : numpy.random.Generator
        Source of the scatter in size.

    Returns
    -------
    GasDisc

    References
    ----------
    Wang et al. 2016, MNRAS 460, 2143: log D_HI = 0.506 log M_HI - 3.293 (scatter 0.06 dex).
    Wang et al. 2014, MNRAS 441, 2159: outer scale lengths of nearly a fifth of R_HI.
    Bigiel & Blitz 2012, ApJ 756, 183: the universal profile of neutral gas.
    Leroy et al. 2008, AJ 136, 2782: stars form where the stellar disc is.
    """
    hi = float(properties.hi_mass_msun)
    # Further from the relation, no profile of this shape has both the size and the mass.
    scatter = 0.06 * np.clip(rng.standard_normal(), -2.0, 2.0)
    size = 0.5 * 10.0 ** (0.506 * np.log10(hi) - 3.293 + scatter)
    size = min(size, 0.5 * morphology.outer_kpc)
    radius = np.linspace(0.0, min(2.0 * size, 0.95 * morphology.outer_kpc), 600)
    extent = min(STAR_FORMING_EXTENT * morphology.disc_scale_kpc, 0.5 * size)
    forming, extent = _star_forming_mass(properties, extent)
    atomic_msun = HELIUM * hi - ATOMIC_SHARE * forming
    atomic = _atomic_profile(radius, size, hi)
    atomic = _normalised(radius, atomic, max(atomic_msun, 0.2 * HELIUM * hi))
    star_forming = _normalised(radius, _star_forming_profile(radius, extent, forming), forming)
    return GasDisc(
        atomic=Layer(radius, atomic, _atomic_height(radius, atomic)),
        star_forming=Layer(radius, star_forming, np.full_like(radius, STAR_FORMING_HEIGHT_KPC)),
    )


def _star_forming_mass(properties: Properties, scale_kpc: float) -> tuple[float, float]:
    """Return mass [Msun] and scale length [kpc] of the layer that forms stars.

    The layer is as massive as its star formation rate needs with the time t* of its density, but
    has at most half of all gas. It is so small that its centre is dense.
    """
    shape = 4.0 * np.pi * STAR_FORMING_HEIGHT_KPC
    # Means over an exponential disc and a sech^2 layer of the square root of the density.
    root = 4.0 / 9.0 * np.pi / 4.0
    demand = float(properties.sfr_msun_yr) * thermo.STAR_FORMATION_TIME_YR / root
    needed = (demand * scale_kpc * np.sqrt(shape * THRESHOLD_MSUN_KPC3)) ** (2.0 / 3.0)
    mass = min(needed, 0.5 * float(properties.gas_mass_msun))
    return mass, min(scale_kpc, np.sqrt(mass / (shape * LEAST_CORE_MSUN_KPC3)))


def _star_forming_profile(radius: np.ndarray, scale_kpc: float, mass: float) -> np.ndarray:
    """Return an exponential that ends where its mid-plane would not be dense enough to form stars.

    It has two points of the grid at least, for galaxies that hardly form stars.

    References
    ----------
    Martin & Kennicutt 2001, ApJ 555, 301 (unverified): discs have an edge of star formation.
    """
    centre = mass / (4.0 * np.pi * STAR_FORMING_HEIGHT_KPC * scale_kpc**2)
    edge = max(scale_kpc * np.log(centre / THRESHOLD_MSUN_KPC3), 2.5 * radius[1])
    return np.where(radius < edge, np.exp(-radius / max(scale_kpc, radius[1])), 0.0)


def _atomic_height(radius: np.ndarray, surface: np.ndarray) -> np.ndarray:
    """Return the scale height [kpc] of the atomic layer, which grows outward.

    The gas discs of TNG are thick, 0.4 kpc inside and 1 kpc and more outside, because of the
    pressure of the effective equation of state. The layer is at least so thick that its mid-plane
    is no denser than `ATOMIC_MSUN_KPC3`: it does not form stars.

    References
    ----------
    Pillepich et al. 2019, MNRAS 490, 3196.
    """
    enclosed = _cumulative(radius, surface)
    half = np.interp(0.5 * enclosed[-1], enclosed, radius)
    flaring = 0.4 + 0.4 * np.minimum(radius / half, 2.0)
    return np.maximum(flaring, surface / (2.0 * ATOMIC_MSUN_KPC3))


def _atomic_profile(radius: np.ndarray, size: float, mass: float) -> np.ndarray:
    """Return the atomic surface density [Msun/kpc^2] with 1 Msun/pc^2 at `size` and total `mass`.

    The profile is a plateau, then an exponential of scale length 0.19 `size`. Mass and size
    determine the height of the plateau: 5 Msun/pc^2 on the relation of Wang et al., and 2-15
    within its scatter.
    """

    def profile(log_plateau: float) -> np.ndarray:
        def shape(r: np.ndarray | float) -> np.ndarray | float:
            exponential = np.exp((size - r) / (0.19 * size))
            return (np.exp(-2.0 * log_plateau) + exponential**-2.0) ** -0.5

        return 1e6 * shape(radius) / shape(size)

    def excess(log_plateau: float) -> float:
        return _cumulative(radius, profile(log_plateau))[-1] / mass - 1.0

    low, high = -1.0, 6.0
    if excess(low) > 0.0 or excess(high) < 0.0:
        return profile(low if excess(low) > 0.0 else high)
    return profile(brentq(excess, low, high))


def _normalised(radius: np.ndarray, profile: np.ndarray, mass: float) -> np.ndarray:
    """Return a surface density scaled to a total mass."""
    return profile * mass / _cumulative(radius, profile)[-1]


def _cumulative(radius: np.ndarray, surface: np.ndarray) -> np.ndarray:
    """Return the mass within each radius."""
    integrand = 2.0 * np.pi * radius * surface
    return np.append(0.0, np.cumsum(0.5 * (integrand[1:] + integrand[:-1]) * np.diff(radius)))

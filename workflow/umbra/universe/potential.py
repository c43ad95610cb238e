"""The mass distribution of a galaxy: its contracted halo, circular velocity and dispersions."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.optimize import brentq

from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G
from umbra.physics.disc import freeman_velocity_squared_of_mass
from umbra.physics.halo import (
    circular_velocity_squared,
    contraction_factor,
    nfw_enclosed_fraction,
    nfw_mass_shape,
)

# Plummer-equivalent softening of dark matter and stars in TNG100-1 at z = 0 (Nelson et al. 2019,
# ComAC 6, 2). Gravity is Newtonian beyond 2.8 times this length (Springel 2005, MNRAS 364, 1105).
SOFTENING_KPC = 0.74
_SPLINE_SUPPORT_KPC = 2.8 * SOFTENING_KPC


@dataclass(frozen=True)
class MassModel:
    """Enclosed masses on one radial grid.

    Parameters
    ----------
    radius_kpc : ndarray, shape (n,)
        Ascending radii [kpc].
    dm_msun, spherical_msun, stellar_disc_msun, gas_disc_msun : ndarray, shape (n,)
        Mass within each radius [Msun] of dark matter, of spherical baryons (bulge, stellar halo,
        hot gas), and of the two discs.
    stellar_disc_scale_kpc, gas_disc_scale_kpc : float
        Scale lengths of the exponential discs whose gravity is taken for the two discs [kpc].
    """

    radius_kpc: np.ndarray
    dm_msun: np.ndarray
    spherical_msun: np.ndarray
    stellar_disc_msun: np.ndarray
    gas_disc_msun: np.ndarray
    stellar_disc_scale_kpc: float
    gas_disc_scale_kpc: float

    @property
    def total_msun(self) -> np.ndarray:
        """Mass of all matter within each radius [Msun]."""
        return self.dm_msun + self.spherical_msun + self.stellar_disc_msun + self.gas_disc_msun

    def circular_velocity_km_s(self, radius_kpc: np.ndarray) -> np.ndarray:
        """Return the circular velocity [km/s] in the mid-plane."""
        r = self.radius_kpc
        squared = circular_velocity_squared(self.dm_msun + self.spherical_msun, r)
        for mass, scale in (
            (self.stellar_disc_msun[-1], self.stellar_disc_scale_kpc),
            (self.gas_disc_msun[-1], self.gas_disc_scale_kpc),
        ):
            squared = squared + freeman_velocity_squared_of_mass(
                r, mass_msun=mass, scale_length_kpc=scale
            )
        return np.sqrt(np.maximum(np.interp(radius_kpc, r, squared), 0.0))

    def dispersion_km_s(self, density: np.ndarray) -> np.ndarray:
        """Return the isotropic one-dimensional dispersion [km/s] of a tracer on the radial grid.

        It solves the spherical Jeans equation, rho sigma^2 = integral of rho G M / r^2 from r
        outward.

        Parameters
        ----------
        density : ndarray, shape (n,)
            Density of the tracer on `radius_kpc`, in any unit.

        Returns
        -------
        ndarray, shape (n,)

        References
        ----------
        Binney & Tremaine 2008, Galactic Dynamics, equation 4.216 with beta = 0.
        """
        r = self.radius_kpc
        density = np.maximum(density, 1e-30 * density.max())
        # The integral is over ln r, in which the grid is even and the integrand smooth.
        integrand = density * G * self.total_msun / r
        steps = 0.5 * (integrand[1:] + integrand[:-1]) * np.diff(np.log(r))
        outward = np.append(np.cumsum(steps[::-1])[::-1], 0.0)
        return np.sqrt(outward / density)


def radial_grid_kpc(*, outer_kpc: float, number: int = 400) -> np.ndarray:
    """Return logarithmic radii from 10 pc to `outer_kpc`."""
    return np.geomspace(0.01, outer_kpc, number)


def softened_enclosed(radius_kpc: np.ndarray, enclosed: np.ndarray) -> np.ndarray:
    """Return the mass within each radius of a sphere that softened gravity has smoothed.

    Softening is a convolution of the density with a kernel, and a system that forms under softened
    gravity has no structure that the force does not resolve. The density is therefore convolved
    with the cubic spline that softens the forces of AREPO.

    Parameters
    ----------
    radius_kpc : ndarray, shape (n,)
        Ascending radii [kpc], from far inside the softening to far outside.
    enclosed : ndarray, shape (n,)
        Mass within each radius before, in any unit.

    Returns
    -------
    ndarray, shape (n,)
        Mass within each radius after; the last is unchanged.

    References
    ----------
    Barnes 2012, MNRAS 425, 1104: softening as a smoothing of the mass distribution.
    Springel 2005, MNRAS 364, 1105, equation 4: the kernel, with support 2.8 softenings.
    Ludlow et al. 2019, MNRAS 488, 3663: the masses of simulated haloes are too low further in than
    a twentieth of the distance between particles, 3 kpc in TNG100.
    """
    far = min(int(np.searchsorted(radius_kpc, 20.0 * SOFTENING_KPC)), radius_kpc.size - 1)
    r = radius_kpc[: far + 1]
    # A shell of radius s, displaced by d in all directions, has a density proportional to 1 / s
    # between |s - d| and s + d.
    edges = np.append(0.0, radius_kpc)
    middle = 0.5 * (edges[1:] + edges[:-1])
    weighted = np.append(0.0, np.cumsum(np.diff(enclosed, prepend=0.0) / middle))
    displacements = _spline_displacements_kpc()[:, None]
    density = np.interp(r + displacements, edges, weighted)
    density -= np.interp(np.abs(r - displacements), edges, weighted)
    slope = (density / (2.0 * displacements)).mean(axis=0) * r
    steps = 0.5 * (slope[1:] + slope[:-1]) * np.diff(r)
    smooth = np.append(0.0, np.cumsum(steps)) + slope[0] * r[0] / 3.0
    softened = enclosed.copy()
    # Far out both agree; the factor takes away what the quadrature leaves.
    softened[: far + 1] = smooth * enclosed[far] / smooth[-1]
    return softened


@cache
def _spline_displacements_kpc(number: int = 16) -> np.ndarray:
    """Return radii [kpc] that divide the mass of the spline kernel into equal parts."""
    u = np.linspace(0.0, 1.0, 2001)
    kernel = np.where(u < 0.5, 1.0 - 6.0 * u**2 + 6.0 * u**3, 2.0 * (1.0 - u) ** 3)
    mass = np.cumsum(kernel * u**2)
    return _SPLINE_SUPPORT_KPC * np.interp((np.arange(number) + 0.5) / number, mass / mass[-1], u)


def contracted_enclosed_msun(
    *,
    radius_kpc: np.ndarray,
    baryons_msun: np.ndarray,
    dm_mass_msun: float,
    r200_kpc: float,
    c200: float,
) -> np.ndarray:
    """Return the dark matter within each radius after the halo has contracted around its baryons.

    Parameters
    ----------
    radius_kpc : ndarray, shape (n,)
        Radii [kpc].
    baryons_msun : ndarray, shape (n,)
        Baryons within each radius [Msun].
    dm_mass_msun : float
        Dark matter within `r200_kpc`, before and after [Msun].
    r200_kpc, c200 : float
        R200 [kpc], and concentration before the contraction.

    Returns
    -------
    ndarray, shape (n,)
        Enclosed mass of dark matter [Msun].

    References
    ----------
    `umbra.physics.halo.contraction_factor`.
    """
    before = dm_mass_msun * nfw_enclosed_fraction(radius_kpc, r200_kpc=r200_kpc, c200=c200)
    after = np.maximum.accumulate(before * contraction_factor(baryons_msun / before))
    return after * dm_mass_msun / np.interp(r200_kpc, radius_kpc, after)


def fitted_concentration(
    *, radius_kpc: np.ndarray, enclosed_msun: np.ndarray, r200_kpc: float
) -> float:
    """Return c200c of the NFW profile that fits best the density in equal logarithmic shells.

    Parameters
    ----------
    radius_kpc, enclosed_msun : ndarray, shape (n,)
        Radii [kpc] and mass within them [Msun].
    r200_kpc : float
        R200 [kpc].

    Returns
    -------
    float
        Concentration, between 1.5 and 60.

    References
    ----------
    Neto et al. 2007, MNRAS 381, 1450: the fit between 0.05 and 1 R200.
    """
    edges = np.geomspace(0.05, 1.0, 21) * r200_kpc
    shells = np.log(np.diff(np.interp(edges, radius_kpc, enclosed_msun)))
    trial = np.geomspace(1.5, 60.0, 160)
    x = edges / r200_kpc * trial[:, None]
    model = np.log(np.diff(nfw_mass_shape(x), axis=1))
    # The amplitude is free: the variance depends on the shape of the profile alone.
    misfit = np.var(shells - model, axis=1)
    best = int(np.clip(np.argmin(misfit), 1, trial.size - 2))
    left, middle, right = misfit[best - 1 : best + 2]
    shift = 0.5 * (left - right) / (left - 2.0 * middle + right)
    return float(trial[best] * (trial[1] / trial[0]) ** np.clip(shift, -0.5, 0.5))


def halo_enclosed_msun(
    *,
    radius_kpc: np.ndarray,
    baryons_msun: np.ndarray,
    dm_mass_msun: float,
    r200_kpc: float,
    concentration: float,
) -> np.ndarray:
    """Return the dark matter within each radius of a halo with a given final concentration.

    The tabulated concentrations are those of haloes with galaxies in them. The concentration
    before contraction is therefore chosen such that the contracted halo has the tabulated one.

    Parameters
    ----------
    radius_kpc : ndarray, shape (n,)
        Radii [kpc].
    baryons_msun : ndarray, shape (n,)
        Baryons within each radius [Msun].
    dm_mass_msun : float
        Dark matter within `r200_kpc` [Msun].
    r200_kpc, concentration : float
        R200 [kpc], and concentration after the contraction.

    Returns
    -------
    ndarray, shape (n,)
        Enclosed mass of dark matter [Msun].
    """

    def contracted(c200: float) -> np.ndarray:
        return contracted_enclosed_msun(
            radius_kpc=radius_kpc,
            baryons_msun=baryons_msun,
            dm_mass_msun=dm_mass_msun,
            r200_kpc=r200_kpc,
            c200=c200,
        )

    def excess(log_c: float) -> float:
        fit = fitted_concentration(
            radius_kpc=radius_kpc, enclosed_msun=contracted(np.exp(log_c)), r200_kpc=r200_kpc
        )
        return np.log(fit / concentration)

    low, high = np.log(2.0), np.log(40.0)
    if excess(low) > 0.0:
        return contracted(np.exp(low))
    if excess(high) < 0.0:
        return contracted(np.exp(high))
    return contracted(np.exp(brentq(excess, low, high, xtol=2e-3)))

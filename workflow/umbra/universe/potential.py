"""The mass distribution of a galaxy: its contracted halo, circular velocity and dispersions."""

from dataclasses import dataclass

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

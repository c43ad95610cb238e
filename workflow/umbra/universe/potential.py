"""The mass distribution of a galaxy: its contracted halo, circular velocity and dispersions."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G
from umbra.physics.cosmology import PLANCK_2015_OMEGA_BARYON, PLANCK_2015_OMEGA_MATTER
from umbra.physics.disc import freeman_velocity_squared
from umbra.physics.halo import circular_velocity_squared, nfw_enclosed_fraction, nfw_mass_shape

COSMIC_BARYON_FRACTION = PLANCK_2015_OMEGA_BARYON / PLANCK_2015_OMEGA_MATTER


@dataclass(frozen=True)
class MassModel:
    """Enclosed masses on one radial grid.

    Parameters
    ----------
    radius_kpc : numpy.ndarray
        Shape (n,), ascending.
    dark_msun, spherical_msun, stellar_disc_msun, gas_disc_msun : numpy.ndarray
        Shape (n,), mass within each radius: dark matter, the round baryons (bulge, stellar halo,
        hot gas), and the two discs.
    stellar_disc_scale_kpc, gas_disc_scale_kpc : float
        Scale lengths of the exponential discs that stand for the two discs' gravity.
    """

    radius_kpc: np.ndarray
    dark_msun: np.ndarray
    spherical_msun: np.ndarray
    stellar_disc_msun: np.ndarray
    gas_disc_msun: np.ndarray
    stellar_disc_scale_kpc: float
    gas_disc_scale_kpc: float

    @property
    def total_msun(self) -> np.ndarray:
        """Mass of everything within each radius."""
        return self.dark_msun + self.spherical_msun + self.stellar_disc_msun + self.gas_disc_msun

    def circular_velocity_km_s(self, radius_kpc: np.ndarray) -> np.ndarray:
        """Return the circular velocity [km/s] in the mid-plane."""
        r = self.radius_kpc
        squared = circular_velocity_squared(self.dark_msun + self.spherical_msun, r)
        for mass, scale in (
            (self.stellar_disc_msun[-1], self.stellar_disc_scale_kpc),
            (self.gas_disc_msun[-1], self.gas_disc_scale_kpc),
        ):
            squared = squared + freeman_velocity_squared(r, mass_msun=mass, scale_length_kpc=scale)
        return np.sqrt(np.maximum(np.interp(radius_kpc, r, squared), 0.0))

    def dispersion_km_s(self, density: np.ndarray) -> np.ndarray:
        """Return the isotropic one-dimensional dispersion [km/s] of a tracer on the radial grid.

        The spherical Jeans equation, rho sigma^2 = integral of rho G M / r^2 from r outward.

        Parameters
        ----------
        density : numpy.ndarray
            Shape (n,), density of the tracer on `radius_kpc`, in any unit.

        References
        ----------
        Binney & Tremaine 2008, Galactic Dynamics, equation 4.216 with beta = 0.
        """
        r = self.radius_kpc
        density = np.maximum(density, 1e-30 * density.max())
        # in ln r, so that the integrand is smooth on the logarithmic grid
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
    dark_mass_msun: float,
    r200_kpc: float,
    c: float,
) -> np.ndarray:
    """Return the dark mass within each radius after the halo has answered to its baryons.

    Parameters
    ----------
    radius_kpc : numpy.ndarray
        Shape (n,).
    baryons_msun : numpy.ndarray
        Shape (n,), baryons within each radius.
    dark_mass_msun : float
        Dark mass within `r200_kpc`, before and after.
    r200_kpc, c : float
        Virial radius and concentration before.

    References
    ----------
    Cautun et al. 2020, MNRAS 494, 4291, equation 11: M_DM = M_DM,DMO
    [0.45 + 0.38 (eta + 1.16)^0.53] with eta the enclosed baryons over the cosmic share.
    """
    before = dark_mass_msun * nfw_enclosed_fraction(radius_kpc, r200_kpc=r200_kpc, c200=c)
    share = COSMIC_BARYON_FRACTION / (1.0 - COSMIC_BARYON_FRACTION)
    eta = baryons_msun / (share * before)
    after = np.maximum.accumulate(before * (0.45 + 0.38 * (eta + 1.16) ** 0.53))
    return after * dark_mass_msun / np.interp(r200_kpc, radius_kpc, after)


def fitted_concentration(
    *, radius_kpc: np.ndarray, enclosed_msun: np.ndarray, r200_kpc: float
) -> float:
    """Return c200c of the best NFW fit to the density in equal logarithmic shells.

    The fit runs over 0.05-1 r200 as that of Neto et al. 2007, MNRAS 381, 1450.
    """
    edges = np.geomspace(0.05, 1.0, 21) * r200_kpc
    shells = np.log(np.diff(np.interp(edges, radius_kpc, enclosed_msun)))
    trial = np.geomspace(1.5, 60.0, 160)
    x = edges / r200_kpc * trial[:, None]
    model = np.log(np.diff(nfw_mass_shape(x), axis=1))
    # the amplitude is free: only the shape of the profile tells the concentration
    misfit = np.var(shells - model, axis=1)
    best = int(np.clip(np.argmin(misfit), 1, trial.size - 2))
    left, middle, right = misfit[best - 1 : best + 2]
    shift = 0.5 * (left - right) / (left - 2.0 * middle + right)
    return float(trial[best] * (trial[1] / trial[0]) ** np.clip(shift, -0.5, 0.5))


def halo_enclosed_msun(
    *,
    radius_kpc: np.ndarray,
    baryons_msun: np.ndarray,
    dark_mass_msun: float,
    r200_kpc: float,
    concentration: float,
) -> np.ndarray:
    """Return the dark mass within each radius of a halo that has the given concentration now.

    The tabulated concentrations are those of haloes with galaxies in them, so the concentration
    before contraction is found such that the contracted halo fits the given one.
    """

    def contracted(c: float) -> np.ndarray:
        return contracted_enclosed_msun(
            radius_kpc=radius_kpc,
            baryons_msun=baryons_msun,
            dark_mass_msun=dark_mass_msun,
            r200_kpc=r200_kpc,
            c=c,
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

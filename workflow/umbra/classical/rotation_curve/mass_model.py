"""The mass model of a rotation curve: stars, gas and a halo; priors; posterior density.

The haloes are those of `HALOES`. The contracted one is an NFW halo that the baryons of the galaxy
have drawn inward; V200 and C200 are those before.

The sampler's coordinates are the parameters, but the logarithms of V200 and C200: there the
degeneracy between the two is straighter. A Jacobian keeps their priors flat in V200 and C200.

The likelihood compares the model with the curve as it was measured, at the assumed inclination i.
For another inclination i' the model is multiplied by sin(i') / sin(i). Dividing the curve and its
errors by that factor would be equivalent, but would change the data and so the normalisation.
"""

from dataclasses import dataclass

import numpy as np

from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G
from umbra.physics.halo import (
    burkert_mass_shape,
    contraction_factor,
    einasto_mass_shape,
    halo_velocity_squared,
    isothermal_mass_shape,
    nfw_mass_shape,
)

# Upsilon is the mass-to-light ratio of the stars.
PARAMETERS = ("upsilon", "v200_km_s", "c200", "distance_mpc", "inclination_deg")
HALOES = {
    "nfw": nfw_mass_shape,
    "contracted": nfw_mass_shape,
    "burkert": burkert_mass_shape,
    "einasto": einasto_mass_shape,
    "isothermal": isothermal_mass_shape,
}
_LOGARITHMIC = slice(1, 3)
_STARTING_C200 = (3.0, 10.0, 30.0)


@dataclass(frozen=True, kw_only=True)
class Baryons:
    """What stars and gas contribute to the circular velocity.

    Parameters
    ----------
    radius_kpc : ndarray, shape (n,)
        Radii at the assumed distance, increasing [kpc].
    stellar_velocity_squared : ndarray, shape (n,)
        Contribution of the stars for a mass-to-light ratio of 1 [km^2/s^2].
    gas_velocity_squared : ndarray, shape (n,)
        Contribution of the gas [km^2/s^2]; negative where the gas pulls outward.
    distance_mpc : float
        Distance that was assumed [Mpc].
    """

    radius_kpc: np.ndarray
    stellar_velocity_squared: np.ndarray
    gas_velocity_squared: np.ndarray
    distance_mpc: float


@dataclass(frozen=True, kw_only=True)
class RotationCurve(Baryons):
    """A measured rotation curve, and what stars and gas contribute to it.

    Parameters
    ----------
    velocity_km_s, error_km_s : ndarray, shape (n,)
        Velocities and their errors at the assumed inclination [km/s].
    inclination_deg : float
        Inclination that was assumed [deg].
    """

    velocity_km_s: np.ndarray
    error_km_s: np.ndarray
    inclination_deg: float


@dataclass(frozen=True)
class Priors:
    """Priors of the five parameters.

    Parameters
    ----------
    distance_error_mpc, inclination_error_deg : float
        Standard deviations of normal priors around the assumed values [Mpc], [deg]; 0 keeps the
        parameter fixed.
    upsilon, v200_km_s, c200 : tuple of float
        Lower and upper end of each flat prior.
    log10_upsilon : tuple of float, optional
        Mean and standard deviation [dex] of a normal prior on log10 of the mass-to-light ratio,
        cut at the ends of `upsilon`.

    References
    ----------
    de los Rios et al. 2023, section 5.6: the default ranges.
    """

    distance_error_mpc: float
    inclination_error_deg: float
    upsilon: tuple[float, float] = (0.0, 20.0)
    v200_km_s: tuple[float, float] = (10.0, 800.0)
    c200: tuple[float, float] = (1.0, 1000.0)
    log10_upsilon: tuple[float, float] | None = None


def model_velocity(
    parameters: np.ndarray, curve: RotationCurve, *, hubble: float, halo: str
) -> np.ndarray:
    """Return the velocities of the mass model, as seen at the assumed inclination of `curve`.

    Parameters
    ----------
    parameters : ndarray, shape (walkers, 5)
        Values of `PARAMETERS`, in that order.
    curve : RotationCurve
        The radii, and the contributions of stars and gas.
    hubble : float
        Little h.
    halo : str
        One of `HALOES`.

    Returns
    -------
    ndarray, shape (walkers, n)
        Velocities [km/s]; negative where the outward pull of the gas exceeds all other forces.
    """
    upsilon, _, _, distance, inclination = parameters.T[:, :, None]
    stretch = distance / curve.distance_mpc
    baryons = stretch * (upsilon * curve.stellar_velocity_squared + curve.gas_velocity_squared)
    squared = baryons + _dark_matter_velocity_squared(
        stretch * curve.radius_kpc, parameters, baryons, hubble=hubble, halo=halo
    )
    projection = np.sin(np.deg2rad(inclination)) / np.sin(np.deg2rad(curve.inclination_deg))
    return np.sign(squared) * np.sqrt(np.abs(squared)) * projection


def dark_matter_mass(
    radius_kpc: np.ndarray, parameters: np.ndarray, baryons: Baryons, *, hubble: float, halo: str
) -> np.ndarray:
    """Return the dark matter within radii.

    Parameters
    ----------
    radius_kpc : ndarray, shape (radii,)
        Radii [kpc].
    parameters : ndarray, shape (draws, 5)
        Values of `PARAMETERS`, in that order.
    baryons : Baryons
        Stars and gas, which only the contracted halo depends on; at radii in between the
        contributions are interpolated.
    hubble : float
        Little h.
    halo : str
        One of `HALOES`.

    Returns
    -------
    ndarray, shape (draws, radii)
        Masses [Msun].
    """
    upsilon, _, _, distance, _ = parameters.T[:, :, None]
    stretch = distance / baryons.distance_mpc
    at = radius_kpc / stretch
    stars, gas = (
        np.interp(at, baryons.radius_kpc, squared)
        for squared in (baryons.stellar_velocity_squared, baryons.gas_velocity_squared)
    )
    squared = _dark_matter_velocity_squared(
        np.broadcast_to(radius_kpc, at.shape),
        parameters,
        stretch * (upsilon * stars + gas),
        hubble=hubble,
        halo=halo,
    )
    return squared * radius_kpc / G


def _dark_matter_velocity_squared(
    radius_kpc: np.ndarray,
    parameters: np.ndarray,
    baryons_velocity_squared: np.ndarray,
    *,
    hubble: float,
    halo: str,
) -> np.ndarray:
    """Return v^2 of the halo; radii and baryons have shape (walkers, n)."""
    _, v200, c200, _, _ = parameters.T[:, :, None]
    squared = halo_velocity_squared(
        radius_kpc, v200_km_s=v200, c200=c200, hubble=hubble, mass_shape=HALOES[halo]
    )
    if halo == "contracted":
        # The ratio of masses is that of v^2, as if the discs were spheres.
        squared = squared * contraction_factor(np.maximum(baryons_velocity_squared, 0) / squared)
    return squared


class PosteriorDensity:
    """Density of the posterior, in the sampler's coordinates of the free parameters.

    Parameters
    ----------
    curve : RotationCurve
        The data.
    priors : Priors
        A parameter whose prior has no width is not free.
    hubble : float
        Little h.
    halo : str
        One of `HALOES`.
    """

    def __init__(self, curve: RotationCurve, priors: Priors, hubble: float, halo: str):
        self.curve, self.priors, self.hubble, self.halo = curve, priors, hubble, halo
        self.centre = np.array([curve.distance_mpc, curve.inclination_deg])
        self.width = np.array([priors.distance_error_mpc, priors.inclination_error_deg])
        self.free = np.concatenate([[True, True, True], self.width > 0])
        flat = [priors.upsilon, np.log(priors.v200_km_s), np.log(priors.c200)]
        far = 6 * self.width
        low, high = np.maximum(self.centre - far, 1e-3 * self.centre), self.centre + far
        high[1] = min(high[1], 90.0)
        self.low = np.concatenate([np.transpose(flat)[0], low])[self.free]
        self.high = np.concatenate([np.transpose(flat)[1], high])[self.free]

    def parameters(self, coordinates: np.ndarray) -> np.ndarray:
        """Return all parameters, shape (walkers, 5), at coordinates, shape (walkers, free)."""
        full = np.empty((len(coordinates), len(PARAMETERS)))
        full[:, 3:] = self.centre
        full[:, self.free] = coordinates
        full[:, _LOGARITHMIC] = np.exp(full[:, _LOGARITHMIC])
        return full

    def residuals(self, coordinates: np.ndarray) -> np.ndarray:
        """Return the deviations of the data over their errors, shape (walkers, n)."""
        velocity = model_velocity(
            self.parameters(coordinates), self.curve, hubble=self.hubble, halo=self.halo
        )
        return (velocity - self.curve.velocity_km_s) / self.curve.error_km_s

    def prior_residuals(self, parameters: np.ndarray) -> np.ndarray:
        """Return the deviations from normal priors over their widths, shape (walkers, normal)."""
        normal = (parameters[:, 3:] - self.centre)[:, self.width > 0] / self.width[self.width > 0]
        if self.priors.log10_upsilon is None:
            return normal
        mean, width = self.priors.log10_upsilon
        logarithm = np.log10(np.maximum(parameters[:, :1], 1e-30))
        return np.concatenate([normal, (logarithm - mean) / width], axis=1)

    def log_density(self, coordinates: np.ndarray) -> np.ndarray:
        """Return the log of the posterior density up to a constant, shape (walkers,)."""
        inside = np.all((coordinates >= self.low) & (coordinates <= self.high), axis=1)
        density = np.full(len(coordinates), -np.inf)
        if not inside.any():
            return density
        allowed = coordinates[inside]
        parameters = self.parameters(allowed)
        chi2 = np.sum(self.residuals(allowed) ** 2, axis=1)
        chi2 += np.sum(self.prior_residuals(parameters) ** 2, axis=1)
        density[inside] = self.log_jacobian(allowed) - 0.5 * chi2
        return density

    def log_jacobian(self, coordinates: np.ndarray) -> np.ndarray:
        """Return what keeps the priors flat in V200 and C200, and a normal one in log10 Upsilon.

        Without it, the density is the one in the quantities in which the priors are stated.
        """
        jacobian = coordinates[:, _LOGARITHMIC].sum(axis=1)
        if self.priors.log10_upsilon is not None:
            jacobian = jacobian - np.log(np.maximum(coordinates[:, 0], 1e-30))
        return jacobian

    def optimum(self) -> np.ndarray:
        """Return the coordinates, shape (free,), of the best of three least-squares fits."""
        from scipy.optimize import least_squares  # its import is slow

        def deviations(point: np.ndarray) -> np.ndarray:
            point = point[None]
            prior = self.prior_residuals(self.parameters(point))
            return np.concatenate([self.residuals(point), prior], axis=1)[0]

        middle = np.clip(1.0, *self.priors.upsilon)
        if self.priors.log10_upsilon is not None:
            middle = 10 ** self.priors.log10_upsilon[0]
        velocity = np.log(np.max(np.abs(self.curve.velocity_km_s)))
        edge = 1e-6 * (self.high - self.low)
        fits = []
        for c200 in _STARTING_C200:
            start = np.concatenate([[middle, velocity, np.log(c200)], self.centre])[self.free]
            start = np.clip(start, self.low + edge, self.high - edge)
            fits.append(least_squares(deviations, start, bounds=(self.low, self.high)))
        return min(fits, key=lambda fit: fit.cost).x

    def walkers(self, number: int, rng: np.random.Generator) -> np.ndarray:
        """Draw starting points, shape (number, free), close to the optimum and within bounds."""
        centre = self.optimum()
        spread = np.concatenate([[0.05 * centre[0] + 0.01, 0.05, 0.1], 0.3 * self.width])[self.free]
        points = centre + spread * rng.standard_normal((number, len(centre)))
        width = self.high - self.low
        # Reflection, not clipping: at a bound, walkers would otherwise start at the same value.
        folded = np.abs((points - self.low + width) % (2 * width) - width)
        return self.low + folded

"""What is fitted to a rotation curve: its data, the priors, and the density of the posterior.

V200 and C200 are sampled in their logarithms, where the degeneracy between them is straighter, with
the Jacobian that leaves their priors flat. The likelihood compares with the curve as it was
measured, at the inclination assumed there: multiplying the model by sin(i') / sin(i) is the same as
dividing curve and errors by it, and keeps the data and hence the normalisation fixed.
"""

from dataclasses import dataclass

import numpy as np

from umbra.physics.halo import nfw_velocity_squared

NAMES = ("upsilon", "v200_km_s", "c200", "distance_mpc", "inclination_deg")
_LOGARITHMIC = slice(1, 3)
_STARTING_C200 = (3.0, 10.0, 30.0)


@dataclass(frozen=True)
class RotationCurve:
    """A measured rotation curve with its baryons.

    Parameters
    ----------
    radius_kpc, velocity_km_s, error_km_s : ndarray, shape (N,)
        Radii [kpc], velocities [km/s] and their errors, at the assumed distance and inclination.
    stellar_velocity_squared, gas_velocity_squared : ndarray, shape (N,)
        Contributions [km^2/s^2], stars for a mass-to-light ratio of 1; negative is outward.
    distance_mpc, inclination_deg : float
        What was assumed.
    """

    radius_kpc: np.ndarray
    velocity_km_s: np.ndarray
    error_km_s: np.ndarray
    stellar_velocity_squared: np.ndarray
    gas_velocity_squared: np.ndarray
    distance_mpc: float
    inclination_deg: float


@dataclass(frozen=True)
class Priors:
    """Priors of the five parameters; an error of zero keeps its parameter fixed.

    Parameters
    ----------
    distance_error_mpc, inclination_error_deg : float
        Standard deviations around what the curve assumes.
    upsilon, v200_km_s, c200 : pair of float
        Ranges of the flat priors.
    log10_upsilon : pair of float, optional
        Mean and standard deviation [dex] of a normal prior on the logarithm of the mass-to-light
        ratio, within its range.
    """

    distance_error_mpc: float
    inclination_error_deg: float
    upsilon: tuple[float, float] = (0.0, 20.0)
    v200_km_s: tuple[float, float] = (10.0, 800.0)
    c200: tuple[float, float] = (1.0, 1000.0)
    log10_upsilon: tuple[float, float] | None = None


def model_velocity(parameters: np.ndarray, curve: RotationCurve, *, hubble: float) -> np.ndarray:
    """Return the velocities [km/s] that the mass model shows at the inclination of `curve`.

    Parameters
    ----------
    parameters : ndarray, shape (W, 5)
        In the order of `NAMES`.
    curve : RotationCurve
    hubble : float
        Little h.

    Returns
    -------
    ndarray, shape (W, N)
        Negative where the baryons' outward pull exceeds all else.
    """
    upsilon, v200, c200, distance, inclination = parameters.T[:, :, None]
    stretch = distance / curve.distance_mpc
    squared = stretch * (upsilon * curve.stellar_velocity_squared + curve.gas_velocity_squared)
    squared = squared + nfw_velocity_squared(
        stretch * curve.radius_kpc, v200_km_s=v200, c200=c200, hubble=hubble
    )
    projection = np.sin(np.deg2rad(inclination)) / np.sin(np.deg2rad(curve.inclination_deg))
    return np.sign(squared) * np.sqrt(np.abs(squared)) * projection


class Target:
    """The posterior density in the sampler's coordinates, the free parameters only."""

    def __init__(self, curve: RotationCurve, priors: Priors, hubble: float):
        self.curve, self.priors, self.hubble = curve, priors, hubble
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
        """Return all parameters, shape (W, 5), of coordinates of the free ones, shape (W, P)."""
        full = np.empty((len(coordinates), len(NAMES)))
        full[:, 3:] = self.centre
        full[:, self.free] = coordinates
        full[:, _LOGARITHMIC] = np.exp(full[:, _LOGARITHMIC])
        return full

    def residuals(self, coordinates: np.ndarray) -> np.ndarray:
        """Return deviations over errors, shape (W, N), of the data."""
        velocity = model_velocity(self.parameters(coordinates), self.curve, hubble=self.hubble)
        return (velocity - self.curve.velocity_km_s) / self.curve.error_km_s

    def prior_residuals(self, parameters: np.ndarray) -> np.ndarray:
        """Return deviations over widths, shape (W, P), of the normal priors."""
        normal = (parameters[:, 3:] - self.centre)[:, self.width > 0] / self.width[self.width > 0]
        if self.priors.log10_upsilon is None:
            return normal
        mean, width = self.priors.log10_upsilon
        logarithm = np.log10(np.maximum(parameters[:, :1], 1e-30))
        return np.concatenate([normal, (logarithm - mean) / width], axis=1)

    def log_density(self, coordinates: np.ndarray) -> np.ndarray:
        """Return the log posterior, shape (W,), up to a constant."""
        inside = np.all((coordinates >= self.low) & (coordinates <= self.high), axis=1)
        density = np.full(len(coordinates), -np.inf)
        if not inside.any():
            return density
        chosen = coordinates[inside]
        parameters = self.parameters(chosen)
        chi2 = np.sum(self.residuals(chosen) ** 2, axis=1)
        chi2 += np.sum(self.prior_residuals(parameters) ** 2, axis=1)
        # flat in V200 and C200, and normal in log10 Upsilon if that is asked for
        jacobian = chosen[:, _LOGARITHMIC].sum(axis=1)
        if self.priors.log10_upsilon is not None:
            jacobian -= np.log(np.maximum(chosen[:, 0], 1e-30))
        density[inside] = jacobian - 0.5 * chi2
        return density

    def optimum(self) -> np.ndarray:
        """Return the coordinates of the best of a few least-squares fits."""
        from scipy.optimize import least_squares  # slow to import

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
        """Return starting points, shape (number, P): a small ball at the optimum, in bounds."""
        centre = self.optimum()
        spread = np.concatenate([[0.05 * centre[0] + 0.01, 0.05, 0.1], 0.3 * self.width])[self.free]
        points = centre + spread * rng.standard_normal((number, len(centre)))
        width = self.high - self.low
        # reflected at the bounds: a parameter that stands at one still gets different values
        folded = np.abs((points - self.low + width) % (2 * width) - width)
        return self.low + folded

"""An exponential disc fitted to isophotes, in the range of radii where the disc dominates.

To the mean surface brightness I along isophotes of semi-major axis R belongs there::

    I(R) = I_0 exp(-R / h)

The range is from one scale length h, within which bulges and bars shine, to four, beyond which
discs are truncated and stellar haloes take over. As h is what is looked for, fit and range are
repeated until they agree, from the h that an exponential with the same half-light radius has.
Errors weigh the isophotes; each has at least 5 %, for arms are more than noise, and the errors of
the parameters grow with the reduced chi-square where that exceeds 1.

All is as seen: neither inclination nor dust is corrected for.

References
----------
van der Kruit & Searle 1981, A&A 95, 105: discs end at 4.2 +- 0.5 scale lengths.
Pohlen & Trujillo 2006, A&A 454, 759: the disc's range, and what it excludes.
"""

import math
from dataclasses import dataclass

import numpy as np

from umbra.classical.isophotes import Isophotes
from umbra.errors import Rejected
from umbra.photometry.sdss import NANOMAGGY_ZERO_POINT

RANGE_SCALE_LENGTHS = (1.0, 4.0)
LEAST_ISOPHOTES = 4  # in the range: two parameters and as many to spare
LEAST_RELATIVE_ERROR = 0.05  # of an isophote
HALF_LIGHT_SCALE_LENGTHS = 1.678  # of an exponential disc
ITERATIONS = 60
CONVERGED, ACCEPTED = 0.005, 0.1  # how far fit and range may differ, at best and at worst
MAG_PER_RELATIVE_ERROR = 2.5 / math.log(10)


@dataclass(frozen=True)
class Disc:
    """An exponential disc as seen, and the range of radii that it was fitted in.

    Parameters
    ----------
    central_surface_brightness_mag_arcsec2, scale_length_arcsec : float
        Of the g band [AB mag/arcsec2], along the major axis [arcsec]; each with its error.
    ellipticity, position_angle_deg : float
        1 - b/a and the major axis north through east [deg], medians over the range; the errors
        are standard errors from the scatter.
    fit_inner_arcsec, fit_outer_arcsec : float
        The range [arcsec].
    reduced_chi_square : float
        Of the fit.
    """

    central_surface_brightness_mag_arcsec2: float
    central_surface_brightness_error_mag_arcsec2: float
    scale_length_arcsec: float
    scale_length_error_arcsec: float
    ellipticity: float
    ellipticity_error: float
    position_angle_deg: float
    position_angle_error_deg: float
    fit_inner_arcsec: float
    fit_outer_arcsec: float
    reduced_chi_square: float


def fit_disc(isophotes: Isophotes) -> Disc:
    """Fit an exponential where the disc dominates; the module says where that is.

    Parameters
    ----------
    isophotes : Isophotes
        All that are brighter than the sky's noise.

    Returns
    -------
    Disc
        As seen.

    Raises
    ------
    Rejected
        If the brightness does not fall, or range and fit do not agree.
    """
    radius = isophotes.radius_arcsec
    error = np.hypot(isophotes.error, LEAST_RELATIVE_ERROR * isophotes.intensity)
    scale = _half_light_radius(isophotes) / HALF_LIGHT_SCALE_LENGTHS
    for _ in range(ITERATIONS):
        inner, outer = (edge * scale for edge in RANGE_SCALE_LENGTHS)
        inside = (radius >= inner) & (radius <= outer)
        if inside.sum() < LEAST_ISOPHOTES:
            raise Rejected(
                f"only {inside.sum()} isophotes for a disc of {scale:.0f} arcsec scale length"
            )
        parameters, covariance, chi_square = _exponential(
            radius[inside], isophotes.intensity[inside], error[inside]
        )
        difference = abs(math.log(parameters[1] / scale))
        if difference < CONVERGED:
            break
        scale = math.sqrt(scale * parameters[1])  # half the way, or it may swing for ever
    if difference > ACCEPTED:
        raise Rejected("no exponential fits in the range that its own scale length sets")
    return _disc(isophotes, inside, parameters, covariance, chi_square)


def _half_light_radius(isophotes: Isophotes) -> float:
    """Return the semi-major axis that holds half of the measured light [arcsec]."""
    radius = isophotes.radius_arcsec
    ring = radius * (1 - isophotes.ellipticity) * isophotes.intensity
    growth = np.concatenate([[0], np.cumsum(ring * np.diff(radius, prepend=0))])
    return float(np.interp(growth[-1] / 2, growth, np.concatenate([[0], radius])))


def _exponential(
    radius: np.ndarray, intensity: np.ndarray, error: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return central intensity and scale length, their covariance, the reduced chi-square."""
    from scipy.optimize import curve_fit

    def model(radius, log_central, slope):
        return np.exp(log_central - radius * slope)

    guess = np.polyfit(radius, np.log(intensity), 1, w=intensity / error)
    if guess[0] >= 0:
        raise Rejected("the galaxy does not fade outward")
    try:
        (log_central, slope), covariance = curve_fit(
            model, radius, intensity, (guess[1], -guess[0]), error, absolute_sigma=True
        )
    except RuntimeError:
        raise Rejected("the fit of an exponential does not converge") from None
    if slope <= 0:
        raise Rejected("the galaxy does not fade outward")
    residual = (intensity - model(radius, log_central, slope)) / error
    chi_square = float(np.sum(residual**2) / (len(radius) - 2))
    jacobian = np.diag([1, 1 / slope**2])
    covariance = jacobian @ covariance @ jacobian * max(1.0, chi_square)
    return np.array([log_central, 1 / slope]), covariance, chi_square


def _disc(
    isophotes: Isophotes,
    inside: np.ndarray,
    parameters: np.ndarray,
    covariance: np.ndarray,
    chi_square: float,
) -> Disc:
    log_central_error, scale_error = np.sqrt(np.diag(covariance))
    ellipticity = isophotes.ellipticity[inside]
    radius = isophotes.radius_arcsec[inside]
    # Angles that come back after 180 deg are averaged as twice themselves.
    doubled = np.radians(2 * isophotes.position_angle_deg[inside])
    mean = np.angle(np.exp(1j * doubled).mean()) / 2
    off = (doubled / 2 - mean + np.pi / 2) % np.pi - np.pi / 2
    middle = np.median(off)
    root = math.sqrt(inside.sum())
    values = (
        NANOMAGGY_ZERO_POINT - MAG_PER_RELATIVE_ERROR * parameters[0],
        MAG_PER_RELATIVE_ERROR * log_central_error,
        *(parameters[1], scale_error),
        *(np.median(ellipticity), np.std(ellipticity, ddof=1) / root),
        *(np.degrees(mean + middle) % 180, np.degrees(np.std(off, ddof=1)) / root),
        *(radius[0], radius[-1]),
        chi_square,
    )
    return Disc(*map(float, values))

"""An exponential disc fitted to isophotes, in the range of radii where the disc dominates.

To the mean surface brightness I along isophotes of semi-major axis R belongs there::

    I(R) = I_0 exp(-R / h)

The range is from one scale length h, within which bulges and bars shine, to four, beyond which
discs are truncated and stellar haloes take over. As h is what is looked for, the fit is done in the
ranges of many h, and where the fitted h is the one that set the range, they agree. A bulge or a
halo can agree with itself too. Of several, those count whose range holds a fair part of the light
and whose chi-square is not far above the smallest, and the one with the most light is the disc.

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

from umbra.classical.rotation_curve.light.isophotes import Isophotes
from umbra.errors import Rejected
from umbra.photometry.sdss import NANOMAGGY_ZERO_POINT

RANGE_SCALE_LENGTHS = (1.0, 4.0)
LEAST_ISOPHOTES = 4  # in the range: two parameters and as many to spare
LEAST_RELATIVE_ERROR = 0.05  # of an isophote
STEP = 0.04  # of the logarithm of h, from one range to the next
AGREEMENT = 0.1  # of the logarithms of h of fit and range
LEAST_LIGHT = 0.15  # of all light is in the range; of an exponential's, it would be 0.64
CHI_SQUARE_FACTOR = 5.0  # over the smallest: a bulge's wings are worse, a truncated disc is not
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


def fit_disc(isophotes: Isophotes, *, resolution_arcsec: float) -> Disc:
    """Fit an exponential where the disc dominates; the module says where that is.

    Parameters
    ----------
    isophotes : Isophotes
        All that are brighter than the sky's noise.
    resolution_arcsec : float
        The shortest scale length that can be told [arcsec].

    Returns
    -------
    Disc
        As seen.

    Raises
    ------
    Rejected
        If the brightness does not fall, or no range and fit agree.
    """
    fits = _fits(isophotes, resolution_arcsec)
    if not fits:
        raise Rejected("the galaxy has too few isophotes for a resolved disc")
    if all(math.isinf(fit.difference) for fit in fits):
        raise Rejected("the galaxy does not fade outward")
    agreed = []
    for shorter, longer in zip(fits, fits[1:], strict=False):
        if shorter.difference > 0 >= longer.difference:
            agreed.append(min(shorter, longer, key=lambda fit: abs(fit.difference)))
    agreed = [fit for fit in agreed if abs(fit.difference) < AGREEMENT and fit.light > LEAST_LIGHT]
    if not agreed:
        raise Rejected("no exponential fits in the range that its own scale length sets")
    tolerated = CHI_SQUARE_FACTOR * min(fit.chi_square for fit in agreed)
    good = [fit for fit in agreed if fit.chi_square <= tolerated]
    return _disc(isophotes, max(good, key=lambda fit: fit.light))


@dataclass(frozen=True)
class _Fit:
    """An exponential in a range, the range's share of the light, and how well they agree.

    `difference` is the logarithm of the scale length over the one that set the range.
    """

    inside: np.ndarray
    light: float
    difference: float
    log_central: float = math.nan
    scale: float = math.nan
    errors: tuple[float, float] = (math.nan, math.nan)
    chi_square: float = math.nan


def _fits(isophotes: Isophotes, resolution_arcsec: float) -> list[_Fit]:
    """Fit in the range of every scale length from the resolution to the last isophote's radius."""
    radius = isophotes.radius_arcsec
    number = math.ceil(max(0, math.log(radius[-1] / resolution_arcsec)) / STEP)
    error = np.hypot(isophotes.error, LEAST_RELATIVE_ERROR * isophotes.intensity)
    light = radius * (1 - isophotes.ellipticity) * isophotes.intensity * np.gradient(radius)
    fits = []
    for scale in resolution_arcsec * np.exp(STEP * np.arange(number)):
        inner, outer = (edge * scale for edge in RANGE_SCALE_LENGTHS)
        inside = (radius >= inner) & (radius <= outer)
        if inside.sum() >= LEAST_ISOPHOTES:
            share = light[inside].sum() / light.sum()
            fits.append(_fit(isophotes, inside, error, scale, share))
    return fits


def _fit(
    isophotes: Isophotes, inside: np.ndarray, error: np.ndarray, scale: float, light: float
) -> _Fit:
    radius, intensity, error = (
        values[inside] for values in (isophotes.radius_arcsec, isophotes.intensity, error)
    )
    slope, log_central = np.polyfit(radius, np.log(intensity), 1, w=intensity / error)
    if slope < 0:
        (log_central, slope), covariance, chi_square = _exponential(
            radius, intensity, error, (log_central, slope)
        )
    if slope >= 0:  # the light does not fade there: farther out, if anywhere
        return _Fit(inside, light, math.inf)
    fitted = -1 / slope
    errors = np.sqrt(np.diag(covariance) * max(1.0, chi_square)) * (1, fitted**2)
    difference = math.log(fitted / scale)
    return _Fit(inside, light, difference, log_central, fitted, tuple(errors), chi_square)


def _exponential(
    radius: np.ndarray, intensity: np.ndarray, error: np.ndarray, guess: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return log central intensity and slope, their covariance and the reduced chi-square."""
    from scipy.optimize import curve_fit  # costs as much as the rest of a galaxy's fit

    def model(radius, log_central, slope):
        return np.exp(log_central + radius * slope)

    try:
        fitted, covariance = curve_fit(model, radius, intensity, guess, error, absolute_sigma=True)
    except RuntimeError:
        raise Rejected("the fit of an exponential does not converge") from None
    residual = (intensity - model(radius, *fitted)) / error
    return fitted, covariance, float(np.sum(residual**2) / (len(radius) - len(fitted)))


def _disc(isophotes: Isophotes, fit: _Fit) -> Disc:
    inside = fit.inside
    ellipticity = isophotes.ellipticity[inside]
    radius = isophotes.radius_arcsec[inside]
    # Angles that come back after 180 deg are averaged as twice themselves.
    doubled = np.radians(2 * isophotes.position_angle_deg[inside])
    mean = np.angle(np.exp(1j * doubled).mean()) / 2
    off = (doubled / 2 - mean + np.pi / 2) % np.pi - np.pi / 2
    middle = np.median(off)
    root = math.sqrt(inside.sum())
    values = (
        NANOMAGGY_ZERO_POINT - MAG_PER_RELATIVE_ERROR * fit.log_central,
        MAG_PER_RELATIVE_ERROR * fit.errors[0],
        *(fit.scale, fit.errors[1]),
        *(np.median(ellipticity), np.std(ellipticity, ddof=1) / root),
        *(np.degrees(mean + middle) % 180, np.degrees(np.std(off, ddof=1)) / root),
        *(radius[0], radius[-1]),
        fit.chi_square,
    )
    return Disc(*map(float, values))

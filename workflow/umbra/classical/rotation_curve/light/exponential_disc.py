"""The exponential disc of a galaxy, fitted to its isophotes where the disc dominates.

The model of the mean surface brightness I along isophotes of semi-major axis R is::

    I(R) = I_0 exp(-R / h)

It is fitted between one and four scale lengths h. Further in, bulges and bars dominate. Further
out, discs end and stellar haloes take over.

The range depends on h, which the fit determines. So the fit is repeated for the ranges of many
trial values of h. A fit is consistent if its h equals the trial value that set its range. The fit
of a bulge or of a stellar halo can be consistent, too. So fits count only if their range has a fair
fraction of the light and their chi-square is not far above the smallest one. Of these, the disc is
the fit with the most light.

Each isophote is weighted by its error, which is at least 5 %, because spiral arms deviate by
more than the noise. Where the reduced chi-square exceeds 1, the errors of the parameters grow with
it.

Nothing is corrected for inclination or dust.

References
----------
van der Kruit & Searle 1981, A&A 95, 105: discs end at 4.2 +- 0.5 scale lengths.
Pohlen & Trujillo 2006, A&A 454, 759: the range of the disc, and what it leaves out.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from umbra.classical.rotation_curve.light.isophotes import Isophotes
from umbra.errors import Rejected
from umbra.photometry.sdss import NANOMAGGY_ZERO_POINT

RANGE_SCALE_LENGTHS = (1.0, 4.0)
MIN_ISOPHOTES = 4  # in the range: twice the number of parameters
MIN_RELATIVE_ERROR = 0.05  # of the intensity of an isophote
SCALE_LENGTH_STEP = 0.04  # of ln h, from one trial value to the next
CONSISTENCY = 0.1  # largest difference of ln h between fit and trial
# Least fraction of the galaxy's light within the range; a pure exponential would have 0.64.
MIN_LIGHT_FRACTION = 0.15
# Largest chi-square over the smallest. The wings of a bulge exceed it, a truncated disc does not.
CHI_SQUARE_FACTOR = 5.0
MAG_PER_RELATIVE_ERROR = 2.5 / math.log(10)


@dataclass(frozen=True)
class Disc:
    """An exponential disc as observed in the g band, and the range of radii of its fit.

    Parameters
    ----------
    central_surface_brightness_mag_arcsec2, central_surface_brightness_error_mag_arcsec2 : float
        Central surface brightness and its error [AB mag/arcsec2].
    scale_length_arcsec, scale_length_error_arcsec : float
        Scale length along the major axis and its error [arcsec].
    ellipticity, ellipticity_error : float
        Median of 1 - b/a over the range, and its standard error.
    position_angle_deg, position_angle_error_deg : float
        Median direction of the major axis over the range, north through east, and its standard
        error [deg].
    fit_inner_arcsec, fit_outer_arcsec : float
        Range of the fit [arcsec].
    reduced_chi_square : float
        Chi-square of the fit over its degrees of freedom.
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
    """Fit an exponential where the disc dominates, as the docstring of this module describes.

    Parameters
    ----------
    isophotes : Isophotes
        Isophotes that are brighter than the noise of the sky.
    resolution_arcsec : float
        Shortest scale length that the image resolves [arcsec].

    Returns
    -------
    Disc

    Raises
    ------
    Rejected
        If the brightness does not fall outward, or no fit is consistent with its range.
    """
    fits = _fits(isophotes, resolution_arcsec)
    if not fits:
        raise Rejected("the galaxy has too few isophotes for a resolved disc")
    if all(math.isinf(fit.difference) for fit in fits):
        raise Rejected("the galaxy does not fade outward")
    consistent = []
    for shorter, longer in pairwise(fits):
        if shorter.difference > 0 >= longer.difference:
            closer = min(shorter, longer, key=lambda fit: abs(fit.difference))
            if abs(closer.difference) < CONSISTENCY and closer.light > MIN_LIGHT_FRACTION:
                consistent.append(closer)
    if not consistent:
        raise Rejected("no exponential fits in the range that its own scale length sets")
    tolerated = CHI_SQUARE_FACTOR * min(fit.chi_square for fit in consistent)
    good = [fit for fit in consistent if fit.chi_square <= tolerated]
    return _disc(isophotes, max(good, key=lambda fit: fit.light))


@dataclass(frozen=True)
class _Fit:
    """An exponential that was fitted in the range of a trial scale length.

    `inside` marks the isophotes in the range and `light` is their fraction of the light;
    `difference` is the logarithm of the fitted scale length over the trial one.
    """

    inside: np.ndarray
    light: float
    difference: float
    log_central: float = math.nan
    scale: float = math.nan
    errors: tuple[float, float] = (math.nan, math.nan)
    chi_square: float = math.nan


def _fits(isophotes: Isophotes, resolution_arcsec: float) -> list[_Fit]:
    """Fit in the ranges of trial scale lengths, from the resolution to the outermost isophote."""
    radius = isophotes.radius_arcsec
    number = math.ceil(max(0, math.log(radius[-1] / resolution_arcsec)) / SCALE_LENGTH_STEP)
    error = np.hypot(isophotes.error, MIN_RELATIVE_ERROR * isophotes.intensity)
    light = radius * (1 - isophotes.ellipticity) * isophotes.intensity * np.gradient(radius)
    fits = []
    for scale in resolution_arcsec * np.exp(SCALE_LENGTH_STEP * np.arange(number)):
        inner, outer = (edge * scale for edge in RANGE_SCALE_LENGTHS)
        inside = (radius >= inner) & (radius <= outer)
        if inside.sum() >= MIN_ISOPHOTES:
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
    if slope >= 0:  # no disc in this range; an infinite difference means: further out, if at all
        return _Fit(inside, light, math.inf)
    fitted = -1 / slope
    errors = np.sqrt(np.diag(covariance) * max(1.0, chi_square)) * (1, fitted**2)
    difference = math.log(fitted / scale)
    return _Fit(inside, light, difference, log_central, fitted, tuple(errors), chi_square)


def _exponential(
    radius: np.ndarray, intensity: np.ndarray, error: np.ndarray, guess: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return log central intensity and slope, their covariance and the reduced chi-square."""
    from scipy.optimize import curve_fit  # its import is slow

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
    # Position angles have a period of 180 deg, so the mean is taken of the doubled angles.
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

"""Elliptical isophotes of a galaxy's image: what both methods measure, and photutils' way to it."""

from dataclasses import dataclass

import numpy as np

from umbra.constants import SIGMA_PER_MEDIAN_DEVIATION
from umbra.errors import Rejected

DETECTION_SIGMA = 5  # of the brightest pixel of the smoothed image
LEAST_PIXELS = 25  # of a source; fewer make no profile
GROWTH = 0.2  # of photutils' isophotes, from one to the next
GRADIENT_ERROR = 1.0  # the largest, relative, where photutils fits: discs of arms are not smooth
CLIP_SIGMA = 5.0  # satellites and clumps along an isophote


@dataclass(frozen=True)
class Image:
    """One band of a galaxy, with the sky subtracted.

    Parameters
    ----------
    flux : ndarray, shape (y, x)
        Flux [nanomaggy a pixel]; north is up and east is left.
    noise : float
        Standard deviation of a pixel's noise [nanomaggy].
    pixel_arcsec : float
        Side of a pixel [arcsec].
    seeing_fwhm_arcsec : float
        FWHM of the PSF [arcsec].
    """

    flux: np.ndarray
    noise: float
    pixel_arcsec: float
    seeing_fwhm_arcsec: float

    @property
    def resolution_pixels(self) -> float:
        """FWHM of the PSF, but at least a pixel [pixels]."""
        return max(1.0, self.seeing_fwhm_arcsec / self.pixel_arcsec)


@dataclass(frozen=True)
class Isophotes:
    """Ellipses of equal brightness, from the inside out.

    Parameters
    ----------
    radius_arcsec : ndarray, shape (isophotes,)
        Semi-major axes [arcsec].
    intensity, error : ndarray, shape (isophotes,)
        Mean surface brightness and its standard error [nanomaggy/arcsec2].
    ellipticity : ndarray, shape (isophotes,)
        1 - b/a.
    position_angle_deg : ndarray, shape (isophotes,)
        Of the major axis, north through east, 0 to 180 [deg].
    centre : tuple of float
        x and y of the centre [pixels, 0 at the centre of the first].
    """

    radius_arcsec: np.ndarray
    intensity: np.ndarray
    error: np.ndarray
    ellipticity: np.ndarray
    position_angle_deg: np.ndarray
    centre: tuple[float, float]


@dataclass(frozen=True)
class DetectedSource:
    """Where a galaxy is in an image and what its shape is, by moments: a first guess.

    Parameters
    ----------
    centre : tuple of float
        x and y [pixels].
    radius : float
        About two scale lengths of a disc, along the major axis [pixels].
    ellipticity : float
        1 - b/a.
    angle : float
        Of the major axis, from x to y, 0 to pi [rad].
    """

    centre: tuple[float, float]
    radius: float
    ellipticity: float
    angle: float


def pixel_noise(flux: np.ndarray) -> float:
    """Measure the noise of a pixel where the galaxy is faint.

    Second differences along rows leave no smooth light, and the median deviation no sources.

    Parameters
    ----------
    flux : ndarray, shape (y, x)
        An image.

    Returns
    -------
    float
        Standard deviation in the outer eighth of the image, in the unit of `flux`.
    """
    border = np.ones(flux.shape, bool)
    height, width = (side // 8 for side in flux.shape)
    border[height:-height, width:-width] = False
    second = flux[:, 2:] - 2 * flux[:, 1:-1] + flux[:, :-2]
    second = second[border[:, 1:-1]]
    # 1 + 4 + 1 times the variance; without any noise at all, a little keeps divisions possible.
    noise = SIGMA_PER_MEDIAN_DEVIATION * np.median(np.abs(second)) / np.sqrt(6)
    return max(float(noise), 1e-6 * float(np.max(np.abs(flux))))


def find_source(image: Image) -> DetectedSource:
    """Find the galaxy: the connected bright pixels around the brightest place near the centre.

    Parameters
    ----------
    image : Image
        What to look at.

    Returns
    -------
    Source
        Its place and shape.

    Raises
    ------
    Rejected
        If there is no light, or too little for a profile.
    """
    from scipy import ndimage  # only where it is needed: its import costs as much as a galaxy

    if not np.isfinite(image.flux).all():
        raise Rejected("the g image has pixels that are not finite")
    smooth = ndimage.uniform_filter(image.flux, 3, mode="nearest")
    noise = image.noise / 3
    height, width = smooth.shape
    middle = np.zeros_like(smooth)
    inner = np.s_[height * 3 // 8 : height * 5 // 8 + 1, width * 3 // 8 : width * 5 // 8 + 1]
    middle[inner] = smooth[inner]
    peak = np.unravel_index(np.argmax(middle), middle.shape)
    if middle[peak] <= DETECTION_SIGMA * noise:
        raise Rejected("no light in the middle of the g image")
    labels = ndimage.label(smooth > 3 * noise)[0]
    y, x = np.nonzero(labels == labels[peak])
    if len(x) < LEAST_PIXELS:
        raise Rejected(f"the galaxy covers {len(x)} pixels of the g image, too few for a profile")
    light = smooth[y, x]
    # The square of the light, for the centre is where it is bright.
    centre = np.average([x, y], axis=1, weights=light**2)
    moments = np.cov([x, y], aweights=light)
    (minor, major), axes = np.linalg.eigh(moments)
    return DetectedSource(
        centre=(float(centre[0]), float(centre[1])),
        radius=2 * float(np.sqrt(major / 3)),
        ellipticity=float(np.clip(1 - np.sqrt(minor / major), 0.05, 0.9)),
        angle=float(np.arctan2(axes[1, 1], axes[0, 1]) % np.pi),
    )


def photutils_isophotes(image: Image) -> Isophotes:
    """Fit isophotes with `photutils.isophote`, each 1.2 times the last, around a fixed centre.

    Each is the mean of a ring as wide as their distance, for spiral arms would tell the shape and
    the gradient of narrower ones. Beyond the radius where the signal no longer tells the shape, the
    last shape is kept.

    Parameters
    ----------
    image : Image
        What to measure.

    Returns
    -------
    Isophotes
        Out to half the side of the image at most.

    Raises
    ------
    Rejected
        If there is no light or no fit.

    References
    ----------
    Jedrzejewski 1987, MNRAS 226, 747: the method.
    """
    import warnings

    from photutils.isophote import Ellipse, EllipseGeometry

    source = find_source(image)
    farthest = max(image.flux.shape) / 2
    for start in (1.0, 0.6, 1.5, 0.4, 2.0):
        geometry = EllipseGeometry(
            x0=source.centre[0],
            y0=source.centre[1],
            sma=float(np.clip(start * source.radius, 3, 0.8 * farthest)),
            eps=source.ellipticity,
            pa=source.angle,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it returns an empty list too, which is asked for
            found = Ellipse(image.flux, geometry).fit_image(
                **{"step": GROWTH, "maxsma": farthest, "minsma": 1.0, "fix_center": True},
                **{"sclip": CLIP_SIGMA, "n_clip": 3, "integrmode": "mean"},
                maxgerr=GRADIENT_ERROR,
            )
        if len(found):
            break
    else:
        raise Rejected("photutils finds no isophotes")
    found = [isophote for isophote in found if isophote.sma > 0]
    area = image.pixel_arcsec**2
    return Isophotes(
        radius_arcsec=np.array([one.sma for one in found]) * image.pixel_arcsec,
        intensity=np.array([one.intens for one in found], float) / area,
        error=np.array([one.int_err for one in found], float) / area,
        ellipticity=np.array([one.eps for one in found]),
        position_angle_deg=sky_angle_deg(np.degrees([one.pa for one in found])),
        centre=source.centre,
    )


def sky_angle_deg(angle_deg: np.ndarray) -> np.ndarray:
    """Turn angles from x to y into position angles, where x is west and y is north."""
    return (np.asarray(angle_deg) - 90) % 180

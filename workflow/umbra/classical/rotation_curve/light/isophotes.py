"""Elliptical isophotes of a galaxy's image, measured with photutils.

`Image`, `Isophotes` and `find_source` also serve `umbra.classical.rotation_curve.light.autoprof`.
"""

from dataclasses import dataclass

import numpy as np

from umbra.constants import SIGMA_PER_MEDIAN_DEVIATION
from umbra.errors import Rejected

DETECTION_SIGMA = 5  # of the brightest pixel of the smoothed image
MIN_SOURCE_PIXELS = 25  # a smaller source has no profile
ISOPHOTE_GROWTH = 0.2  # of the radius, from one isophote of photutils to the next
# Largest relative error of the gradient at which photutils still fits the shape of an isophote.
# Spiral arms make the gradient uncertain, so its default of 0.5 ends the fit too early.
MAX_GRADIENT_ERROR = 1.0
CLIP_SIGMA = 5.0  # brighter pixels along an isophote are left out: satellites and clumps


@dataclass(frozen=True)
class Image:
    """One band of a galaxy, with the sky subtracted.

    Parameters
    ----------
    flux : ndarray, shape (y, x)
        Flux [nanomaggy/pixel]; north is up and east is left.
    noise : float
        Standard deviation of the noise of a pixel [nanomaggy].
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
        """FWHM of the PSF [pixels], at least 1."""
        return max(1.0, self.seeing_fwhm_arcsec / self.pixel_arcsec)


@dataclass(frozen=True)
class Isophotes:
    """Ellipses of equal surface brightness, ordered from the centre outward.

    Parameters
    ----------
    radius_arcsec : ndarray, shape (isophotes,)
        Semi-major axes [arcsec].
    intensity, error : ndarray, shape (isophotes,)
        Mean surface brightness and its standard error [nanomaggy/arcsec2].
    ellipticity : ndarray, shape (isophotes,)
        1 - b/a.
    position_angle_deg : ndarray, shape (isophotes,)
        Direction of the major axis, north through east, 0 to 180 [deg].
    centre : tuple of float
        x and y of the centre [pixels]; the middle of the first pixel is 0.
    """

    radius_arcsec: np.ndarray
    intensity: np.ndarray
    error: np.ndarray
    ellipticity: np.ndarray
    position_angle_deg: np.ndarray
    centre: tuple[float, float]


@dataclass(frozen=True)
class DetectedSource:
    """First guess of the position and the shape of a galaxy, from moments of its light.

    Parameters
    ----------
    centre : tuple of float
        x and y [pixels].
    radius : float
        Radius along the major axis, about two scale lengths of a disc [pixels].
    ellipticity : float
        1 - b/a.
    angle : float
        Direction of the major axis, from x to y, 0 to pi [rad].
    """

    centre: tuple[float, float]
    radius: float
    ellipticity: float
    angle: float


def pixel_noise(flux: np.ndarray) -> float:
    """Measure the noise of a pixel near the border of an image, where the galaxy is faint.

    Second differences along rows remove smooth light; the median deviation is not affected by
    sources.

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
    # The variance of a second difference is 1 + 4 + 1 times that of a pixel. An image without
    # noise gets a little, because the noise is a divisor.
    noise = SIGMA_PER_MEDIAN_DEVIATION * np.median(np.abs(second)) / np.sqrt(6)
    return max(float(noise), 1e-6 * float(np.max(np.abs(flux))))


def find_source(image: Image) -> DetectedSource:
    """Find the galaxy: the connected bright pixels around the brightest one near the centre.

    Parameters
    ----------
    image : Image
        Image of the galaxy.

    Returns
    -------
    DetectedSource

    Raises
    ------
    Rejected
        If there is no light, or too little for a profile.
    """
    from scipy import ndimage  # its import is slow

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
    if len(x) < MIN_SOURCE_PIXELS:
        raise Rejected(f"the galaxy covers {len(x)} pixels of the g image, too few for a profile")
    light = smooth[y, x]
    # Weights of light squared, so that faint asymmetric outskirts do not move the centre.
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
    """Fit isophotes with `photutils.isophote` around a fixed centre.

    The radii grow by 20 % from one isophote to the next, and the intensity is the mean over a ring
    as wide as the distance between isophotes: along narrower rings, spiral arms would determine
    shape and gradient. Beyond the radius where the signal is too weak for a shape, the last shape
    is kept.

    Parameters
    ----------
    image : Image
        Image of the galaxy.

    Returns
    -------
    Isophotes
        Out to half the side of the image at most.

    Raises
    ------
    Rejected
        If there is no light, or no fit succeeds.

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
            # A failed fit also returns an empty list, which is checked below.
            warnings.simplefilter("ignore")
            found = Ellipse(image.flux, geometry).fit_image(
                **{"step": ISOPHOTE_GROWTH, "maxsma": farthest, "minsma": 1.0, "fix_center": True},
                **{"sclip": CLIP_SIGMA, "n_clip": 3, "integrmode": "mean"},
                maxgerr=MAX_GRADIENT_ERROR,
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
    """Convert angles from x (west) to y (north) into position angles, north through east [deg]."""
    return (np.asarray(angle_deg) - 90) % 180

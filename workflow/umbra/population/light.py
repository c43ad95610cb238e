"""Petrosian radius, colour and asymmetry of a galaxy's images.

The galaxy is in the centre of the image. Other sources are left out: connected bright pixels that
do not reach the galaxy, and the pixels opposite them where sides are compared.
"""

from dataclasses import dataclass

import numpy as np

from umbra.classical.rotation_curve.light.isophotes import pixel_noise
from umbra.constants import FWHM_PER_SIGMA

PETROSIAN_RATIO = 0.2
# Radius of the apertures over the Petrosian radius (Conselice 2003, ApJS 147, 1).
APERTURE_PETROSIAN_RADII = 1.5
# Asymmetries depend on the resolution. This is that of the images from which the reference's are, a
# Gaussian point spread function (Rodriguez-Gomez et al. 2019, MNRAS 483, 4140; unverified).
ASYMMETRY_FWHM_KPC = 1.05
_DETECTION_SIGMA = 3.0
_STEPS = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]


@dataclass(frozen=True)
class LightMeasures:
    """What is measured on the images of one realisation.

    Parameters
    ----------
    petrosian_pixels : float
        Petrosian radius of the i image [pixels].
    g_minus_r_mag : float
        Colour within 1.5 Petrosian radii [mag].
    asymmetry : float
        Of the i image, smoothed to `ASYMMETRY_FWHM_KPC`, within 1.5 Petrosian radii; see
        `asymmetry`.
    """

    petrosian_pixels: float
    g_minus_r_mag: float
    asymmetry: float


def measure_bands(bands: dict[str, np.ndarray], *, pixel_kpc: float) -> LightMeasures:
    """Measure the images of one realisation.

    Parameters
    ----------
    bands : dict of str to ndarray, shape (y, x)
        Images in g, r and i [nanomaggy/pixel].
    pixel_kpc : float
        Side of a pixel [kpc].

    Returns
    -------
    LightMeasures
    """
    bands = {name: flux - _background(flux) for name, flux in bands.items()}
    noise = pixel_noise(bands["i"])
    others = _other_sources(bands["i"], noise)
    radius = petrosian_radius(np.where(others, 0.0, bands["i"]))
    inside = (_radius_pixels(others.shape) <= APERTURE_PETROSIAN_RADII * radius) & ~others
    flux = {name: float(bands[name][inside].sum()) for name in "gr"}
    seen = min(flux.values()) > 0
    smooth, smooth_noise = _smoothed(bands["i"], noise, pixel_kpc)
    return LightMeasures(
        petrosian_pixels=radius,
        g_minus_r_mag=-2.5 * np.log10(flux["g"] / flux["r"]) if seen else np.nan,
        asymmetry=asymmetry(
            smooth,
            radius=APERTURE_PETROSIAN_RADII * radius,
            noise=smooth_noise,
            left_out=others,
        ),
    )


def _smoothed(flux: np.ndarray, noise: float, pixel_kpc: float) -> tuple[np.ndarray, float]:
    """Return an image at the resolution of `ASYMMETRY_FWHM_KPC`, and the noise of its pixels.

    A pixel has smoothed the image already, with the variance 1/12 of its area.
    """
    from scipy.ndimage import gaussian_filter  # its import is slow

    variance = (ASYMMETRY_FWHM_KPC / (FWHM_PER_SIGMA * pixel_kpc)) ** 2 - 1.0 / 12.0
    if variance <= 0:
        return flux, noise
    sigma = np.sqrt(variance)
    point = np.zeros_like(flux)
    point[tuple(side // 2 for side in flux.shape)] = 1.0
    # Noise of independent pixels is averaged with the weights of the kernel.
    return gaussian_filter(flux, sigma), noise * np.sqrt((gaussian_filter(point, sigma) ** 2).sum())


def petrosian_radius(flux: np.ndarray) -> float:
    """Return the radius at which the surface brightness is 0.2 of its mean within that radius.

    Parameters
    ----------
    flux : ndarray, shape (y, x)
        Image with the galaxy in its centre, without background.

    Returns
    -------
    float
        Radius [pixels]; half the side of the image if the brightness does not fall so far.

    References
    ----------
    Petrosian 1976, ApJ 210, L53.
    """
    ring = np.rint(_radius_pixels(flux.shape)).astype(int).ravel()
    pixels, light = np.bincount(ring), np.bincount(ring, weights=flux.ravel())
    # A ring is divided by its own radius: half of its light is within.
    within, area = np.cumsum(light) - light / 2, np.cumsum(pixels) - pixels / 2
    rings = np.arange(min(flux.shape) // 2)
    # In an image of even size no pixel is in the innermost ring.
    rings = rings[(pixels[rings] > 0) & (within[rings] > 0)]
    ratio = light[rings] / pixels[rings] / (within[rings] / area[rings])
    below = np.flatnonzero(ratio < PETROSIAN_RATIO)
    if not len(below) or below[0] == 0:
        return min(flux.shape) / 2
    around = slice(below[0] - 1, below[0] + 1)
    return float(np.interp(-PETROSIAN_RATIO, -ratio[around], rings[around]))


def asymmetry(
    flux: np.ndarray, *, radius: float, noise: float, left_out: np.ndarray | None = None
) -> float:
    """Return the rotational asymmetry of an image, corrected for the background.

    It is the sum of ``|I - I180|`` over that of ``|I|``, where I180 is the image turned by 180 deg,
    less what noise alone adds. The centre is sought in steps of half a pixel, because an image is
    then turned without interpolation, from the centre of the image to the nearest minimum.

    Parameters
    ----------
    flux : ndarray, shape (y, x)
        Image with the galaxy near its centre, without background.
    radius : float
        Radius of the aperture [pixels].
    noise : float
        Standard deviation of the noise of a pixel, in the unit of `flux`.
    left_out : ndarray of bool, shape (y, x), optional
        Pixels of other sources.

    Returns
    -------
    float
        NaN for an image without light.

    References
    ----------
    Conselice, Bershady & Jangren 2000, ApJ 529, 886: the centre; Lotz, Primack & Madau 2004, AJ
    128, 163, eq. 10: the measure.
    """
    if left_out is None:
        left_out = np.zeros(flux.shape, bool)
    height, width = flux.shape
    doubled = (width - 1, height - 1)  # twice the centre in x and y
    found = {doubled: _asymmetry_around(doubled, flux, left_out, radius, noise)}
    while True:
        for step in _STEPS:
            place = (doubled[0] + step[0], doubled[1] + step[1])
            if place not in found:
                found[place] = _asymmetry_around(place, flux, left_out, radius, noise)
        best = min(found, key=found.__getitem__)
        if not found[best] < found[doubled]:
            return found[doubled]
        doubled = best


def _asymmetry_around(
    doubled: tuple[int, int],
    flux: np.ndarray,
    left_out: np.ndarray,
    radius: float,
    noise: float,
) -> float:
    """Return the asymmetry around half of `doubled` (x, y); inf near the edge of the image."""
    height, width = flux.shape
    if not (0 < doubled[0] < 2 * width - 2 and 0 < doubled[1] < 2 * height - 2):
        return np.inf
    columns, rows = (
        slice(max(0, twice - side + 1), min(side - 1, twice) + 1)
        for twice, side in zip(doubled, (width, height), strict=True)
    )
    image, masked = flux[rows, columns], left_out[rows, columns]
    inside = _radius_pixels(image.shape) <= radius
    inside &= ~(masked | masked[::-1, ::-1])
    light = np.abs(image[inside]).sum()
    if not light > 0:
        return np.nan
    difference = np.abs(image - image[::-1, ::-1])[inside].sum()
    # The mean absolute difference of two pixels with Gaussian noise.
    of_noise = np.count_nonzero(inside) * 2 * noise / np.sqrt(np.pi)
    return float((difference - of_noise) / light)


def _radius_pixels(shape: tuple[int, int]) -> np.ndarray:
    """Return the distance of each pixel from the centre of an image."""
    y, x = np.indices(shape)
    return np.hypot(x - (shape[1] - 1) / 2, y - (shape[0] - 1) / 2)


def _background(flux: np.ndarray) -> float:
    """Return the median of the outer eighth of an image: a run may keep the mean of the sky."""
    inner = tuple(slice(side // 8, -(side // 8)) for side in flux.shape)
    border = np.ones(flux.shape, bool)
    border[inner] = False
    return float(np.median(flux[border]))


def _other_sources(flux: np.ndarray, noise: float) -> np.ndarray:
    """Return which pixels belong to sources that do not reach the centre of the image."""
    from scipy import ndimage  # its import is slow

    bright = ndimage.uniform_filter(flux, 3, mode="nearest") > _DETECTION_SIGMA * noise / 3
    labels = ndimage.label(bright)[0]
    middle = labels[flux.shape[0] // 2, flux.shape[1] // 2]
    return (labels > 0) & (labels != middle)

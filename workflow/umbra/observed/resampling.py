"""Images of any telescope on the grid of the training, with their surface brightness.

An image with small pixels is averaged over the pixels of the grid, by their overlap on the sphere;
this conserves flux exactly. The planes of an HI cube are interpolated between their pixels, which
sample the beam, and averaged over points within the pixels of the grid: it is as good for flux
there, as tests show, smooth where the pixels of the cube are the larger ones, and much faster.
"""

import math
from collections.abc import Callable

import numpy as np
from astropy.nddata import block_reduce
from astropy.wcs import WCS
from astropy.wcs.utils import proj_plane_pixel_area

from umbra.observed.moving import Placement

# Pixels are binned until the next would be larger than this fraction of a pixel of the grid.
_LARGEST_BIN = 0.25
# Points of interpolation along a side of a pixel, at most.
_MOST_POINTS = 8
# A pixel of the grid, or a channel, is covered if more than this fraction of it is.
LEAST_COVERED = 0.5


def pixel_arcsec(wcs: WCS) -> float:
    """Return the side of a square with the solid angle of a pixel [arcsec]."""
    return math.sqrt(proj_plane_pixel_area(wcs)) * 3600


def averaged(image: np.ndarray, wcs: WCS, placement: Placement) -> np.ndarray:
    """Return the mean of an image in each pixel of the grid.

    Parameters
    ----------
    image : ndarray, shape (y, x)
        Surface brightness. Blank pixels are NaN; the mean is that of the others.
    wcs : astropy.wcs.WCS
        Its coordinates.
    placement : Placement
        The grid.

    Returns
    -------
    ndarray, shape (pixels, pixels)
        NaN where the image covers less than half of the pixel.
    """
    from reproject import reproject_exact  # slow import (1 s)

    rows, columns = _around(image.shape, wcs, placement)
    cut = wcs[rows, columns]
    ratio = placement.pixel_sky_arcsec / pixel_arcsec(wcs)
    values, share, cut = binned(image[rows, columns], cut, int(_LARGEST_BIN * ratio))
    side = placement.grid.pixels
    target = placement.sky_wcs()
    sums, covered = _summed(reproject_exact, values, cut, target, (side, side))
    if share.min() < 1:  # some pixels are blank
        covered, _ = _summed(reproject_exact, share, cut, target, (side, side))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(covered > LEAST_COVERED, sums / covered, np.nan)


def _summed(
    reproject: Callable, plane: np.ndarray, wcs: WCS, target: WCS, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the sum of a plane over each pixel of the grid, and the share that it covers."""
    mean, footprint = reproject((plane, wcs), target, shape_out=shape, parallel=False)
    return np.where(footprint > 0, mean * footprint, 0), footprint


def binned(image: np.ndarray, wcs: WCS, pixels: int) -> tuple[np.ndarray, np.ndarray, WCS]:
    """Return the means of squares of some pixels a side.

    Parameters
    ----------
    image : ndarray, shape (y, x)
        Blank pixels are NaN.
    wcs : astropy.wcs.WCS
        Its coordinates.
    pixels : int
        Pixels along a side of the squares; 1 or less leaves the image as it is.

    Returns
    -------
    values : ndarray
        Sum of the pixels that are not blank, over the number of all pixels of the square.
    share : ndarray
        Fraction of the pixels of each square that are not blank.
    wcs : astropy.wcs.wcsapi.BaseLowLevelWCS
        Their coordinates.
    """
    valid = np.isfinite(image)
    values, share = np.where(valid, image, 0.0), valid.astype(float)
    if pixels <= 1:
        return values, share, wcs
    missing = [(0, -length % pixels) for length in image.shape]
    values, share = (
        block_reduce(np.pad(plane, missing), pixels, func=np.mean) for plane in (values, share)
    )
    coarse = wcs.deepcopy()
    coarse.wcs.crpix = (wcs.wcs.crpix - 0.5) / pixels + 0.5
    if wcs.wcs.has_cd():
        coarse.wcs.cd = wcs.wcs.cd * pixels
    else:
        coarse.wcs.cdelt = wcs.wcs.cdelt * pixels
    return values, share, coarse


def interpolated(
    planes: np.ndarray, wcs: WCS, placement: Placement, *, order: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return the means of planes in each pixel of the grid, from points between their pixels.

    Parameters
    ----------
    planes : ndarray, shape (n, y, x)
        Surface brightness, without blank pixels, that beam and pixels sample well.
    wcs : astropy.wcs.WCS
        Coordinates of a plane.
    placement : Placement
        The grid.
    order : {"bilinear", "bicubic"}
        Of the interpolation.

    Returns
    -------
    means : ndarray, shape (n, pixels, pixels)
        0 where the planes are not.
    covered : ndarray of bool, shape (pixels, pixels)
        Where the planes are.
    """
    from reproject import reproject_interp  # slow import (1 s)

    rows, columns = _around(planes.shape[1:], wcs, placement)
    ratio = placement.pixel_sky_arcsec / pixel_arcsec(wcs)
    points = min(max(2, math.ceil(ratio)), _MOST_POINTS)
    side = placement.grid.pixels
    fine = (side * points, side * points)
    means = np.empty((len(planes), side, side))
    source, target = wcs[rows, columns], placement.sky_wcs(points)
    values, footprint = reproject_interp(
        (planes[:, rows, columns], source),
        target,
        shape_out=fine,
        order=order,
        roundtrip_coords=False,
    )
    means = np.nan_to_num(values).reshape(-1, side, points, side, points).mean(axis=(2, 4))
    footprint = footprint[0] if footprint.ndim == 3 else footprint
    share = footprint.reshape(side, points, side, points).mean(axis=(1, 3))
    return means, share > LEAST_COVERED


def _around(shape: tuple[int, int], wcs: WCS, placement: Placement) -> tuple[slice, slice]:
    """Return the rows and columns of an image that the grid reaches, and some more."""
    side = placement.grid.pixels
    edge = np.linspace(-1.5, side + 0.5, 17)
    y, x = (plane.ravel() for plane in np.meshgrid(edge, edge))
    columns, rows = wcs.world_to_pixel(placement.sky_wcs().pixel_to_world(x, y))
    return tuple(
        slice(
            max(0, math.floor(np.nanmin(place)) - 2), min(length, math.ceil(np.nanmax(place)) + 3)
        )
        for place, length in zip((rows, columns), shape, strict=True)
    )

"""A FITS image of two axes of the sky: its plane and its coordinates."""

import warnings
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS, FITSFixedWarning

from umbra.errors import Damaged


def read_plane(path: Path) -> tuple[np.ndarray, fits.Header]:
    """Return the first image of two axes longer than 1 in a FITS file, and its header.

    Raises
    ------
    ValueError
        If there is none.
    Damaged
        If all its pixels are blank.
    """
    with fits.open(path, memmap=False) as hdus:
        for hdu in hdus:
            if hdu.is_image and hdu.data is not None:
                plane = np.squeeze(hdu.data)
                if plane.ndim == 2:
                    break
        else:
            raise ValueError("no image of two axes")
        values = plane.astype(float)
    if not np.isfinite(values).any():
        raise Damaged("all its pixels are blank (NaN); give another file.")
    return values, hdu.header


def celestial_wcs(header: fits.Header) -> WCS:
    """Return the coordinates of an image's two axes of the sky.

    Raises
    ------
    Damaged
        If it has none.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FITSFixedWarning)
        wcs = WCS(header).celestial
    if wcs.naxis != 2 or not wcs.has_celestial:
        raise Damaged(
            "it has no coordinates (WCS) on the sky; solve its astrometry, for example with"
            " astrometry.net, and add the cards."
        )
    return wcs

"""Whether an image or a cube holds a galaxy."""

import numpy as np
from astropy.wcs import WCS

from umbra.errors import Damaged
from umbra.observed.moving import Placement

# A galaxy goes on beyond an image if it covers more than this fraction of the image's edge.
_MOST_OF_THE_EDGE = 0.1
# An image that covers this fraction of the training's field may hold a galaxy that fills it.
WHOLE_FIELD = 0.97


def centre_in(shape: tuple[int, int], wcs: WCS, placement: Placement) -> tuple[float, float]:
    """Return where the centre of a galaxy is in an image, y and x [pixels].

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of the image.
    wcs : astropy.wcs.WCS
        Its coordinates.
    placement : Placement
        Where the galaxy is.

    Raises
    ------
    Damaged
        If it is outside of the image.
    """
    from astropy.coordinates import SkyCoord  # slow import

    centre = SkyCoord(placement.ra_deg, placement.dec_deg, unit="deg")
    try:
        x, y = map(float, wcs.world_to_pixel(centre))
    except ValueError:  # on the other side of the sky
        x = y = np.nan
    if -0.5 <= x <= shape[1] - 0.5 and -0.5 <= y <= shape[0] - 0.5:
        return y, x
    middle = wcs.pixel_to_world((shape[1] - 1) / 2, (shape[0] - 1) / 2).icrs
    raise Damaged(
        f"the galaxy's position ({placement.ra_deg:.4f}, {placement.dec_deg:.4f} deg) is outside"
        f" of it; its middle is at ({middle.ra.deg:.4f}, {middle.dec.deg:.4f} deg). Correct ra and"
        " dec, or give another file."
    )


def covers_edge(source: np.ndarray, valid: np.ndarray) -> bool:
    """Return whether a galaxy goes on beyond the pixels of an image.

    Parameters
    ----------
    source, valid : ndarray of bool, shape (y, x)
        Pixels of the galaxy, and pixels that are not blank.
    """
    from scipy import ndimage  # slow import

    inner = ndimage.binary_erosion(valid, structure=np.ones((3, 3)), border_value=0)
    edge = valid & ~inner
    return bool((source & edge).sum() > _MOST_OF_THE_EDGE * edge.sum())

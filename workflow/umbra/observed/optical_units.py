"""The unit of an optical image: nanomaggies from what surveys write into their headers.

References
----------
Oke & Gunn 1983, ApJ 266, 713: AB magnitudes, of which 22.5 is a nanomaggy. FLUXMAG0, the counts of
magnitude 0, is a card of the LSST and HSC pipelines.
"""

import re

import astropy.units as u
from astropy.io import fits

from umbra.constants import NANOMAGGY_JY
from umbra.errors import Damaged
from umbra.photometry.sdss import NANOMAGGY_ZERO_POINT

_NANOMAGGY = {"nanomaggy", "nanomaggies", "nmgy", "nmaggy", "nanomaggy/pixel"}
_COUNTS = {
    *("", "adu", "count", "counts", "ct", "dn", "electron", "electrons", "e-"),
    *("adu/s", "count/s", "counts/s", "dn/s", "electron/s", "electrons/s", "e-/s", "cps"),
}
_ZERO_POINTS = ("ZP", "MAGZERO", "MAGZPT", "MAGZP", "ZEROPNT", "ZEROPOINT", "PHOTZP", "ZPAB")
_REMEDY = "correct BUNIT, or give optical_unit or zero_point_mag in the table"


def nanomaggy_per_arcsec2(
    header: fits.Header, *, pixel_arcsec2: float, unit: str | None, zero_point_mag: float | None
) -> float:
    """Return the surface brightness of a pixel with the value 1 [nanomaggy/arcsec2].

    Parameters
    ----------
    header : astropy.io.fits.Header
        Header of the image.
    pixel_arcsec2 : float
        Solid angle of a pixel [arcsec2].
    unit : str or None
        Unit of the values, if it is known from elsewhere.
    zero_point_mag : float or None
        AB magnitude of one count, if it is known from elsewhere.

    Raises
    ------
    Damaged
        If the unit is another one, or counts have no zero point.
    """
    text = str(unit if unit is not None else header.get("BUNIT", "")).strip()
    plain = re.sub(r"\s|[.*]?pix(el)?(-1|\^-1)$|/pix(el)?$", "", text.lower())
    if zero_point_mag is not None or plain in _COUNTS:
        return _per_count(header, text, zero_point_mag) / pixel_arcsec2
    if plain in _NANOMAGGY:
        return 1 / pixel_arcsec2
    try:
        found = u.Unit(re.sub(r"[.* ]?pix(el)?(-1|\^-1)$|/ ?pix(el)?$", "", text))
    except ValueError:
        raise Damaged(f"its unit is {text!r}, which is not known; {_REMEDY}.") from None
    if found.is_equivalent(u.Jy):
        return found.to(u.Jy) / NANOMAGGY_JY / pixel_arcsec2
    if found.is_equivalent(u.Jy / u.sr):
        return found.to(u.Jy / u.arcsec**2) / NANOMAGGY_JY
    raise Damaged(
        f"its unit is {text!r}, not nanomaggy, Jy, MJy/sr or counts with a zero point; {_REMEDY}."
    )


def _per_count(header: fits.Header, text: str, given_mag: float | None) -> float:
    """Return the nanomaggies of a count."""
    if given_mag is None and (counts := header.get("FLUXMAG0")):
        return 10 ** (0.4 * NANOMAGGY_ZERO_POINT) / counts
    zero_points = (header.get(card) for card in _ZERO_POINTS)
    found = next((value for value in zero_points if isinstance(value, int | float)), None)
    zero_point_mag = given_mag if given_mag is not None else found
    if zero_point_mag is None:
        unit = f"unit is {text!r}" if text else "unit is not given (no card BUNIT)"
        raise Damaged(
            f"its {unit} and it has no zero point ({', '.join(_ZERO_POINTS)} or FLUXMAG0);"
            f" {_REMEDY}."
        )
    return 10 ** (0.4 * (NANOMAGGY_ZERO_POINT - zero_point_mag))

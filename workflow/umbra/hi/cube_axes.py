"""The axes of an HI cube, from the header of any telescope.

References
----------
Greisen et al. 2006, A&A 446, 747: spectral axes in FITS, and those of AIPS.
"""

import re
import warnings
from dataclasses import dataclass

import astropy.units as u
import numpy as np
from astropy.io import fits
from astropy.wcs import WCS, FITSFixedWarning
from astropy.wcs.utils import proj_plane_pixel_scales

from umbra.constants import HI_REST_FREQUENCY_HZ, SPEED_OF_LIGHT_M_S
from umbra.errors import Damaged

# Spellings of units in AIPS, Miriad and GIPSY, in lower case and without spaces, points, stars and
# carets; "sec" is "s".
_SPELLINGS = {
    **dict.fromkeys(["m/s", "ms-1", "meter/s", "metre/s"], "m/s"),
    **dict.fromkeys(["km/s", "kms-1", "kms"], "km/s"),
    **{unit.lower(): unit for unit in ("Hz", "kHz", "MHz", "GHz")},
    **{"hertz": "Hz", "none": "", "": ""},
}
_DEFAULT_UNIT = dict.fromkeys(["VRAD", "VOPT", "VELO", "FELO"], "m/s")
_DEFAULT_UNIT |= {"FREQ": "Hz", "WAVE": "m"}
_REST_CARDS = ("RESTFRQ", "RESTFREQ", "FREQ0")  # FITS, AIPS, GIPSY
# Types of axis that are velocities, and for the others the velocity that they are read as
_VELOCITIES = ("VRAD", "VOPT", "VELO")
_READ_AS = {"FREQ": "VRAD", "ENER": "VRAD", "WAVN": "VRAD", "WAVE": "VOPT", "ZOPT": "VOPT"}
_READ_AS |= {"BETA": "VELO"}
_CONVENTION = {"VRAD": u.doppler_radio, "VOPT": u.doppler_optical}
_REST_TOLERANCE = 1e-3
# Channels of HI cubes are wider than the first and narrower than the second. A unit that is wrong
# makes them a thousand times wider or narrower.
_WIDTHS_KM_S = (0.02, 200.0)
_AXIS_CARD = re.compile(
    r"(CTYPE|CUNIT|CRPIX|CRVAL|CDELT|CROTA|CD|PC|PV|PS|CNAME|CRDER|CSYER)\d+(_\d+)?$"
    r"|WCSAXES$|VELREF$|ALTR(VAL|PIX)$|SPECSYS\d?$|BUNIT$|RESTFRQ$|RESTFREQ$|BMAJ\d*$|BMIN\d*$|BPA\d*$"
)


@dataclass(frozen=True)
class CubeAxes:
    """The axes of a cube.

    Parameters
    ----------
    order : tuple of int
        Axes of the file's array that are the channels, y and x.
    directions : tuple of int
        1 or -1 for each of these: whether it has to be turned round, so that velocities increase,
        north is up and east is left.
    velocity_km_s : ndarray, shape (channels,)
        Velocities of the channels, increasing [km/s].
    velocity_type : {"VRAD", "VOPT", "VELO"}
        Convention of the velocities, as FITS names it.
    rest_frequency_hz : float
        Rest frequency [Hz].
    frame : str
        Frame of the velocities, as in SPECSYS; empty if the file has none.
    sky : astropy.wcs.WCS
        The two axes of the sky, longitude first, turned round as `directions` says.
    """

    order: tuple[int, int, int]
    directions: tuple[int, int, int]
    velocity_km_s: np.ndarray
    velocity_type: str
    rest_frequency_hz: float
    frame: str
    sky: WCS

    @property
    def pixel_arcsec(self) -> tuple[float, float]:
        """Height (y) and width (x) of a pixel [arcsec]."""
        width, height = proj_plane_pixel_scales(self.sky) * 3600
        return float(height), float(width)

    @property
    def pixel_matrix_arcsec(self) -> np.ndarray:
        """Offsets to the east and north for a step of a pixel in x and y, shape (2, 2) [arcsec]."""
        return self.sky.pixel_scale_matrix * 3600

    def arranged(self, data: np.ndarray) -> np.ndarray:
        """Return the file's array as an array of shape (channels, y, x), as `directions` says.

        Raises
        ------
        Damaged
            If a further axis is longer than 1.
        """
        further = [axis for axis in range(data.ndim) if axis not in self.order]
        if long := [axis for axis in further if data.shape[axis] > 1]:
            number, length = data.ndim - long[0], data.shape[long[0]]
            raise Damaged(f"axis {number} has {length} planes; give a file of one of them.")
        moved = np.transpose(data, [*further, *self.order])
        plain = moved.reshape(moved.shape[len(further) :])
        return plain[tuple(slice(None, None, direction) for direction in self.directions)]

    def header(self, header: fits.Header) -> fits.Header:
        """Return a header with the axes as in the array of `arranged`.

        Cards of the unit and of beams are left out.
        """
        kept = header.copy(strip=True)
        for card in {card for card in kept if _AXIS_CARD.match(card)}:
            kept.remove(card, remove_all=True)
        kept.update(self.sky.to_header())
        sky, matrix = self.sky.wcs, self.sky.wcs.get_pc()
        for axis in range(2):
            for card in ("ctype", "crpix", "crval"):
                kept[f"{card.upper()}{axis + 1}"] = getattr(sky, card)[axis]
            kept[f"CUNIT{axis + 1}"] = str(sky.cunit[axis])
            kept[f"CDELT{axis + 1}"] = sky.get_cdelt()[axis]
            if not np.array_equal(matrix, np.eye(2)):
                kept.update({f"PC{axis + 1}_{other + 1}": matrix[axis, other] for other in (0, 1)})
        velocity = self.velocity_km_s
        kept["CTYPE3"], kept["CUNIT3"] = self.velocity_type, "km/s"
        kept["CRPIX3"], kept["CRVAL3"] = (velocity.size + 1) / 2, (velocity[0] + velocity[-1]) / 2
        kept["CDELT3"] = np.ptp(velocity) / (velocity.size - 1)
        kept["RESTFRQ"] = self.rest_frequency_hz
        if self.frame:
            kept["SPECSYS"] = self.frame
        return kept


def read_axes(
    header: fits.Header,
    rest_frequency_hz: float | None,
    spectral_unit: str | None,
    assumed: list[str],
) -> CubeAxes:
    """Return the axes that a header describes.

    Parameters
    ----------
    header : astropy.io.fits.Header
        Header of the image.
    rest_frequency_hz : float or None
        Rest frequency [Hz], if it is known from elsewhere.
    spectral_unit : str or None
        Unit of the spectral axis, if it is known from elsewhere.
    assumed : list of str
        What had to be assumed is appended.

    Returns
    -------
    CubeAxes

    Raises
    ------
    Damaged
        If the header describes no such axes, or leaves open what no option gives.
    """
    number = _spectral_axis(header)
    rest = rest_frequency_hz or _rest_frequency(header, assumed)
    clean = header.copy()
    clean[f"CTYPE{number}"] = header[f"CTYPE{number}"].strip().upper()
    clean[f"CUNIT{number}"] = _spectral_unit(header, number, spectral_unit, assumed)
    clean["RESTFRQ"] = rest
    wcs, spectral, sky = _coordinates(clean)
    velocity_type = _velocity_type(spectral, assumed)
    velocity = _velocities(spectral, header[f"NAXIS{number}"], velocity_type, rest)
    _check_widths(velocity, header, number)
    channel_direction = 1 if velocity[-1] > velocity[0] else -1
    places = wcs.wcs.spec, wcs.wcs.lat, wcs.wcs.lng
    lengths = [header[f"NAXIS{place + 1}"] for place in places]
    y_direction, x_direction = _turn_upright(sky, height=lengths[1], width=lengths[2])
    return CubeAxes(
        order=tuple(header["NAXIS"] - 1 - place for place in places),
        directions=(channel_direction, y_direction, x_direction),
        velocity_km_s=velocity[::channel_direction],
        velocity_type=velocity_type,
        rest_frequency_hz=rest,
        frame=wcs.wcs.specsys.strip() or header.get(f"SPECSYS{number}", ""),
        sky=sky,
    )


def _coordinates(header: fits.Header) -> tuple[WCS, WCS, WCS]:
    """Return the coordinates of all axes, of the spectral one, and of longitude and latitude."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FITSFixedWarning)
            wcs = WCS(header)
            if min(wcs.wcs.spec, wcs.wcs.lng, wcs.wcs.lat) < 0:
                types = ", ".join(wcs.wcs.ctype)
                raise Damaged(f"its axes ({types}) are not two of the sky and a spectral one.")
            sky = WCS(wcs.sub(["longitude", "latitude"]).to_header())
            return wcs, wcs.sub(["spectral"]), sky
    except ValueError as error:  # those of WCS
        reason = str(error).strip().splitlines()[-1]
        raise Damaged(f"its axes are not understood ({reason}); correct the cards.") from error


def _turn_upright(sky: WCS, *, height: int, width: int) -> tuple[int, int]:
    """Turn axes of the sky round, if need be; return the directions of y and x in the file.

    Of axes that are turned by an angle, x is the one that is nearer to east and west.
    """
    matrix = sky.pixel_scale_matrix
    directions = 1 if matrix[1, 1] >= 0 else -1, 1 if matrix[0, 0] <= 0 else -1
    cards = sky.wcs
    pc, cdelt, crpix = (np.array(one) for one in (cards.get_pc(), cards.get_cdelt(), cards.crpix))
    for axis, length, direction in ((1, height, directions[0]), (0, width, directions[1])):
        if direction < 0:
            crpix[axis] = length + 1 - crpix[axis]
            cdelt[axis] = -cdelt[axis]
            pc[axis] = -pc[axis]
            pc[:, axis] = -pc[:, axis]
    cards.crpix, cards.cdelt, cards.pc = crpix, cdelt, pc
    return directions


def _spectral_axis(header: fits.Header) -> int:
    """Return the number of the spectral axis, from 1."""
    types = {
        number: header.get(f"CTYPE{number}", "").strip().upper()
        for number in range(1, header["NAXIS"] + 1)
    }
    known = {*_VELOCITIES, *_READ_AS, "FELO"}
    found = [number for number, name in types.items() if name.split("-")[0] in known]
    if len(found) != 1:
        listed = ", ".join(f"CTYPE{number} = {name or 'none'}" for number, name in types.items())
        raise Damaged(
            f"{len(found)} of its axes are spectral ({listed}); one must be"
            f" {', '.join(sorted(known))}, as FITS names them: correct the card."
        )
    return found[0]


def _rest_frequency(header: fits.Header, assumed: list[str]) -> float:
    for card in _REST_CARDS:
        if (value := header.get(card)) is not None and value > 0:
            if abs(value / HI_REST_FREQUENCY_HZ - 1) > _REST_TOLERANCE:
                raise Damaged(
                    f"{card} = {value:g} Hz is not the rest frequency of HI; correct the card, or"
                    " give rest_frequency_hz."
                )
            return float(value)
    assumed.append(f"the rest frequency of HI ({HI_REST_FREQUENCY_HZ:.0f} Hz; no card RESTFRQ)")
    return HI_REST_FREQUENCY_HZ


def _spectral_unit(header: fits.Header, number: int, given: str | None, assumed: list[str]) -> str:
    """Return the unit of the spectral axis in FITS's spelling."""
    text = given if given is not None else str(header.get(f"CUNIT{number}", ""))
    plain = re.sub(r"[\s.*^]", "", text.lower()).replace("sec", "s")
    spelled = _SPELLINGS.get(plain)
    if spelled is None:
        try:
            return u.Unit(text, format="fits").to_string("fits")
        except ValueError:
            raise Damaged(
                f"CUNIT{number} = '{text}' is no unit; correct the card, or give spectral_unit."
            ) from None
    if not spelled and (default := _DEFAULT_UNIT.get(header[f"CTYPE{number}"][:4].upper())):
        assumed.append(f"{default} along axis {number} (FITS's default; no card CUNIT{number})")
        return default
    return spelled


def _velocity_type(spectral: WCS, assumed: list[str]) -> str:
    """Return the convention in which the channels have velocities."""
    kind = spectral.wcs.ctype[0][:4]
    if kind in _VELOCITIES:
        return kind
    if kind == "FREQ":
        assumed.append("the radio convention for velocities of an axis in frequency")
    return _READ_AS[kind]


def _velocities(spectral: WCS, channels: int, velocity_type: str, rest_hz: float) -> np.ndarray:
    """Return the velocities of the channels [km/s]."""
    values = spectral.wcs_pix2world(np.arange(channels), 0)[0] * u.Unit(spectral.wcs.cunit[0])
    kind = spectral.wcs.ctype[0][:4]
    if kind in ("ZOPT", "BETA"):
        return values.value * SPEED_OF_LIGHT_M_S * 1e-3
    if kind in _VELOCITIES:
        return values.to_value(u.km / u.s)
    frequency = values.to(u.Hz, u.spectral())
    return frequency.to_value(u.km / u.s, _CONVENTION[velocity_type](rest_hz * u.Hz))


def _check_widths(velocity_km_s: np.ndarray, header: fits.Header, number: int) -> None:
    if velocity_km_s.size < 2:
        raise Damaged(f"its spectral axis has {velocity_km_s.size} channel; a cube has several.")
    width = abs(velocity_km_s[-1] - velocity_km_s[0]) / (velocity_km_s.size - 1)
    if not _WIDTHS_KM_S[0] < width < _WIDTHS_KM_S[1]:
        unit = header.get(f"CUNIT{number}", "none")
        raise Damaged(
            f"its channels would be {width:.4g} km/s wide; correct CUNIT{number} ({unit}) or"
            f" CDELT{number}, or give spectral_unit."
        )

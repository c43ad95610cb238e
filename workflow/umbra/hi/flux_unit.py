"""The unit of an HI cube's values, as telescopes spell it."""

import re

import astropy.units as u
import numpy as np

from umbra.constants import SPEED_OF_LIGHT_M_S
from umbra.errors import Damaged
from umbra.hi.beams import beam_area_arcsec2

# In lower case, without spaces, points and stars. MJy in capitals could be mega or milli.
_SPELLINGS = {
    **dict.fromkeys(["jy/beam", "jybeam-1", "jybeam^-1", "jy/bm"], u.Jy / u.beam),
    **dict.fromkeys(["mjy/beam", "mjybeam-1", "mjybeam^-1", "mjy/bm"], u.mJy / u.beam),
    **dict.fromkeys(["k", "kelvin"], u.K),
    "mk": u.mK,
}


def jy_beam_per_unit(
    text: str | None, beams: np.ndarray, velocity_km_s: np.ndarray, rest_frequency_hz: float
) -> np.ndarray:
    """Return how many Jy/beam the unit of a cube is.

    Parameters
    ----------
    text : str or None
        The unit: Jy or mJy per beam, K or mK of brightness temperature.
    beams : ndarray, shape (1 or channels, 3)
        Beam of each channel: major and minor FWHM [arcsec] and position angle [deg].
    velocity_km_s : ndarray, shape (channels,)
        Velocities of the channels [km/s].
    rest_frequency_hz : float
        Rest frequency [Hz].

    Returns
    -------
    ndarray, shape (1 or channels,)

    Raises
    ------
    Damaged
        If the unit is another one, or none.
    """
    plain = re.sub(r"[\s.*]", "", text or "").lower()
    unit = _SPELLINGS.get(plain)
    if unit is None or text.strip().startswith("MJ"):
        raise Damaged(
            f"BUNIT is '{text or ''}', not Jy/beam, mJy/beam, K or mK; correct the card, or give"
            " flux_unit."
        )
    if unit.is_equivalent(u.Jy / u.beam):
        return np.array([unit.to(u.Jy / u.beam)])
    frequency = rest_frequency_hz * (1 - velocity_km_s * 1e3 / SPEED_OF_LIGHT_M_S) * u.Hz
    area = beam_area_arcsec2(*beams.T[:2]) * u.arcsec**2
    return (1 * unit).to_value(u.Jy, u.brightness_temperature(frequency, area))

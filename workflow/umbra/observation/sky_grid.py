"""The pixels of an image on the sky."""

from dataclasses import dataclass
from typing import Self

from umbra.config.observation import ImageSettings
from umbra.constants import ARCSEC_PER_RADIAN
from umbra.observation.realisations import Realisation


@dataclass(frozen=True)
class SkyGrid:
    """The square grid of pixels that all images of a run share.

    Parameters
    ----------
    pixels : int
        Pixels along a side.
    field_of_view_arcmin : float
        Side of the image [arcmin].
    """

    pixels: int
    field_of_view_arcmin: float

    @classmethod
    def from_settings(cls, observation: ImageSettings) -> Self:
        """Return the grid of a run."""
        return cls(observation.pixels, observation.field_of_view_arcmin)

    @property
    def pixel_arcsec(self) -> float:
        """Side of a pixel [arcsec]."""
        return self.field_of_view_arcmin * 60 / self.pixels

    @property
    def pixel_sr(self) -> float:
        """Solid angle of a pixel [sr]."""
        return (self.pixel_arcsec / ARCSEC_PER_RADIAN) ** 2

    def side_kpc(self, distance_mpc: float) -> float:
        """Return the side of the image [kpc] at a distance [Mpc]."""
        return distance_mpc * 1e3 * self.field_of_view_arcmin * 60 / ARCSEC_PER_RADIAN

    def wcs_header(self, realisation: Realisation) -> dict[str, int | float | str]:
        """Return the FITS cards that describe a realisation on this grid.

        The directions of the axes are defined here and nowhere else. The first axis (x, `right`)
        is right ascension, which decreases to the right as on the sky with north up: CDELT1 < 0.
        The second axis (y, `up`) is declination. The galaxy has no place on the real sky, so its
        centre is put at RA 180 deg, Dec 0.

        Parameters
        ----------
        realisation : Realisation
            Its galaxy, number and distance are written.

        Returns
        -------
        dict
            Card name -> value, as ``astropy.io.fits.Header.update`` takes it.
        """
        pixel_deg = self.pixel_arcsec / 3600
        centre = (self.pixels + 1) / 2
        return {
            "GALAXY": realisation.galaxy,
            "REALISAT": realisation.number,
            "DISTMPC": realisation.distance_mpc,
            "CTYPE1": "RA---TAN",
            "CTYPE2": "DEC--TAN",
            "CUNIT1": "deg",
            "CUNIT2": "deg",
            "CRPIX1": centre,
            "CRPIX2": centre,
            "CRVAL1": 180.0,
            "CRVAL2": 0.0,
            "CDELT1": -pixel_deg,
            "CDELT2": pixel_deg,
        }

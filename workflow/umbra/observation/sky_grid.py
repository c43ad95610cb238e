"""The pixels of an image on the sky."""

from dataclasses import dataclass

from umbra.constants import ARCSEC_PER_RADIAN
from umbra.observation.realisations import Realisation


@dataclass(frozen=True)
class SkyGrid:
    """The square grid of pixels that every image of a run has.

    Parameters
    ----------
    pixels : int
        Pixels along a side.
    field_of_view_arcmin : float
        Side of the image [arcmin].
    """

    pixels: int
    field_of_view_arcmin: float

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
        """Return the FITS cards that tell a realisation of this grid.

        This states which way the axes run. The first (x, `right`) is right ascension, which falls
        along it as on the sky with north up: CDELT1 < 0. The second (y, `up`) is declination. The
        galaxy's centre is put at RA 180 deg, Dec 0, for it has no place on the real sky.

        Parameters
        ----------
        realisation : Realisation
            Whose galaxy, realisation and distance are stated.

        Returns
        -------
        dict
            Card names and values, fit for ``astropy.io.fits.Header.update``.
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

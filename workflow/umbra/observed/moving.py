"""Where a user's galaxy is shown: on the grid of the training, at a distance of the training.

A galaxy at the distance d looks from d' like the same galaxy in pixels that are d' / d times as
large on the sky: angles shrink by d / d', fluxes by (d / d')^2, and the surface brightness stays.
So nothing is moved. The grid of the training is laid on the true sky with pixels of that size, and
beam and PSF of the training, which the galaxy has to be shown with, are larger by the same factor.
"""

from dataclasses import dataclass
from typing import Self

from astropy.wcs import WCS

from umbra.config.observation import ImageSettings
from umbra.observation.sky_grid import SkyGrid


@dataclass(frozen=True)
class Placement:
    """The grid of the training on the true sky.

    Parameters
    ----------
    grid : SkyGrid
        The grid of the training.
    ra_deg, dec_deg : float
        Centre of the galaxy [deg, ICRS].
    distance_mpc, shown_distance_mpc : float
        Distance of the galaxy, and distance at which it is shown [Mpc].
    """

    grid: SkyGrid
    ra_deg: float
    dec_deg: float
    distance_mpc: float
    shown_distance_mpc: float

    @classmethod
    def of(
        cls, *, ra_deg: float, dec_deg: float, distance_mpc: float, observation: ImageSettings
    ) -> Self:
        """Return the placement of a galaxy at the trained distance that is nearest to its own."""
        nearest, farthest = observation.min_distance_mpc, observation.max_distance_mpc
        return cls(
            SkyGrid.from_settings(observation),
            ra_deg,
            dec_deg,
            distance_mpc,
            min(max(distance_mpc, nearest), farthest),
        )

    @property
    def sky_scale(self) -> float:
        """Angle on the true sky over the same angle in the images."""
        return self.shown_distance_mpc / self.distance_mpc

    @property
    def pixel_sky_arcsec(self) -> float:
        """Side of a pixel on the true sky [arcsec]."""
        return self.grid.pixel_arcsec * self.sky_scale

    def sky_wcs(self, refined: int = 1) -> WCS:
        """Return the coordinates of the grid on the true sky.

        Parameters
        ----------
        refined : int
            Into how many pixels the side of a pixel is divided.
        """
        return WCS(fits_cards(self, self.pixel_sky_arcsec, refined))

    def header(self) -> dict[str, float | str]:
        """Return the FITS cards of the images, whose pixels are those of the training."""
        return fits_cards(self, self.grid.pixel_arcsec)

    def notes(self) -> list[str]:
        """Return a sentence if the galaxy is shown at another distance than its own."""
        if self.shown_distance_mpc == self.distance_mpc:
            return []
        return [
            f"It is shown as from {self.shown_distance_mpc:g} Mpc, the nearest distance of the"
            f" training, and not from its own {self.distance_mpc:g} Mpc: angles are"
            f" {1 / self.sky_scale:.3g} and fluxes {self.sky_scale**-2:.3g} times those on the sky."
        ]


def fits_cards(
    placement: Placement, pixel_arcsec: float, refined: int = 1
) -> dict[str, float | str]:
    """Return the FITS cards of a placement: north up and east left, as `SkyGrid` has it.

    Parameters
    ----------
    placement : Placement
    pixel_arcsec : float
        Side of a pixel before it is divided [arcsec].
    refined : int
        Into how many pixels the side of a pixel is divided.
    """
    centre = (placement.grid.pixels * refined + 1) / 2
    side_deg = pixel_arcsec / 3600 / refined
    values = {
        "CTYPE": ("RA---TAN", "DEC--TAN"),
        "CUNIT": ("deg", "deg"),
        "CRPIX": (centre, centre),
        "CRVAL": (placement.ra_deg, placement.dec_deg),
        "CDELT": (-side_deg, side_deg),
    }
    cards = {f"{key}{axis + 1}": pair[axis] for key, pair in values.items() for axis in (0, 1)}
    return {"RADESYS": "ICRS"} | cards

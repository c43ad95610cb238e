"""One image of a galaxy on the sky: how it is read, and its axes, scale bar and beam."""

import textwrap
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.patches import Ellipse
from matplotlib.ticker import MaxNLocator

from umbra.constants import ARCSEC_PER_RADIAN
from umbra.faults import plain_reason, unreadable
from umbra.files import rejection
from umbra.tables import MAKE_AGAIN

# In characters: less than there is room for in the narrowest figure.
_REASON_WIDTH = 100
_ROUND_LENGTHS_KPC = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)


@dataclass(frozen=True)
class SkyImage:
    """The planes of one realisation, or why there are none.

    Parameters
    ----------
    galaxy : str
        Subhalo id.
    planes : ndarray, shape (planes, y, x)
        Images.
    distance_mpc : float
    scale_arcmin : tuple of float
        Step of right ascension and of declination from one pixel to the next [arcmin].
    beam_arcsec : tuple of float
        Major and minor FWHM [arcsec] and position angle [deg] of the beam; empty if none.
    rejected : str
        Why the galaxy has no images; empty if it has.
    """

    galaxy: str
    planes: np.ndarray = field(default_factory=lambda: np.empty((0, 0, 0)))
    distance_mpc: float = float("nan")
    scale_arcmin: tuple[float, float] = (-1.0, 1.0)
    beam_arcsec: tuple[float, ...] = ()
    rejected: str = ""

    @property
    def extent_arcmin(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top edge as offsets from the centre; east is left."""
        height, width = self.planes.shape[1:]
        across, up = self.scale_arcmin[0] * width / 2, self.scale_arcmin[1] * height / 2
        return -across, across, -up, up

    @property
    def arcmin_per_kpc(self) -> float:
        """Angle of a kpc at the distance of the galaxy [arcmin]."""
        return ARCSEC_PER_RADIAN / (self.distance_mpc * 1000) / 60

    def show(self, panel: Axes, image: np.ndarray, **options) -> AxesImage:
        """Draw an image on the sky axes; `options` are those of `matplotlib.axes.Axes.imshow`."""
        options |= {"origin": "lower", "interpolation": "nearest", "extent": self.extent_arcmin}
        return panel.imshow(image, **options)

    def cropped(self, half_width_kpc: float) -> Self:
        """Return the middle of the planes, to at least this distance from the centre [kpc]."""
        half = half_width_kpc * self.arcmin_per_kpc
        height, width = self.planes.shape[1:]
        rows, columns = (
            slice(max(0, int(side / 2 - half / step)), int(np.ceil(side / 2 + half / step)))
            for side, step in zip((height, width), np.abs(self.scale_arcmin[::-1]), strict=True)
        )
        return replace(self, planes=self.planes[:, rows, columns])


def read_sky_image(path: Path) -> SkyImage:
    """Read the first realisation in a file of images or of moment maps.

    Parameters
    ----------
    path : Path
        FITS file with one extension for each realisation, or the marker of a rejected galaxy.

    Returns
    -------
    SkyImage

    Raises
    ------
    Damaged
        If the file is not complete.
    InputError
        If the system does not let it be read.
    """
    reason = rejection(path)
    if reason is not None:
        return SkyImage(galaxy=path.stem, rejected=reason)
    from astropy.io import fits  # its import is slow; only figures of images need it

    try:
        with fits.open(path, memmap=False) as hdus:
            header, planes = hdus["R0"].header, np.array(hdus["R0"].data, dtype=float)
    except (OSError, KeyError, TypeError, ValueError) as error:
        damaged = f"{path} holds no image ({plain_reason(error)}); {MAKE_AGAIN}."
        raise unreadable(error, path, damaged) from error
    beam = ()
    if "BMAJ" in header:
        major = header["BMAJ"] * 3600
        beam = (major, header.get("BMIN", major / 3600) * 3600, header.get("BPA", 0.0))
    return SkyImage(
        galaxy=str(header["GALAXY"]),
        planes=planes,
        distance_mpc=float(header["DISTMPC"]),
        scale_arcmin=(header["CDELT1"] * 60, header["CDELT2"] * 60),
        beam_arcsec=beam,
    )


def label_axes(axes: np.ndarray, realisations: list[SkyImage]) -> None:
    """Name the sky axes of a grid of panels on its outer edge only; one row for each galaxy.

    Parameters
    ----------
    axes : ndarray of Axes, shape (rows, columns)
    realisations : list of SkyImage
        The galaxy of each row.
    """
    for row, realisation in zip(axes, realisations, strict=True):
        for panel in row[1:]:
            panel.tick_params(labelleft=False)
        name = f"galaxy {realisation.galaxy}, {realisation.distance_mpc:.1f} Mpc"
        row[0].set_ylabel(f"{name}\nDec offset [arcmin]")
    for panel in axes.flat:
        panel.xaxis.set_major_locator(MaxNLocator(4))
        panel.yaxis.set_major_locator(MaxNLocator(4))
    for row in axes[:-1]:
        for panel in row:
            panel.tick_params(labelbottom=False)
    for panel in axes[-1]:
        panel.set_xlabel("RA offset [arcmin]")


def show_rejection(row: np.ndarray, realisation: SkyImage) -> None:
    """Write in a row of panels why its galaxy was left out."""
    for panel in row:
        panel.set_axis_off()
    reason = f"galaxy {realisation.galaxy} was rejected: {realisation.rejected}"
    text = row[0].text(
        0.0,
        0.5,
        "\n".join(textwrap.wrap(reason, _REASON_WIDTH)),
        transform=row[0].transAxes,
        va="center",
    )
    # The text is wider than the first panel, whose width must not follow it.
    text.set_in_layout(False)


def scale_bar(panel: Axes, realisation: SkyImage, *, colour: str) -> None:
    """Draw a bar of a round length in kpc, about a fifth of the panel, at its lower right."""
    left, right, _, _ = realisation.extent_arcmin
    wanted_kpc = abs(right - left) / 5 / realisation.arcmin_per_kpc
    length_kpc = min(_ROUND_LENGTHS_KPC, key=lambda kpc: abs(np.log(kpc / wanted_kpc)))
    fraction = length_kpc * realisation.arcmin_per_kpc / abs(right - left)
    panel.plot(
        [0.95 - fraction, 0.95],
        [0.06, 0.06],
        transform=panel.transAxes,
        color=colour,
        linewidth=2,
        solid_capstyle="butt",
    )
    panel.text(
        0.95 - fraction / 2,
        0.08,
        f"{length_kpc:g} kpc",
        transform=panel.transAxes,
        color=colour,
        ha="center",
        va="bottom",
        fontsize=8,
    )


def beam_mark(panel: Axes, realisation: SkyImage, *, colour: str) -> None:
    """Draw the beam at its true size at the lower left of a panel, with its size in words."""
    if not realisation.beam_arcsec:
        return
    major, minor, angle_deg = realisation.beam_arcsec
    left, right, bottom, top = realisation.extent_arcmin
    centre = (left + 0.07 * (right - left), bottom + 0.07 * (top - bottom))
    # The position angle runs from north through east, and east is on the left of the panel.
    panel.add_patch(
        Ellipse(centre, minor / 60, major / 60, angle=-angle_deg, color=colour, linewidth=0)
    )
    panel.text(
        0.10,
        0.07,
        f'beam {major:.0f}"',
        transform=panel.transAxes,
        color=colour,
        va="center",
        fontsize=8,
    )

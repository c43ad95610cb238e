"""The light profile of a galaxy: isophotes of its g image, its exponential disc, its colour.

AutoProf measures the isophotes, or photutils as a second opinion. They are used out to where their
intensity falls below the standard deviation of a pixel of the sky.
"""

import math
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from astropy.io import fits

from umbra.channels import BANDS
from umbra.classical.rotation_curve.light.autoprof import autoprof_isophotes
from umbra.classical.rotation_curve.light.bulge import fit_bulge
from umbra.classical.rotation_curve.light.disc_table import DiscLight, write_disc
from umbra.classical.rotation_curve.light.exponential_disc import (
    MAG_PER_RELATIVE_ERROR,
    MIN_ISOPHOTES,
    Disc,
    fit_disc,
)
from umbra.classical.rotation_curve.light.isophotes import (
    Image,
    Isophotes,
    photutils_isophotes,
    pixel_noise,
)
from umbra.config.photometry import ImagingSettings
from umbra.errors import Rejected
from umbra.faults import plain_reason, unreadable
from umbra.photometry.sdss import NANOMAGGY_ZERO_POINT, sky_nanomaggy
from umbra.tables import write_table

MIN_COVERED_FRACTION = 0.7  # of an ellipse must lie in the image


def measure_light(
    *,
    image: Path,
    realisation: int,
    method: Literal["autoprof", "photutils"],
    imaging: ImagingSettings,
    environment: Path | None,
    folder: Path,
) -> None:
    """Measure the light profile of a galaxy and fit its disc and bulge.

    Parameters
    ----------
    image : Path
        The galaxy's ``photometry/{galaxy}.fits``.
    realisation : int
        Number of the realisation.
    method : {"autoprof", "photutils"}
        Which program fits the isophotes.
    imaging : ImagingSettings
        How the image was made.
    environment : Path or None
        Marker of AutoProf's environment; photutils needs none.
    folder : Path
        Folder for ``light.csv``, ``disc.csv`` and AutoProf's own files.

    Raises
    ------
    Rejected
        If there is no light, or no isophotes or no disc can be fitted.
    InputError
        If the file is not such an image, or AutoProf's environment does not run.
    """
    green, red = (
        read_band(image, realisation=realisation, band=band, imaging=imaging) for band in "gr"
    )
    if method == "photutils":
        measured = photutils_isophotes(green)
    else:
        measured = autoprof_isophotes(green, environment=environment, folder=folder)
    isophotes, light = light_of(measured, green, red, method=method)
    write_light(isophotes, folder / "light.csv")
    write_disc(light, folder / "disc.csv")


def light_of(
    measured: Isophotes, green: Image, red: Image, *, method: Literal["autoprof", "photutils"]
) -> tuple[Isophotes, DiscLight]:
    """Fit disc and bulge to isophotes.

    Parameters
    ----------
    measured : Isophotes
        All isophotes of the g image.
    green, red : Image
        The bands g and r.
    method : {"autoprof", "photutils"}
        Which program fitted the isophotes.

    Returns
    -------
    isophotes : Isophotes
        Those that are used.
    light : DiscLight

    Raises
    ------
    Rejected
        If there is no light, or no disc can be fitted.
    """
    isophotes = usable_isophotes(measured, green)
    disc = fit_disc(isophotes, resolution_arcsec=green.resolution_pixels * green.pixel_arcsec)
    aperture_arcsec = float(isophotes.radius_arcsec[-1])
    colour, colour_error = colour_within(
        green, red, disc=disc, centre=isophotes.centre, radius_arcsec=aperture_arcsec
    )
    bulge = fit_bulge(isophotes, disc)
    return isophotes, DiscLight(method, disc, colour, colour_error, aperture_arcsec, bulge)


def read_band(path: Path, *, realisation: int, band: str, imaging: ImagingSettings) -> Image:
    """Read one band of one realisation, and subtract the mean sky if the image has it.

    Parameters
    ----------
    path : Path
        The galaxy's ``photometry/{galaxy}.fits``.
    realisation : int
        Number of the realisation.
    band : str
        One of `umbra.channels.BANDS`.
    imaging : ImagingSettings
        How the image was made.

    Returns
    -------
    Image
        The band, with its noise as measured.

    Raises
    ------
    Damaged
        If the file has no such image.
    InputError
        If the system does not let it be read.
    """
    try:
        with fits.open(path, memmap=False) as hdus:
            hdu = hdus[f"R{realisation}"]
            flux, pixel_deg = hdu.data[BANDS.index(band)].astype(float), hdu.header["CDELT2"]
    except (OSError, KeyError, IndexError, TypeError, ValueError) as error:
        damaged = (
            f"{path} holds no image of realisation {realisation} in {', '.join(BANDS)}"
            f" ({plain_reason(error)}): remove it and run again."
        )
        raise unreadable(error, path, damaged) from error
    return image_of_band(flux, band=band, pixel_arcsec=3600 * pixel_deg, imaging=imaging)


def image_of_band(
    flux: np.ndarray, *, band: str, pixel_arcsec: float, imaging: ImagingSettings
) -> Image:
    """Return a band as it is measured: without the mean sky if the image has it.

    Parameters
    ----------
    flux : ndarray, shape (y, x)
        Image [nanomaggy/pixel].
    band : str
        One of `umbra.channels.BANDS`.
    pixel_arcsec : float
        Side of a pixel [arcsec].
    imaging : ImagingSettings
        How the image was made.

    Returns
    -------
    Image
        The band, with its noise as measured.
    """
    if imaging.sky == "added":
        sky = imaging.sky_mag_arcsec2[band]
        flux = flux - sky_nanomaggy(band=band, mag_arcsec2=sky, pixel_arcsec=pixel_arcsec)[0]
    return Image(flux, pixel_noise(flux), pixel_arcsec, imaging.seeing_fwhm_arcsec[band])


def usable_isophotes(isophotes: Isophotes, image: Image) -> Isophotes:
    """Leave out the isophotes beyond the first that is too faint or extends beyond the image.

    Parameters
    ----------
    isophotes : Isophotes
        All isophotes that were measured.
    image : Image
        The image in which they were measured.

    Returns
    -------
    Isophotes
        The isophotes within the first whose intensity is below the noise of a pixel, or of which
        less than 70 % lies in the image.

    Raises
    ------
    Rejected
        If too few isophotes are left for a fit.
    """
    limit = image.noise / image.pixel_arcsec**2
    good = np.isfinite(isophotes.intensity) & np.isfinite(isophotes.error)
    good &= (isophotes.intensity > limit) & (_covered(isophotes, image) >= MIN_COVERED_FRACTION)
    last = len(good) if good.all() else int(np.argmin(good))
    if last < MIN_ISOPHOTES:
        raise Rejected(f"only {last} isophotes are brighter than the noise of the sky")
    cut = {name: value[:last] for name, value in vars(isophotes).items() if name != "centre"}
    return Isophotes(**cut, centre=isophotes.centre)


def _covered(isophotes: Isophotes, image: Image) -> np.ndarray:
    """Return the fraction of each ellipse that lies in the image."""
    phase = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    radius = isophotes.radius_arcsec[:, None] / image.pixel_arcsec
    along = radius * np.cos(phase)
    across = radius * (1 - isophotes.ellipticity[:, None]) * np.sin(phase)
    angle = np.radians(isophotes.position_angle_deg + 90)[:, None]
    x = isophotes.centre[0] + along * np.cos(angle) - across * np.sin(angle)
    y = isophotes.centre[1] + along * np.sin(angle) + across * np.cos(angle)
    height, width = image.flux.shape
    return ((abs(x - width / 2 + 0.5) < width / 2) & (abs(y - height / 2 + 0.5) < height / 2)).mean(
        axis=1
    )


def colour_within(
    green: Image,
    red: Image,
    *,
    disc: Disc,
    centre: tuple[float, float],
    radius_arcsec: float,
) -> tuple[float, float]:
    """Return g - r of all light within an ellipse that has the shape of the disc.

    Parameters
    ----------
    green, red : Image
        The bands g and r.
    disc : Disc
        Its ellipticity and position angle are those of the ellipse.
    centre : tuple of float
        x and y of the centre [pixels].
    radius_arcsec : float
        Semi-major axis [arcsec].

    Returns
    -------
    colour, error : float
        Colour, and its error from the noise of both bands [AB mag].

    Raises
    ------
    Rejected
        If a band has no light there.
    """
    y, x = np.indices(green.flux.shape, float)
    x, y = x - centre[0], y - centre[1]
    angle = math.radians(disc.position_angle_deg + 90)
    along = x * math.cos(angle) + y * math.sin(angle)
    across = (y * math.cos(angle) - x * math.sin(angle)) / (1 - disc.ellipticity)
    within = np.hypot(along, across) * green.pixel_arcsec <= radius_arcsec
    light = [float(band.flux[within].sum()) for band in (green, red)]
    if min(light) <= 0:
        raise Rejected("the galaxy has no light in g or in r")
    noise = [band.noise * math.sqrt(within.sum()) for band in (green, red)]
    relative = math.hypot(*(one / flux for one, flux in zip(noise, light, strict=True)))
    return -2.5 * math.log10(light[0] / light[1]), MAG_PER_RELATIVE_ERROR * relative


def write_light(isophotes: Isophotes, path: Path) -> None:
    """Write ``light.csv``, a row for each isophote; numbers have six digits."""
    table = pd.DataFrame(
        {
            "radius_arcsec": isophotes.radius_arcsec,
            "surface_brightness_mag_arcsec2": (
                NANOMAGGY_ZERO_POINT - 2.5 * np.log10(isophotes.intensity)
            ),
            "surface_brightness_error_mag_arcsec2": (
                MAG_PER_RELATIVE_ERROR * isophotes.error / isophotes.intensity
            ),
            "ellipticity": isophotes.ellipticity,
            "position_angle_deg": isophotes.position_angle_deg,
        }
    )
    write_table(table, path, formats=dict.fromkeys(table.columns, ".6g"))

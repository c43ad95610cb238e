"""The light profile of a galaxy: isophotes of its g image, the disc's exponential, its colour.

Isophotes come from AutoProf, or from photutils as a second opinion. They count as far out as they
are brighter than the standard deviation of a pixel of the sky.
"""

import csv
import math
from dataclasses import asdict
from pathlib import Path

import numpy as np
from astropy.io import fits

from umbra.channels import BANDS
from umbra.classical.rotation_curve.light.autoprof import autoprof_isophotes
from umbra.classical.rotation_curve.light.exponential_disc import (
    LEAST_ISOPHOTES,
    MAG_PER_RELATIVE_ERROR,
    Disc,
    fit_disc,
)
from umbra.classical.rotation_curve.light.isophotes import (
    Image,
    Isophotes,
    photutils_isophotes,
    pixel_noise,
)
from umbra.errors import InputError, Rejected
from umbra.files import atomic
from umbra.photometry.sdss import NANOMAGGY_ZERO_POINT, sky_nanomaggy

COVERED = 0.7  # of an ellipse must lie in the image


def measure_light(
    *,
    image: Path,
    realisation: int,
    method: str,
    photometry: dict,
    environment: Path,
    folder: Path,
) -> None:
    """Measure the light profile of a galaxy and fit its disc.

    Parameters
    ----------
    image : Path
        The galaxy's ``photometry/{galaxy}.fits``.
    realisation : int
        Which realisation.
    method : {"autoprof", "photutils"}
        Who fits the isophotes.
    photometry : dict
        This section of the configuration, which says how the image was made.
    environment : Path
        Folder of AutoProf's environment, which is made at first use; only for that method.
    folder : Path
        Gets ``light.csv``, ``disc.csv`` and what AutoProf writes itself.

    Raises
    ------
    Rejected
        If there is no light, or no isophotes or no disc can be fitted.
    InputError
        If the file is not such an image, or AutoProf's environment cannot be made.
    """
    green, red = (
        read_band(image, realisation=realisation, band=band, photometry=photometry) for band in "gr"
    )
    if method == "autoprof":
        isophotes = autoprof_isophotes(green, environment=environment, folder=folder)
    elif method == "photutils":
        isophotes = photutils_isophotes(green)
    else:
        raise InputError(f"The light profile's method is {method!r}: autoprof or photutils.")
    isophotes = usable(isophotes, green)
    disc = fit_disc(isophotes, resolution_arcsec=green.resolution_pixels * green.pixel_arcsec)
    aperture_arcsec = float(isophotes.radius_arcsec[-1])
    colour, colour_error = colour_within(
        green, red, disc=disc, centre=isophotes.centre, radius_arcsec=aperture_arcsec
    )
    row = {"method": method} | asdict(disc)
    row |= {"colour_g_r_mag": colour, "colour_g_r_error_mag": colour_error}
    row |= {"aperture_arcsec": aperture_arcsec}
    _write(folder / "light.csv", _profile_rows(isophotes))
    _write(folder / "disc.csv", [row])


def read_band(path: Path, *, realisation: int, band: str, photometry: dict) -> Image:
    """Read one band of one realisation, and take the mean sky away if it is there.

    Parameters
    ----------
    path : Path
        The galaxy's ``photometry/{galaxy}.fits``.
    realisation : int
        Which realisation.
    band : str
        One of u, g, r, i, z.
    photometry : dict
        This section of the configuration.

    Returns
    -------
    Image
        With the noise that is measured in it.

    Raises
    ------
    InputError
        If the file does not hold that realisation.
    """
    try:
        with fits.open(path, memmap=False) as hdus:
            hdu = hdus[f"R{realisation}"]
            flux, pixel_deg = hdu.data[BANDS.index(band)].astype(float), hdu.header["CDELT2"]
    except (OSError, KeyError, IndexError, TypeError, ValueError) as error:
        raise InputError(
            f"{path} holds no image of realisation {realisation} in u, g, r, i, z ({error}): "
            "remove it"
            " and run again."
        ) from None
    pixel_arcsec = 3600 * pixel_deg
    if photometry["sky"] == "added":
        sky = photometry["sky_mag_arcsec2"][band]
        flux -= sky_nanomaggy(band=band, mag_arcsec2=sky, pixel_arcsec=pixel_arcsec)[0]
    seeing = photometry["seeing_fwhm_arcsec"][band]
    return Image(flux, pixel_noise(flux), pixel_arcsec, seeing)


def usable(isophotes: Isophotes, image: Image) -> Isophotes:
    """Return the isophotes from the resolution out to where sky or edge ends them.

    Parameters
    ----------
    isophotes : Isophotes
        As measured.
    image : Image
        Where they were measured.

    Returns
    -------
    Isophotes
        Up to the last before the intensity is below the noise of a pixel, or less than 70 % of an
        ellipse lies in the image.

    Raises
    ------
    Rejected
        If too few are left for a fit.
    """
    limit = image.noise / image.pixel_arcsec**2
    good = np.isfinite(isophotes.intensity) & np.isfinite(isophotes.error)
    good &= (isophotes.intensity > limit) & (_covered(isophotes, image) >= COVERED)
    last = len(good) if good.all() else int(np.argmin(good))
    if last < LEAST_ISOPHOTES:
        raise Rejected(f"only {last} isophotes are brighter than the noise of the sky")
    cut = {name: value[:last] for name, value in vars(isophotes).items() if name != "centre"}
    return Isophotes(**cut, centre=isophotes.centre)


def _covered(isophotes: Isophotes, image: Image) -> np.ndarray:
    """Return how much of each ellipse lies in the image, 0 to 1."""
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
    """Return g - r of all light within an ellipse of the disc's shape.

    Parameters
    ----------
    green, red : Image
        The bands g and r.
    disc : Disc
        Its ellipticity and position angle are used.
    centre : tuple of float
        x and y [pixels].
    radius_arcsec : float
        Semi-major axis [arcsec].

    Returns
    -------
    colour, error : float
        And what the noise of both bands does to it [AB mag].

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


def _profile_rows(isophotes: Isophotes) -> list[dict[str, float]]:
    brightness = NANOMAGGY_ZERO_POINT - 2.5 * np.log10(isophotes.intensity)
    error = MAG_PER_RELATIVE_ERROR * isophotes.error / isophotes.intensity
    columns = {
        "radius_arcsec": isophotes.radius_arcsec,
        "surface_brightness_mag_arcsec2": brightness,
        "surface_brightness_error_mag_arcsec2": error,
        "ellipticity": isophotes.ellipticity,
        "position_angle_deg": isophotes.position_angle_deg,
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _write(path: Path, rows: list[dict]) -> None:
    with atomic(path) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        for row in rows:
            numbers = {k: f"{v:.6g}" for k, v in row.items() if not isinstance(v, str)}
            writer.writerow(row | numbers)

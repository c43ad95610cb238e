"""Optical images of a galaxy as the survey of the training would show them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.wcs import WCS

from umbra.config.observed import StarsInFront
from umbra.config.photometry import Band, ImagingSettings
from umbra.constants import FWHM_PER_SIGMA
from umbra.errors import Damaged, InputError
from umbra.faults import plain_reason, unreadable
from umbra.hi.beams import convolved
from umbra.observed.coverage import WHOLE_FIELD, centre_in
from umbra.observed.moving import Placement
from umbra.observed.optical_units import nanomaggy_per_arcsec2
from umbra.observed.planes import celestial_wcs, read_plane
from umbra.observed.resampling import averaged, pixel_arcsec
from umbra.observed.sky import measure_sky, white_noise_rms
from umbra.observed.stars import without_stars
from umbra.observed.training_images import WORTH_A_NOTE
from umbra.photometry.sdss import sky_nanomaggy

_PSF_CARDS = ("PSF_FWHM", "PSFFWHM", "SEEING", "FWHM")  # [arcsec]


@dataclass(frozen=True)
class OpticalImage:
    """An image of the sky.

    Parameters
    ----------
    nanomaggy_arcsec2 : ndarray, shape (y, x)
        Surface brightness [nanomaggy/arcsec2]. Blank pixels are NaN.
    wcs : astropy.wcs.WCS
        Its coordinates.
    psf_fwhm_arcsec : float or None
        FWHM of the PSF [arcsec], if it is known.
    """

    nanomaggy_arcsec2: np.ndarray
    wcs: WCS
    psf_fwhm_arcsec: float | None


def read_optical_image(
    path: Path,
    *,
    unit: str | None = None,
    zero_point_mag: float | None = None,
    psf_fwhm_arcsec: float | None = None,
) -> OpticalImage:
    """Read an optical image.

    Parameters
    ----------
    path : Path
        FITS file, whose first image of two axes is read.
    unit : str, optional
        Unit of the values, in place of BUNIT.
    zero_point_mag : float, optional
        AB magnitude of one count, in place of the header's.
    psf_fwhm_arcsec : float, optional
        FWHM of the PSF [arcsec], in place of the header's.

    Raises
    ------
    Damaged
        If the file is no such image, all its pixels are blank, it has no coordinates, or its unit
        is not known.
    InputError
        If the system does not let it be read.
    """
    try:
        values, header = read_plane(path)
        wcs = celestial_wcs(header)
        scale = nanomaggy_per_arcsec2(
            header,
            pixel_arcsec2=pixel_arcsec(wcs) ** 2,
            unit=unit,
            zero_point_mag=zero_point_mag,
        )
        if not np.isfinite(values).any():
            raise Damaged("all its pixels are blank (NaN); give another file.")
    except InputError as error:
        raise type(error)(f"{path}: {error}") from error
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        damaged = f"{path} is not an image ({plain_reason(error)}); give a FITS file of one."
        raise unreadable(error, path, damaged) from error
    cards = (header.get(card) for card in _PSF_CARDS)
    stated = next((value for value in cards if isinstance(value, int | float) and value > 0), None)
    return OpticalImage(scale * values, wcs, psf_fwhm_arcsec or stated)


def optical_channel(
    image: OpticalImage,
    *,
    band: Band,
    placement: Placement,
    imaging: ImagingSettings,
    stars: StarsInFront,
    subtract_sky: bool | None,
    rng: np.random.Generator,
) -> tuple[np.ndarray, list[str]]:
    """Return an image as the survey of the training shows it.

    Parameters
    ----------
    image : OpticalImage
    band : {"u", "g", "r", "i", "z"}
    placement : Placement
        The grid of the training, and where it is.
    imaging : ImagingSettings
        PSF and sky of the training.
    stars : {"keep", "mask", "inpaint"}
        What is done with stars in front of the galaxy.
    subtract_sky : bool or None
        Whether the level of the sky is subtracted; None: if it is too bright for a galaxy's light.
    rng : numpy.random.Generator
        Draws the noise that is added, and that of pixels beyond the image.

    Returns
    -------
    image : ndarray, shape (pixels, pixels)
        [nanomaggy] in a pixel.
    notes : list of str
        What is unlike the training.

    Raises
    ------
    Damaged
        If the galaxy is not within the image, or goes on beyond it.
    """
    centre = centre_in(image.nanomaggy_arcsec2.shape, image.wcs, placement)
    sky = measure_sky(image.nanomaggy_arcsec2, image.wcs, subtract=subtract_sky)
    values = image.nanomaggy_arcsec2 - sky.level
    side = pixel_arcsec(image.wcs)
    wanted = imaging.seeing_fwhm_arcsec[band] * placement.sky_scale
    psf = image.psf_fwhm_arcsec or wanted
    values, found = without_stars(values, centre=centre, fwhm_pixels=psf / side, stars=stars)
    values = _with_psf(values, image.wcs, psf, wanted)
    plane = averaged(values, image.wcs, placement) * placement.grid.pixel_arcsec**2
    share = np.isfinite(plane).mean()
    if sky.goes_on and share < WHOLE_FIELD:
        raise Damaged(
            "the galaxy is larger than the image; give one that holds it and some sky around it,"
            " or, if it is sky at the edge of the image, sky: subtract in the table."
        )
    mean, variance = sky_nanomaggy(
        band=band,
        mag_arcsec2=imaging.sky_mag_arcsec2[band],
        pixel_arcsec=placement.grid.pixel_arcsec,
    )
    if imaging.sky == "none":
        mean = variance = 0.0
    plane, rms_ratio = with_noise(plane, np.sqrt(variance), rng)
    notes = _notes(share, psf / wanted, rms_ratio)
    if sky.level:
        notes.append(f"a sky of {sky.level:.4g} nanomaggy/arcsec2 is subtracted.")
    if stars != "keep":
        done = "masked" if stars == "mask" else "inpainted"
        notes.append(f"{found} stars in front of the galaxy are {done}.")
    return plane + (mean if imaging.sky == "added" else 0.0), [f"{band}: {note}" for note in notes]


def _with_psf(values: np.ndarray, wcs: WCS, psf_arcsec: float, wanted_arcsec: float) -> np.ndarray:
    """Convolve an image with a Gaussian, so that it has a wanted PSF, unless its own is broader."""
    if psf_arcsec >= wanted_arcsec:
        return values
    valid = np.isfinite(values)
    added = (wanted_arcsec**2 - psf_arcsec**2) / FWHM_PER_SIGMA**2 * np.eye(2)
    matrix = wcs.pixel_scale_matrix * 3600
    blurred, share = (
        convolved(plane, added, matrix)
        for plane in (np.where(valid, values, 0), valid.astype(float))
    )
    return np.where(valid, blurred / np.maximum(share, 1e-3), np.nan)


def with_noise(
    plane: np.ndarray, wanted_rms: float, rng: np.random.Generator
) -> tuple[np.ndarray, float]:
    """Bring the noise of an image to a wanted one, if it is lower; fill blank pixels with noise.

    Parameters
    ----------
    plane : ndarray, shape (y, x)
        Blank pixels are NaN.
    wanted_rms : float
        In the unit of the image.
    rng : numpy.random.Generator

    Returns
    -------
    plane : ndarray, shape (y, x)
    ratio : float
        The noise that the image had, over the wanted one; 0 if none is wanted.
    """
    rms = white_noise_rms(plane)
    noise = rng.standard_normal(plane.shape)
    added = np.sqrt(max(wanted_rms**2 - rms**2, 0)) * noise
    filled = np.where(np.isfinite(plane), plane + added, wanted_rms * noise)
    return filled, rms / wanted_rms if wanted_rms else 0.0


def _notes(share: float, psf_ratio: float, rms_ratio: float) -> list[str]:
    notes = []
    if share < WHOLE_FIELD:
        notes.append(f"the image covers {100 * share:.0f} % of the field; the rest is empty sky.")
    if psf_ratio > WORTH_A_NOTE:
        notes.append(f"the PSF is {psf_ratio:.2g} times as broad as the training's.")
    if rms_ratio > WORTH_A_NOTE:
        notes.append(f"the noise is {rms_ratio:.2g} times that of the training's images.")
    return notes

"""SDSS images from the images of the radiative transfer: bands, seeing, sky noise, nanomaggies.

Bands. Images on the ``bands`` grid are averages over the SDSS bands already. Spectra on the ``log``
grid are averaged here, as AB magnitudes are defined (Fukugita et al. 1996, equation 7), with the
response R per photon that the embedded engine has for its bands (`umbra.skirt_engine.sampling`)::

    F = integral F_nu R d ln(lambda) / integral R d ln(lambda)

Seeing. The PSF is a Gaussian that is narrower than a pixel: see `psf_matrix`.

Sky. The noise is the photon noise of a sky of brightness mu [mag/arcsec2] in one SDSS exposure of
53.9 s. The counts n of an SDSS frame have the variance n / gain (SDSS data model of ``frame``), and
one count is c nanomaggies. One nanomaggy is therefore gain / c electrons, and a pixel of area A
[arcsec2] has::

    sky = 10^(0.4 (22.5 - mu)) A            [nanomaggy]
    variance = sky / (gain / c)             [nanomaggy^2]

c and gain are averages over all fields of SDSS (columns ``nMgyPerCount`` and ``gain`` of its table
``Field``). They include the exposure time, the telescope, the detectors and the mean extinction.
As in the paper, the sky is the only source of noise. Dark current and readout, which would add 4 %
(r) to 71 % (u) to the variance, are left out, and so is the photon noise of the galaxy. The draws
are Gaussian, because a pixel of 8" contains more than 1e4 electrons of the sky even in u.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from astropy.io import fits

from umbra.channels import BANDS
from umbra.config.observation import ImageSettings
from umbra.config.photometry import Band, ImagingSettings
from umbra.constants import FWHM_PER_SIGMA, NANOMAGGY_JY
from umbra.errors import InputError
from umbra.faults import plain_reason, unreadable
from umbra.files import atomic
from umbra.observation.realisations import draw_realisations
from umbra.observation.sky_grid import SkyGrid
from umbra.photometry.radiative_transfer import resource_folder
from umbra.photometry.ski_template import GRID_PLANES
from umbra.seeds import Stage, generator
from umbra.skirt_engine.sampling import transmission

NANOMAGGY_ZERO_POINT = 22.5
NANOMAGGY_PER_COUNT: dict[Band, float] = {
    "u": 0.0102,
    "g": 0.0038,
    "r": 0.0051,
    "i": 0.0067,
    "z": 0.0329,
}
ELECTRONS_PER_COUNT: dict[Band, float] = {"u": 1.71, "g": 3.85, "r": 4.73, "i": 4.94, "z": 4.62}


def observe_galaxy(
    *,
    frames: list[Path],
    seed: int,
    galaxy: int,
    observation: ImageSettings,
    photometry: ImagingSettings,
    skirt_resources: str | Path | None,
    output: Path,
) -> None:
    """Make SDSS images of a galaxy from the images of the radiative transfer.

    Parameters
    ----------
    frames : list of Path
        SKIRT's ``galaxy_r{k}_total.fits`` of each realisation, in order: arrays [wavelength, y, x]
        in MJy/sr.
    seed : int
        The run's seed.
    galaxy : int
        Subhalo id.
    observation : ImageSettings
        How the galaxy is observed.
    photometry : ImagingSettings
        Seeing and sky.
    skirt_resources : str, Path or None
        SKIRT's resource folder, from whose responses spectra are then averaged over the bands.
    output : Path
        FITS file with one image ``R{k}`` for each realisation: shape (5, pixels, pixels), bands u,
        g, r, i, z, in nanomaggies per pixel.

    Raises
    ------
    InputError
        If a frame does not fit this configuration, or there is no such resource folder.
    """
    resources = resource_folder(skirt_resources)
    grid = SkyGrid.from_settings(observation)
    hdus = fits.HDUList([fits.PrimaryHDU()])
    hdus[0].header["GALAXY"] = galaxy
    realisations = draw_realisations(seed=seed, galaxy=galaxy, settings=observation)
    for realisation, frame in zip(realisations, frames, strict=True):
        bands = read_bands(
            frame,
            instrument_grid=photometry.instrument_grid,
            grid=grid,
            skirt_resources=resources,
        )
        image = observe_sdss(
            bands,
            grid=grid,
            seeing_fwhm_arcsec=photometry.seeing_fwhm_arcsec,
            sky_mag_arcsec2=photometry.sky_mag_arcsec2,
            sky=photometry.sky,
            rng=generator(seed, Stage.SKY, galaxy, realisation.number),
        )
        hdu = fits.ImageHDU(image.astype(np.float32), name=f"R{realisation.number}")
        hdu.header.update(grid.wcs_header(realisation))
        hdu.header["BANDS"] = "".join(BANDS)
        hdu.header["BUNIT"] = "nanomaggy"
        hdus.append(hdu)
    with atomic(output) as temporary:
        hdus.writeto(temporary)


def observe_sdss(
    surface_brightness_mjy_sr: np.ndarray,
    *,
    grid: SkyGrid,
    seeing_fwhm_arcsec: Mapping[Band, float],
    sky_mag_arcsec2: Mapping[Band, float],
    sky: Literal["subtracted", "added", "none"],
    rng: np.random.Generator,
) -> np.ndarray:
    """Add seeing and sky to ideal images.

    Parameters
    ----------
    surface_brightness_mjy_sr : ndarray, shape (5, pixels, pixels)
        Bands u, g, r, i, z [MJy/sr].
    grid : SkyGrid
        The pixels.
    seeing_fwhm_arcsec, sky_mag_arcsec2 : mapping of str to float
        FWHM of the PSF [arcsec] and brightness of the sky [AB mag/arcsec2] in each band.
    sky : {"subtracted", "added", "none"}
        Noise of the sky without its mean, noise with the mean, or no sky at all.
    rng : numpy.random.Generator
        Draws the noise.

    Returns
    -------
    ndarray, shape (5, pixels, pixels)
        Nanomaggies per pixel.
    """
    image = surface_brightness_mjy_sr * (1e6 * grid.pixel_sr / NANOMAGGY_JY)
    for plane, band in zip(image, BANDS, strict=True):
        matrix = psf_matrix(
            fwhm_arcsec=seeing_fwhm_arcsec[band],
            pixel_arcsec=grid.pixel_arcsec,
            pixels=grid.pixels,
        )
        plane[:] = matrix @ plane @ matrix.T
        if sky == "none":
            continue
        mean, variance = sky_nanomaggy(
            band=band, mag_arcsec2=sky_mag_arcsec2[band], pixel_arcsec=grid.pixel_arcsec
        )
        plane += rng.normal(mean if sky == "added" else 0, math.sqrt(variance), plane.shape)
    return image


def sky_nanomaggy(*, band: Band, mag_arcsec2: float, pixel_arcsec: float) -> tuple[float, float]:
    """Return the flux of the sky in a pixel and its variance, in one SDSS exposure.

    The formula is that of the module's docstring.

    Parameters
    ----------
    band : {"u", "g", "r", "i", "z"}
        The SDSS band.
    mag_arcsec2 : float
        Brightness of the sky [AB mag/arcsec2].
    pixel_arcsec : float
        Side of the pixel [arcsec].

    Returns
    -------
    mean : float
        Flux [nanomaggy].
    variance : float
        Variance of its photon noise [nanomaggy^2].
    """
    mean = 10 ** (0.4 * (NANOMAGGY_ZERO_POINT - mag_arcsec2)) * pixel_arcsec**2
    electrons_per_nanomaggy = ELECTRONS_PER_COUNT[band] / NANOMAGGY_PER_COUNT[band]
    return mean, mean / electrons_per_nanomaggy


def psf_matrix(*, fwhm_arcsec: float, pixel_arcsec: float, pixels: int) -> np.ndarray:
    """Return the matrix that blurs one axis of an image of pixel sums with a Gaussian PSF.

    The seeing can be far smaller than a pixel. A Gaussian sampled at the centres of pixels, or
    integrated over pixels, then does not blur at all. If the light of a pixel is first spread
    evenly over the pixel, the blur is ten times too strong, because a real galaxy has no steps at
    the edges of pixels. The discrete Gaussian exp(-t) I_n(t) with t = (sigma / pixel)^2 has the
    variance sigma^2 for any sigma, and equals a Gaussian for a large sigma. Light that leaves the
    image is mirrored back, as if the surroundings were as bright as the edge; this conserves flux.

    Parameters
    ----------
    fwhm_arcsec : float
        Full width at half maximum of the PSF [arcsec].
    pixel_arcsec : float
        Side of a pixel [arcsec].
    pixels : int
        Pixels along the axis.

    Returns
    -------
    ndarray, shape (pixels, pixels)
        ``matrix @ image @ matrix.T`` is the blurred image.

    References
    ----------
    Lindeberg 1990, IEEE PAMI 12, 234, derives the kernel and shows that it is discrete diffusion.
    The matrix is built from the modes of diffusion without flux through the edges, which are
    cosines.
    """
    variance = (fwhm_arcsec / FWHM_PER_SIGMA / pixel_arcsec) ** 2
    wavenumber = np.pi * np.arange(pixels) / pixels
    modes = np.cos(np.outer(np.arange(pixels) + 0.5, wavenumber))
    modes /= np.linalg.norm(modes, axis=0)
    matrix = modes * np.exp(variance * (np.cos(wavenumber) - 1)) @ modes.T
    # Rounding errors would spread a bright centre over the empty sky.
    return np.where(matrix > 1e-14, matrix, 0)


def read_bands(
    frame: Path, *, instrument_grid: str, grid: SkyGrid, skirt_resources: Path | None = None
) -> np.ndarray:
    """Read an image of the radiative transfer as averages over the bands.

    Parameters
    ----------
    frame : Path
        SKIRT's ``*_total.fits``.
    instrument_grid : {"bands", "log"}
        Whether the image's planes are the five bands or a spectrum.
    grid : SkyGrid
        The pixels that the image must have.
    skirt_resources : Path, optional
        As in `band_averages`.

    Returns
    -------
    ndarray, shape (5, pixels, pixels)
        Band-averaged surface brightness [MJy/sr].

    Raises
    ------
    InputError
        If the file is not such an image.
    """
    try:
        with fits.open(frame, memmap=False) as hdus:
            cube, unit = hdus[0].data, hdus[0].header.get("BUNIT")
            wavelength_micron = np.array(hdus[1].data["GRID_POINTS"])
    except (OSError, IndexError, KeyError, TypeError, ValueError) as error:
        damaged = (
            f"{frame} is not a complete image of SKIRT ({plain_reason(error)}): remove it and run"
            " again."
        )
        raise unreadable(error, frame, damaged) from error
    planes = GRID_PLANES[instrument_grid]
    if np.shape(cube) != (planes, grid.pixels, grid.pixels) or unit != "MJy/sr":
        raise InputError(
            f"{frame} has shape {np.shape(cube)} and unit {unit}. observation.pixels and"
            f" photometry.instrument_grid require {planes} planes of {grid.pixels} x {grid.pixels}"
            " pixels in MJy/sr: remove the file and run again."
        )
    cube = cube.astype(float)
    if instrument_grid == "bands":
        return cube
    return band_averages(cube, wavelength_micron, skirt_resources=skirt_resources)


def band_averages(
    flux_density: np.ndarray, wavelength_micron: np.ndarray, *, skirt_resources: Path | None = None
) -> np.ndarray:
    """Average spectra over the SDSS bands, as AB magnitudes are defined.

    Parameters
    ----------
    flux_density : ndarray, shape (wavelengths, ...)
        F_nu, or a surface brightness per frequency.
    wavelength_micron : ndarray, shape (wavelengths,)
        Increasing wavelengths [micron].
    skirt_resources : Path, optional
        SKIRT's resource folder, if its responses are to be taken.

    Returns
    -------
    ndarray, shape (5, ...)
        Averages in u, g, r, i, z in the unit of `flux_density`.
    """
    weights = []
    for band in BANDS:
        table_a, transmitted = transmission(band, skirt_resources)
        response = np.interp(
            1e4 * wavelength_micron, table_a, transmitted / table_a, left=0, right=0
        )
        weight = response * np.gradient(np.log(wavelength_micron))
        weights.append(weight / weight.sum())
    return np.tensordot(weights, flux_density, axes=1)

"""What SDSS makes of the radiative transfer's images: bands, seeing, sky noise, nanomaggies.

Bands. Frames of the ``bands`` grid hold band-averaged flux densities already. Spectra of the
``log`` grid are averaged here as AB magnitudes are defined (Fukugita et al. 1996, equation 7), with
the response R per photon of Doi et al. (2010, table 4; airmass 1.3)::

    F = integral F_nu R d ln(lambda) / integral R d ln(lambda)

Seeing. A Gaussian that is narrower than a pixel: see `psf_matrix`.

Sky. Photon noise of the sky's brightness mu [mag/arcsec2] in SDSS's single exposure of 53.9 s.
A frame's counts n have the variance n / gain (SDSS data model of ``frame``), and a count is
c nanomaggies, so one nanomaggy is gain / c electrons, and a pixel of area A [arcsec2] has::

    sky = 10^(0.4 (22.5 - mu)) A            [nanomaggy]
    variance = sky / (gain / c)             [nanomaggy^2]

c and gain are averages over all fields of SDSS (columns ``nMgyPerCount`` and ``gain`` of its table
``Field``); exposure time, telescope, detectors and mean extinction are all in them. Dark current
and readout, which would add 4 % (r) to 71 % (u) to the variance, are left out, and so is the photon
noise of the galaxy: as in the paper, the sky is all that makes noise. The draws are Gaussian, for
even in u a pixel of 8" holds more than 1e4 electrons of the sky.
"""

import math
from pathlib import Path

import numpy as np
from astropy.io import fits

from umbra.constants import FWHM_PER_SIGMA, NANOMAGGY_JY
from umbra.errors import InputError
from umbra.files import atomic
from umbra.observation.realisations import draw_realisations
from umbra.observation.sky_grid import SkyGrid
from umbra.photometry.ski_template import GRID_PLANES
from umbra.seeds import Stage, generator

BANDS = "ugriz"
NANOMAGGY_ZERO_POINT = 22.5
NANOMAGGY_PER_COUNT = {"u": 0.0102, "g": 0.0038, "r": 0.0051, "i": 0.0067, "z": 0.0329}
ELECTRONS_PER_COUNT = {"u": 1.71, "g": 3.85, "r": 4.73, "i": 4.94, "z": 4.62}


def observe_galaxy(
    *,
    frames: list[Path],
    seed: int,
    galaxy: int,
    observation: dict,
    photometry: dict,
    output: Path,
) -> None:
    """Turn the radiative transfer's images of a galaxy into SDSS images.

    Parameters
    ----------
    frames : list of Path
        SKIRT's ``galaxy_r{k}_total.fits`` of each realisation, in order: [wavelength, y, x] in
        MJy/sr.
    seed : int
        The run's seed.
    galaxy : int
        Subhalo id.
    observation, photometry : dict
        These sections of the configuration.
    output : Path
        FITS file with an image ``R{k}`` of shape (5, pixels, pixels) a realisation: bands u, g, r,
        i, z, in nanomaggies a pixel.

    Raises
    ------
    InputError
        If a frame is not what the radiative transfer of this configuration writes.
    """
    grid = SkyGrid(observation["pixels"], observation["field_of_view_arcmin"])
    hdus = fits.HDUList([fits.PrimaryHDU()])
    hdus[0].header["GALAXY"] = galaxy
    galaxy_realisations = draw_realisations(seed=seed, galaxy=galaxy, **observation)
    for realisation, frame in zip(galaxy_realisations, frames, strict=True):
        bands = read_bands(frame, instrument_grid=photometry["instrument_grid"], grid=grid)
        image = observe_sdss(
            bands,
            grid=grid,
            seeing_fwhm_arcsec=photometry["seeing_fwhm_arcsec"],
            sky_mag_arcsec2=photometry["sky_mag_arcsec2"],
            sky=photometry["sky"],
            rng=generator(seed, Stage.SKY, galaxy, realisation.number),
        )
        hdu = fits.ImageHDU(image.astype(np.float32), name=f"R{realisation.number}")
        hdu.header.update(grid.wcs_header(realisation))
        hdu.header["BANDS"] = BANDS
        hdu.header["BUNIT"] = "nanomaggy"
        hdus.append(hdu)
    with atomic(output) as temporary:
        hdus.writeto(temporary)


def observe_sdss(
    surface_brightness_mjy_sr: np.ndarray,
    *,
    grid: SkyGrid,
    seeing_fwhm_arcsec: dict[str, float],
    sky_mag_arcsec2: dict[str, float],
    sky: str,
    rng: np.random.Generator,
) -> np.ndarray:
    """Add seeing and sky to ideal images.

    Parameters
    ----------
    surface_brightness_mjy_sr : (5, pixels, pixels) ndarray
        Bands u, g, r, i, z [MJy/sr].
    grid : SkyGrid
        The pixels.
    seeing_fwhm_arcsec, sky_mag_arcsec2 : dict
        FWHM of the PSF [arcsec] and brightness of the sky [mag/arcsec2] in each band.
    sky : {"subtracted", "added", "none"}
        Noise of the sky without its mean, with its mean, or no sky at all.
    rng : numpy.random.Generator
        Where the noise comes from.

    Returns
    -------
    (5, pixels, pixels) ndarray
        Nanomaggies a pixel.
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


def sky_nanomaggy(*, band: str, mag_arcsec2: float, pixel_arcsec: float) -> tuple[float, float]:
    """Return what the sky gives to a pixel in one SDSS exposure; the formula is the module's.

    Parameters
    ----------
    band : str
        One of u, g, r, i, z.
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

    Seeing can be far smaller than a pixel. A Gaussian at pixel centres, or its integral over
    pixels, is then no blur at all, and with light spread evenly over the pixel it comes from it is
    ten times too much, for a galaxy does not step from pixel to pixel. The discrete Gaussian
    exp(-t) I_n(t) with t = (sigma / pixel)^2 has the variance sigma^2 however small that is, and
    is a Gaussian where it is large. What leaves the image is mirrored back, as though the
    surroundings shone like the edge: flux is conserved.

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
    (pixels, pixels) ndarray
        ``matrix @ image @ matrix.T`` is the blurred image.

    References
    ----------
    Lindeberg 1990, IEEE PAMI 12, 234: the kernel, and that it is discrete diffusion. The matrix is
    made from the modes of that, which are cosines in an image without flux through its edges.
    """
    variance = (fwhm_arcsec / FWHM_PER_SIGMA / pixel_arcsec) ** 2
    wavenumber = np.pi * np.arange(pixels) / pixels
    modes = np.cos(np.outer(np.arange(pixels) + 0.5, wavenumber))
    modes /= np.linalg.norm(modes, axis=0)
    matrix = modes * np.exp(variance * (np.cos(wavenumber) - 1)) @ modes.T
    # Rounding would spread a bright centre over the empty sky.
    return np.where(matrix > 1e-14, matrix, 0)


def read_bands(frame: Path, *, instrument_grid: str, grid: SkyGrid) -> np.ndarray:
    """Read one of the radiative transfer's images as band averages.

    Parameters
    ----------
    frame : Path
        SKIRT's ``*_total.fits``.
    instrument_grid : {"bands", "log"}
        Whether its planes are the five bands or a spectrum.
    grid : SkyGrid
        Pixels that it should have.

    Returns
    -------
    (5, pixels, pixels) ndarray
        Band-averaged surface brightness [MJy/sr].

    Raises
    ------
    InputError
        If it is no such file.
    """
    try:
        with fits.open(frame, memmap=False) as hdus:
            cube, unit = hdus[0].data, hdus[0].header.get("BUNIT")
            wavelength_micron = np.array(hdus[1].data["GRID_POINTS"])
    except (OSError, IndexError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{frame} is not a whole image as SKIRT writes it ({error}): remove it and run again."
        ) from None
    planes = GRID_PLANES[instrument_grid]
    if np.shape(cube) != (planes, grid.pixels, grid.pixels) or unit != "MJy/sr":
        raise InputError(
            f"{frame} has shape {np.shape(cube)} and unit {unit}, not {planes} planes of"
            f" {grid.pixels} x {grid.pixels} pixels in MJy/sr as observation.pixels and"
            " photometry.instrument_grid ask for: remove it and run again."
        )
    cube = cube.astype(float)
    return cube if instrument_grid == "bands" else band_averages(cube, wavelength_micron)


def band_averages(flux_density: np.ndarray, wavelength_micron: np.ndarray) -> np.ndarray:
    """Average spectra over the SDSS bands, as AB magnitudes are defined.

    Parameters
    ----------
    flux_density : (wavelengths, ...) ndarray
        F_nu, or a surface brightness per frequency.
    wavelength_micron : (wavelengths,) ndarray
        Increasing wavelengths [micron].

    Returns
    -------
    (5, ...) ndarray
        Averages in u, g, r, i, z in the unit of `flux_density`.
    """
    import speclite.filters  # costs as much as all else, and the default grid needs none of it

    weights = []
    for band in BANDS:
        response = speclite.filters.load_filter(f"sdss2010-{band}")
        weight = np.interp(
            wavelength_micron, response.wavelength / 1e4, response.response, left=0, right=0
        ) * np.gradient(np.log(wavelength_micron))
        weights.append(weight / weight.sum())
    return np.tensordot(weights, flux_density, axes=1)

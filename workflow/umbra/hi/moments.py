"""Moment maps of HI cubes: how much gas, how fast it recedes, how widely its velocities spread.

A voxel counts where it is reliably part of a source: where the cube, smoothed to twice the beam,
is above a multiple of its own noise in consecutive channels, as in THINGS (Walter et al. 2008).
Without the second condition noise is sprinkled all over a map of 64 channels, for one voxel in 740
exceeds 3 sigma. A pixel counts where the intensity, the sum over such voxels, reaches a limit.
Nothing here needs MARTINI or SciPy, whose imports would cost more than the work.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits

from umbra.errors import InputError
from umbra.files import atomic
from umbra.units import FWHM_PER_SIGMA, HI_COLUMN_DENSITY_CM2, SIGMA_PER_MEDIAN_DEVIATION

COPIED_CARDS = (
    *("GALAXY", "REALISAT", "DISTMPC", "NOISERMS", "BMAJ", "BMIN", "BPA", "SPECSYS", "RESTFRQ"),
    *(f"{card}{axis}" for axis in (1, 2) for card in ("CTYPE", "CUNIT", "CRPIX", "CRVAL", "CDELT")),
)


@dataclass(frozen=True)
class Cube:
    """An HI cube.

    Parameters
    ----------
    flux_jy_beam : ndarray, shape (channels, y, x)
        Flux density [Jy/beam].
    velocity_km_s : ndarray, shape (channels,)
        Centres of the channels [km/s], evenly spaced.
    beam_fwhm_arcsec : tuple of float
        Major and minor FWHM of the beam [arcsec].
    pixel_arcsec : tuple of float
        Height (y) and width (x) of a pixel [arcsec].
    header : astropy.io.fits.Header
        As in the file.
    """

    flux_jy_beam: np.ndarray
    velocity_km_s: np.ndarray
    beam_fwhm_arcsec: tuple[float, float]
    pixel_arcsec: tuple[float, float]
    header: fits.Header

    @property
    def channel_width_km_s(self) -> float:
        """Width of a channel [km/s]."""
        return abs(float(self.velocity_km_s[1] - self.velocity_km_s[0]))

    @property
    def pixels_per_beam(self) -> float:
        """Solid angle of the beam in pixels."""
        beam_arcsec2 = np.pi / (4 * np.log(2)) * np.prod(self.beam_fwhm_arcsec)
        return float(beam_arcsec2 / np.prod(self.pixel_arcsec))


@dataclass(frozen=True)
class Line:
    """The integrated line of a galaxy.

    Parameters
    ----------
    flux_jy_km_s : float
        Integrated flux [Jy km/s].
    w50_km_s, w20_km_s : float
        Widths at 50 and 20 % of the peak [km/s]; 0 without emission.
    centre_km_s : float
        Middle of the width at 20 % [km/s].
    """

    flux_jy_km_s: float
    w50_km_s: float
    w20_km_s: float
    centre_km_s: float


def read_cube(path: Path) -> Cube:
    """Read a cube whose third FITS axis is velocity; blank voxels become 0.

    Raises
    ------
    InputError
        If the file is no such cube.
    """
    try:
        with fits.open(path) as hdus:
            header, data = hdus[0].header, np.asarray(hdus[0].data, dtype=float)
        metres = header["CUNIT3"].strip() == "m/s"
        channel = np.arange(1, header["NAXIS3"] + 1) - header["CRPIX3"]
        velocity = (header["CRVAL3"] + header["CDELT3"] * channel) * (1e-3 if metres else 1)
        beam = (header["BMAJ"] * 3600, header["BMIN"] * 3600)
        pixel = (abs(header["CDELT2"]) * 3600, abs(header["CDELT1"]) * 3600)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{path} is not an HI cube with a velocity axis and a beam ({error}): remove it, so "
            "that it is made again."
        ) from error
    return Cube(np.nan_to_num(data), velocity, beam, pixel, header)


def emission(cube: Cube, *, clip_sigma: float) -> np.ndarray:
    """Return which voxels count as emission.

    Parameters
    ----------
    cube : Cube
        The cube.
    clip_sigma : float
        Threshold in units of the rms of the cube smoothed to twice the beam; 0: every voxel counts.

    Returns
    -------
    ndarray of bool, shape (channels, y, x)

    Notes
    -----
    The rms is that of the negative voxels, which hold noise alone, so that no region free of
    emission is needed. Noise passes in about two of the 16384 pixels of a cube of 64 channels, so
    the islands around a galaxy are real, mostly single gas cells. What is fainter than the limit in
    the wings of a line is lost, which makes faint pixels fainter and their lines narrower.
    """
    if clip_sigma == 0:
        return np.ones(cube.flux_jy_beam.shape, dtype=bool)
    added_fwhm_arcsec = np.sqrt(3 * np.prod(cube.beam_fwhm_arcsec))  # sqrt((2 b)^2 - b^2)
    sigma_pixels = added_fwhm_arcsec / FWHM_PER_SIGMA / np.array(cube.pixel_arcsec)
    smooth = smoothed(cube.flux_jy_beam, sigma_pixels)
    negative = smooth[smooth < 0]
    rms = SIGMA_PER_MEDIAN_DEVIATION * np.median(-negative) if negative.size else 0.0
    above = smooth > clip_sigma * rms
    pairs = above[:-1] & above[1:]
    seen = np.zeros_like(above)
    seen[:-1] |= pairs
    seen[1:] |= pairs
    return seen


def smoothed(images: np.ndarray, sigma_pixels: np.ndarray) -> np.ndarray:
    """Convolve images with a Gaussian; beyond their edges they are 0.

    Parameters
    ----------
    images : ndarray, shape (N, y, x)
    sigma_pixels : ndarray, shape (2,)
        Dispersion of the Gaussian along y and x.

    Returns
    -------
    ndarray, shape (N, y, x)
    """
    along_y, along_x = map(_gaussian_matrix, images.shape[1:], sigma_pixels)
    return along_y @ images @ along_x


def _gaussian_matrix(pixels: int, sigma_pixels: float) -> np.ndarray:
    distance = np.abs(np.subtract.outer(np.arange(pixels), np.arange(pixels)))
    kernel = np.exp(-0.5 * (np.arange(-pixels, pixels + 1) / sigma_pixels) ** 2)
    return kernel[pixels + distance] / kernel.sum()


def moment_maps(
    cube: Cube,
    *,
    clip_sigma: float,
    min_column_density_cm2: float,
    min_flux_jy_beam_km_s: float | None = None,
) -> np.ndarray:
    """Return moments 0, 1 and 2 of a cube.

    Parameters
    ----------
    cube : Cube
        The cube.
    clip_sigma : float
        See `emission`.
    min_column_density_cm2 : float
        Pixels with a smaller column density of HI [cm^-2] are NaN.
    min_flux_jy_beam_km_s : float, optional
        Limit on moment 0 [Jy/beam km/s] in place of the column density.

    Returns
    -------
    ndarray, shape (3, y, x)
        Intensity [Jy/beam km/s], mean velocity [km/s] and velocity dispersion [km/s]; NaN where
        masked, in all three alike.
    """
    flux = np.where(emission(cube, clip_sigma=clip_sigma), cube.flux_jy_beam, 0)
    summed = flux.sum(axis=0)
    intensity = summed * cube.channel_width_km_s
    limit = min_flux_jy_beam_km_s
    if limit is None:
        limit = min_column_density_cm2 * np.prod(cube.beam_fwhm_arcsec) / HI_COLUMN_DENSITY_CM2
    seen = (intensity >= limit) & (intensity > 0)
    weight = np.divide(flux, summed, out=np.zeros_like(flux), where=seen)
    velocity = np.tensordot(cube.velocity_km_s, weight, axes=1)
    offset = cube.velocity_km_s[:, None, None] - velocity
    variance = np.sum(weight * offset**2, axis=0)
    # noise can take it below 0, where the line is not resolved
    dispersion = np.sqrt(np.maximum(variance, 0))
    return np.where(seen, [intensity, velocity, dispersion], np.nan)


def integrated_line(cube: Cube, *, clip_sigma: float) -> Line:
    """Return flux and widths of the line summed over all emission, whatever its column density."""
    flux = np.where(emission(cube, clip_sigma=clip_sigma), cube.flux_jy_beam, 0)
    profile_jy = flux.sum(axis=(1, 2)) / cube.pixels_per_beam
    w50, _ = line_width(cube.velocity_km_s, profile_jy, fraction=0.5)
    w20, centre = line_width(cube.velocity_km_s, profile_jy, fraction=0.2)
    return Line(float(profile_jy.sum() * cube.channel_width_km_s), w50, w20, centre)


def line_width(
    velocity_km_s: np.ndarray, profile: np.ndarray, *, fraction: float
) -> tuple[float, float]:
    """Return the width of a line at a fraction of its peak, and the middle of that width.

    Parameters
    ----------
    velocity_km_s, profile : ndarray, shape (channels,)
        The line; evenly spaced channels.
    fraction : float
        Of the peak.

    Returns
    -------
    width_km_s, middle_km_s : float
        Between the outermost crossings, interpolated linearly. A line that is still higher at the
        end of the band is taken to end with it. Without emission both are 0.
    """
    level = fraction * profile.max()
    if level <= 0:
        return 0.0, 0.0
    above = np.flatnonzero(profile >= level)
    step = velocity_km_s[1] - velocity_km_s[0]

    def crossing(inside: int, direction: int) -> float:
        outside = inside + direction
        if not 0 <= outside < profile.size:
            return velocity_km_s[inside] + direction * step / 2
        part = (profile[inside] - level) / (profile[inside] - profile[outside])
        return velocity_km_s[inside] + direction * step * part

    first, last = crossing(above[0], -1), crossing(above[-1], 1)
    return float(abs(last - first)), float((first + last) / 2)


def write_moments(*, cubes: list[Path], moments: dict, output: Path) -> None:
    """Write the moment maps of all views of a galaxy.

    Parameters
    ----------
    cubes : list of Path
        Its cubes.
    moments : dict
        Section ``moments`` of the configuration.
    output : Path
        FITS file with one extension ``R{k}`` a view, shape (3, y, x), float32. FLUXHI, W50KMS and
        W20KMS describe the integrated line of the emission in the cube; widths are 0 without any.
    """
    hdus = fits.HDUList([fits.PrimaryHDU()])
    for path in cubes:
        cube = read_cube(path)
        maps = moment_maps(cube, **moments)
        line = integrated_line(cube, clip_sigma=moments["clip_sigma"])
        header = fits.Header([cube.header.cards[card] for card in COPIED_CARDS])
        header["FLUXHI"] = (line.flux_jy_km_s, "[Jy km/s] integrated flux")
        header["W50KMS"] = (line.w50_km_s, "[km/s] width at 50 % of the peak")
        header["W20KMS"] = (line.w20_km_s, "[km/s] width at 20 % of the peak")
        header["PLANE1"] = ("moment 0", "[Jy/beam km/s]")
        header["PLANE2"] = ("moment 1", "[km/s] receding is positive")
        header["PLANE3"] = ("moment 2", "[km/s] dispersion")
        name = f"R{cube.header['REALISAT']}"
        hdus.append(fits.ImageHDU(maps.astype(np.float32), header, name=name))
    with atomic(output) as temporary:
        hdus.writeto(temporary)

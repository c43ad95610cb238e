"""HI cubes of a galaxy as an interferometer observes it, by MARTINI (Oman et al. 2019, 2024).

MARTINI's imports take seconds. One process therefore makes all realisations of a galaxy, and the
other modules of this folder do not import this one.
"""

import logging
from pathlib import Path

import astropy.units as u
import martini.martini
import numpy as np
from astropy.io import fits
from martini import DataCube, Martini
from martini.beams import GaussianBeam
from martini.sources import SPHSource
from martini.sph_kernels import CubicSplineKernel
from scipy.spatial.transform import Rotation

from umbra.config.hi import CubeSettings
from umbra.config.observation import ImageSettings
from umbra.constants import HI_REST_FREQUENCY_HZ, WARM_NEUTRAL_MEDIUM_K
from umbra.files import atomic
from umbra.hi.beams import beam_area_arcsec2
from umbra.hi.source import HiSource, disc_inclination_deg, hi_source
from umbra.hi.spectral_model import NarrowGaussianSpectrum
from umbra.observation.realisations import Realisation, draw_realisations
from umbra.observation.sky_grid import SkyGrid
from umbra.seeds import Stage, generator
from umbra.simulation.cutout import read_cutout

logger = logging.getLogger(__name__)

# MARTINI compiles its inner loop in each process. Loading it from disk is ten times faster.
martini.martini._weighted_sum_and_insert_in_cube_numba.enable_caching()

# MARTINI fails if no cell of the source is in the cube. This source, whose only cell is far too
# faint to be seen, takes the place of such a source.
_UNSEEN = HiSource(
    position_kpc=np.zeros((1, 3)),
    velocity_km_s=np.zeros((1, 3)),
    hi_mass_msun=np.array([1e-20]),
    smoothing_length_kpc=np.ones(1),
    temperature_k=np.full(1, WARM_NEUTRAL_MEDIUM_K),
)


def noise_rms_jy_beam(telescope: CubeSettings) -> float:
    """Return the rms of the noise after convolution with the beam [Jy/beam]."""
    beam = telescope.beam_fwhm_arcsec
    return telescope.noise_rms_jy_arcsec2 * beam_area_arcsec2(beam, beam)


def make_cubes(
    *,
    cutout: Path,
    seed: int,
    observation: ImageSettings,
    telescope: CubeSettings,
    outputs: list[Path],
) -> None:
    """Write the HI cube of every realisation of a galaxy.

    Parameters
    ----------
    cutout : Path
        The galaxy's particles.
    seed : int
        The run's seed.
    observation : ImageSettings
        How the galaxy is observed.
    telescope : CubeSettings
        Channels, beam, noise and line width.
    outputs : list of Path
        One FITS file for each realisation, in their order: array [velocity, y, x] in Jy/beam, with
        increasing velocity. The card HIINCL has the true inclination of the gas disc.

    Raises
    ------
    Rejected
        If no gas cell contains HI.
    """
    galaxy = read_cutout(cutout)
    source = hi_source(galaxy.gas)
    grid = SkyGrid.from_settings(observation)
    realisations = draw_realisations(seed=seed, galaxy=galaxy.subhalo_id, settings=observation)
    for realisation, output in zip(realisations, outputs, strict=True):
        rng = generator(seed, Stage.HI_NOISE, realisation.galaxy, realisation.number)
        cube = observe_hi(
            source=source, realisation=realisation, grid=grid, telescope=telescope, rng=rng
        )
        header = cube_header(realisation=realisation, grid=grid, telescope=telescope)
        inclination = disc_inclination_deg(source, realisation.rotation[2])
        if np.isfinite(inclination):
            header["HIINCL"] = inclination
        with atomic(output) as temporary:
            fits.PrimaryHDU(cube, fits.Header(header)).writeto(temporary)
        logger.info(
            "galaxy %d, realisation %d: cube written", realisation.galaxy, realisation.number
        )


def observe_hi(
    *,
    source: HiSource,
    realisation: Realisation,
    grid: SkyGrid,
    telescope: CubeSettings,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the cube of one realisation.

    Parameters
    ----------
    source : HiSource
        Cells that contain HI.
    realisation : Realisation
        Distance and orientation.
    grid : SkyGrid
        The pixels.
    telescope : CubeSettings
        Channels, beam, noise and line width.
    rng : numpy.random.Generator
        Draws the noise.

    Returns
    -------
    ndarray, shape (channels, pixels, pixels), float32
        Flux density [Jy/beam]; receding gas is in the later channels. If no HI is within the pixels
        and channels, the cube contains noise alone.
    """
    arguments = {"realisation": realisation, "grid": grid, "telescope": telescope}
    try:
        mock = martini_mock(source, **arguments)
    except RuntimeError as error:
        if "No non-zero mHI" not in str(error):
            raise
        logger.warning(
            "galaxy %d, realisation %d: no HI in the cube", realisation.galaxy, realisation.number
        )
        mock = martini_mock(_UNSEEN, **arguments)
    mock.insert_source_in_cube()
    beam_kernel = mock.beam.kernel.value
    # MARTINI's axes are (x, y, channel), with decreasing velocity.
    gas_jy_arcsec2 = mock.datacube.spatial_slices
    sky = np.array([channel.value.T for channel in gas_jy_arcsec2], dtype=np.float32)[::-1]
    sky *= np.float32(beam_area_arcsec2(*2 * (telescope.beam_fwhm_arcsec,)))
    noise_rms = noise_rms_jy_beam(telescope)
    if noise_rms > 0:
        # The beam lowers the rms of noise that is independent in each pixel by the root of the sum
        # of the kernel's squares. MARTINI's formula for it is one for beams of many pixels.
        before_beam = np.float32(noise_rms / np.sqrt(np.sum(beam_kernel**2)))
        sky += before_beam * rng.standard_normal(sky.shape, dtype=np.float32)
    return _convolved(sky, beam_kernel)


def _convolved(images: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Convolve padded images with a round beam and take the padding off.

    The kernel of a round Gaussian is the product of one along x and the same one along y, so that
    two products of matrices do the work of a convolution in less time than Fourier transforms.
    """
    along = kernel.sum(axis=0)
    padded, pad = images.shape[1], len(along) // 2
    blur = np.zeros((padded - 2 * pad, padded), dtype=images.dtype)
    for row in range(len(blur)):
        blur[row, row : row + len(along)] = along
    return blur @ images @ blur.T


def martini_mock(
    source: HiSource,
    *,
    realisation: Realisation,
    grid: SkyGrid,
    telescope: CubeSettings,
) -> Martini:
    """Return MARTINI's observation of a source, which is not yet in the cube."""
    beam_fwhm = telescope.beam_fwhm_arcsec * u.arcsec
    return Martini(
        source=_martini_source(source, realisation),
        datacube=DataCube(
            n_px_x=grid.pixels,
            n_px_y=grid.pixels,
            n_channels=telescope.channels,
            px_size=grid.pixel_arcsec * u.arcsec,
            channel_width=telescope.channel_width_km_s * u.km / u.s,
            spectral_centre=0 * u.km / u.s,
            cube_dtype=np.float32,
        ),
        beam=GaussianBeam(bmaj=beam_fwhm, bmin=beam_fwhm, truncate=telescope.beam_truncation_fwhm),
        sph_kernel=CubicSplineKernel(),
        spectral_model=NarrowGaussianSpectrum(
            sigma="thermal"
            if telescope.line_width == "thermal"
            else telescope.line_width * u.km / u.s,
            spec_dtype=np.float32,
        ),
        quiet=True,
    )


def _martini_source(source: HiSource, realisation: Realisation) -> SPHSource:
    # MARTINI's axes x, y and z point away from the observer, to the left (RA) and up (Dec).
    right, up, toward = realisation.rotation
    return SPHSource(
        distance=realisation.distance_mpc * u.Mpc,
        rotation=Rotation.from_matrix([-toward, -right, up]),
        h=0.0,
        T_g=source.temperature_k * u.K,
        mHI_g=source.hi_mass_msun * u.Msun,
        xyz_g=source.position_kpc * u.kpc,
        vxyz_g=source.velocity_km_s * u.km / u.s,
        hsm_g=source.smoothing_length_kpc * u.kpc,
        coordinate_axis=1,
    )


def cube_header(*, realisation: Realisation, grid: SkyGrid, telescope: CubeSettings) -> dict:
    """Return the FITS cards of a cube: sky, velocity axis [km/s], beam and noise."""
    beam_deg = telescope.beam_fwhm_arcsec / 3600
    return grid.wcs_header(realisation) | {
        "CTYPE3": "VRAD",
        "CUNIT3": "km/s",
        "CRPIX3": (telescope.channels + 1) / 2,
        "CRVAL3": 0.0,
        "CDELT3": telescope.channel_width_km_s,
        "SPECSYS": "LSRK",
        "RESTFRQ": HI_REST_FREQUENCY_HZ,
        "BUNIT": "Jy/beam",
        "BTYPE": "Intensity",
        "BMAJ": beam_deg,
        "BMIN": beam_deg,
        "BPA": 0.0,
        "NOISERMS": noise_rms_jy_beam(telescope),
    }

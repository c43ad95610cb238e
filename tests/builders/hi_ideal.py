"""What an ideal source finder would find in an HI cube: the noise-free cube tells it."""

import numpy as np
from scipy import ndimage

from umbra.constants import FWHM_PER_SIGMA
from umbra.hi.reading import Cube

NOISE_JY_BEAM = 5.67e-4
BEAM_ARCSEC, PIXEL_ARCSEC, CHANNEL_KM_S = 10.0, 8.0625, 5.0
# Resolutions: on the sky [beams] and in velocity [channels of 5 km/s].
RESOLUTIONS = [(beams, channels) for beams in (1, 2, 4) for channels in (2, 4, 8)]


def correlated_noise(*, seed: int, channels: int = 128, pixels: int = 128) -> np.ndarray:
    """Return noise of the default run: rms 5.67e-4 Jy/beam with the beam's correlation."""
    shape = (channels, pixels, pixels)
    white = np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)
    beam_sigma = BEAM_ARCSEC / PIXEL_ARCSEC / FWHM_PER_SIGMA
    noise = ndimage.gaussian_filter(white, (0, beam_sigma, beam_sigma), mode="wrap")
    return NOISE_JY_BEAM * noise / noise.std()


def default_cube(data: np.ndarray) -> Cube:
    """Return a cube with the beam, pixels and channels of the default run."""
    velocity = (np.arange(len(data)) - (len(data) - 1) / 2) * CHANNEL_KM_S
    return Cube(data, velocity, (BEAM_ARCSEC,) * 2, (PIXEL_ARCSEC,) * 2, None)


def exceeding(noise_free: np.ndarray, *, sigma: float) -> np.ndarray:
    """Return where a noise-free cube exceeds `sigma` times the noise at any resolution."""
    noise = correlated_noise(seed=0, channels=32, pixels=noise_free.shape[-1])
    exceeds = np.zeros(noise_free.shape, dtype=bool)
    for beams, channels in RESOLUTIONS:
        rms = _at_resolution(noise, beams, channels).std()
        exceeds |= _at_resolution(noise_free, beams, channels) > sigma * rms
    return exceeds


def _at_resolution(data: np.ndarray, beams: int, channels: int) -> np.ndarray:
    added = np.sqrt(beams**2 - 1) * BEAM_ARCSEC / PIXEL_ARCSEC / FWHM_PER_SIGMA
    sky = ndimage.gaussian_filter(data, (0, added, added), mode="constant") if beams > 1 else data
    return ndimage.uniform_filter1d(sky, channels, axis=0, mode="constant")

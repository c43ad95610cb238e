"""A user's files of a galaxy that is known exactly: images of a disc, and HI cubes of it."""

from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

from umbra.config.model import Config
from umbra.constants import FWHM_PER_SIGMA
from umbra.observed.moving import Placement
from umbra.observed.saved_networks import NetworksDefinition, definition_of_run

CENTRE = (150.0, 40.0)  # deg
NO_NOISE = {"photometry": {"sky": "none"}, "hi": {"noise_rms_jy_arcsec2": 0.0}}


def training(**sections) -> NetworksDefinition:
    """Return a training with the usual images and 64 channels of 10 km/s."""
    small = {"hi": {"channels": 64, "channel_width_km_s": 10.0}}
    merged = {key: small.get(key, {}) | sections.get(key, {}) for key in {*small, *sections}}
    return definition_of_run(Config(**merged))


def placement(distance_mpc: float = 15.0, **sections) -> Placement:
    """Return where a galaxy at `CENTRE` is put."""
    return Placement.of(
        ra_deg=CENTRE[0],
        dec_deg=CENTRE[1],
        distance_mpc=distance_mpc,
        observation=training(**sections).observation,
    )


def sky_wcs(
    *, side: int, pixel_arcsec: float, turned_deg: float = 0.0, off=(0.0, 0.0), mirrored=False
) -> WCS:
    """Return the coordinates of a square image about `CENTRE`, turned and shifted [pixels]."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype, wcs.wcs.crval = ["RA---TAN", "DEC--TAN"], CENTRE
    wcs.wcs.crpix = [(side + 1) / 2 + off[0], (side + 1) / 2 + off[1]]
    cos, sin = np.cos(np.radians(turned_deg)), np.sin(np.radians(turned_deg))
    east = 1.0 if mirrored else -1.0
    wcs.wcs.cd = np.array([[east * cos, sin], [-east * sin, cos]]) * pixel_arcsec / 3600
    return wcs


def offsets_arcsec(wcs: WCS, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Return how far east and north of `CENTRE` each pixel is [arcsec], on the tangent plane."""
    y, x = np.mgrid[:side, :side]
    dx, dy = x + 1 - wcs.wcs.crpix[0], y + 1 - wcs.wcs.crpix[1]
    east, north = np.tensordot(wcs.wcs.cd * 3600, [dx, dy], axes=1)
    return east, north


def disc_image(wcs: WCS, side: int, *, total: float = 1.0, scale_arcsec=40.0, axis_ratio=0.6):
    """Return an inclined exponential disc per arcsec2, whose flux is `total` on the whole sky."""
    east, north = offsets_arcsec(wcs, side)
    radius = np.hypot(east, north / axis_ratio)
    return total / (2 * np.pi * axis_ratio * scale_arcsec**2) * np.exp(-radius / scale_arcsec)


def gaussian_cube(
    *,
    flux_jy_km_s: float,
    beam_arcsec: float,
    pixel_arcsec: float,
    systemic_km_s: float,
    side: int = 160,
    turned_deg: float = 0.0,
    size_arcsec: float = 60.0,
    turn_km_s_arcsec: float = 1.0,
    dispersion_km_s: float = 15.0,
    channels: int = 80,
    width_km_s: float = 7.0,
    rms_jy_beam: float = 0.0,
) -> fits.PrimaryHDU:
    """Return a cube of a Gaussian cloud, with a velocity gradient to the east.

    Its convolution with the beam is exact: the cloud of sigma `size_arcsec` gets larger, and the
    gradient is that of the mean velocity after the convolution.
    """
    wcs = sky_wcs(side=side, pixel_arcsec=pixel_arcsec, turned_deg=turned_deg)
    east, north = offsets_arcsec(wcs, side)
    beam_area = np.pi / (4 * np.log(2)) * beam_arcsec**2
    variance = size_arcsec**2 + (beam_arcsec / FWHM_PER_SIGMA) ** 2
    brightness = np.exp(-0.5 * (east**2 + north**2) / variance) / (2 * np.pi * variance)
    velocity = systemic_km_s + (np.arange(channels) - (channels - 1) / 2) * width_km_s
    mean = systemic_km_s + turn_km_s_arcsec * east
    line = np.exp(-0.5 * ((velocity[:, None, None] - mean) / dispersion_km_s) ** 2)
    line /= np.sqrt(2 * np.pi) * dispersion_km_s
    data = flux_jy_km_s * beam_area * brightness * line
    if rms_jy_beam:
        data = data + rms_jy_beam * np.random.default_rng(4).standard_normal(data.shape)
    header = wcs.to_header()
    header.update({"CTYPE3": "VRAD", "CUNIT3": "km/s", "CRPIX3": 1.0, "CRVAL3": velocity[0]})
    header.update({"CDELT3": width_km_s, "RESTFRQ": 1.420405751e9, "BUNIT": "Jy/beam"})
    header.update({"BMAJ": beam_arcsec / 3600, "BMIN": beam_arcsec / 3600, "BPA": 0.0})
    return fits.PrimaryHDU(data.astype(np.float32), header)


def write_image(path: Path, values: np.ndarray, wcs: WCS | None, **cards) -> Path:
    """Write an image with its coordinates, if any, and cards."""
    header = wcs.to_header() if wcs else fits.Header()
    header.update({name: value for name, value in cards.items() if value is not None})
    fits.PrimaryHDU(values, header).writeto(path)
    return path

"""The real cube of NGC 2903 (WSRT), which a package brings, as other telescopes would write it."""

from pathlib import Path

import numpy as np
from astropy.io import fits

from umbra.skirt_engine.package_data import package_file

NGC_2903 = package_file("pyFAT_astro", "Installation_Check", "NGC_2903.fits")
REST_HZ = 1420405751.768
C_KM_S = 299792.458
# The cards of the file, and what they say of a channel.
WIDTH_KM_S, CHANNELS, PIXEL_DEG, SIDES = 4.12989303826, 113, 0.00555469, (70, 89)
# The galaxy is moved from 555 km/s to zero, where all conventions of velocity agree.
FIRST_KM_S = 574.0 - 59.9998399488 * WIDTH_KM_S - 555.0


def plain() -> fits.PrimaryHDU:
    """Return the cube, with a plain header: equatorial axes, beam, unit, and no spectral axis."""
    with fits.open(NGC_2903, memmap=False) as hdus:
        data, given = hdus[0].data.copy(), hdus[0].header
    header = fits.Header({"BUNIT": "JY/BEAM", "OBJECT": "NGC 2903"})
    for card in ("CTYPE", "CRPIX", "CRVAL", "CDELT"):
        header[f"{card}1"], header[f"{card}2"] = given[f"{card}1"], given[f"{card}2"]
    header["BMAJ"], header["BMIN"], header["BPA"] = given["BMAJ"], given["BMIN"], given["BPA"]
    return fits.PrimaryHDU(data, header)


def with_axis(
    hdu: fits.PrimaryHDU, kind: str, unit: str | None, first: float, step: float, **cards
) -> fits.PrimaryHDU:
    """Give a cube a spectral axis; `cards` replace or extend its header, None removes a card."""
    axis = {"CTYPE3": kind, "CRPIX3": 1.0, "CRVAL3": first, "CDELT3": step, "CUNIT3": unit}
    for card, value in (axis | cards).items():
        if value is None:
            hdu.header.remove(card, ignore_missing=True)
        else:
            hdu.header[card] = value
    return hdu


def in_frequency(hdu: fits.PrimaryHDU, unit: str = "HZ", scale: float = 1.0, **cards):
    """Give it an axis in frequency, whose first channel has the lowest velocity."""
    first, step = REST_HZ * (1 - FIRST_KM_S / C_KM_S), -REST_HZ * WIDTH_KM_S / C_KM_S
    return with_axis(hdu, "FREQ", unit, first * scale, step * scale, **cards)


def permuted(hdu: fits.PrimaryHDU, order: tuple[int, ...]) -> fits.PrimaryHDU:
    """Put the FITS axes in another order: `order` has their old numbers."""
    axes = len(order)
    old = [axes - number for number in reversed(order)]
    moved = fits.PrimaryHDU(np.transpose(hdu.data, old), hdu.header.copy(strip=True))
    for card in ("CTYPE", "CUNIT", "CRPIX", "CRVAL", "CDELT"):
        values = [hdu.header.get(f"{card}{number}") for number in order]
        for number, value in enumerate(values, start=1):
            moved.header.remove(f"{card}{number}", ignore_missing=True)
            if value is not None:
                moved.header[f"{card}{number}"] = value
    return moved


def with_stokes(hdu: fits.PrimaryHDU) -> fits.PrimaryHDU:
    """Give it a fourth axis of length 1."""
    cards = {"CTYPE4": "STOKES", "CRPIX4": 1.0, "CRVAL4": 1.0, "CDELT4": 1.0}
    stokes = fits.PrimaryHDU(hdu.data[None], hdu.header.copy(strip=True))
    stokes.header.update(cards)
    return stokes


def header_of(path: Path) -> fits.Header:
    """Read a header with a card on each line."""
    lines = path.read_text(encoding="ascii").splitlines()
    return fits.Header.fromstring("".join(line.ljust(80)[:80] for line in lines))


def noise_cube(header: fits.Header) -> fits.PrimaryHDU:
    """Return noise in the shape that a header states."""
    shape = [header[f"NAXIS{number}"] for number in range(header["NAXIS"], 0, -1)]
    data = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    return fits.PrimaryHDU(data, header.copy(strip=True))

"""The beam of an HI cube: from its header or a table, and one beam for all channels."""

import re

import numpy as np
from astropy.io import fits

from umbra.constants import FWHM_PER_SIGMA
from umbra.errors import Damaged

_NUMBER = r"([-+.\deE]+)"
# Lines of the history in which AIPS, CASA and Miriad leave the beam, and their unit [arcsec].
_HISTORY = {
    re.compile(rf"BMAJ= *{_NUMBER} +BMIN= *{_NUMBER} +BPA= *{_NUMBER}"): 3600.0,
    re.compile(rf"restoration: *{_NUMBER} by {_NUMBER} \(arcsec\).* pa {_NUMBER}"): 1.0,
    re.compile(rf"Beam = +{_NUMBER} x +{_NUMBER} arcsec, pa = +{_NUMBER}"): 1.0,
}
# Beams whose solid angles differ by less than this fraction count as one.
_SAME_BEAM = 0.01
_MANUAL = "or give beam_fwhm_arcsec"


def beam_area_arcsec2(major_arcsec: float, minor_arcsec: float) -> float:
    """Return the solid angle of a Gaussian beam [arcsec2], given its two FWHM [arcsec]."""
    return np.pi / (4 * np.log(2)) * (major_arcsec * minor_arcsec)


def beams_of_channels(
    hdus: fits.HDUList,
    header: fits.Header,
    channels: int,
    given_fwhm_arcsec: tuple[float, float] | None,
    given_angle_deg: float,
    assumed: list[str],
) -> np.ndarray:
    """Return the beam of each channel of a cube, or one for all of them.

    Parameters
    ----------
    hdus : astropy.io.fits.HDUList
        The file, which may have a table of beams.
    header : astropy.io.fits.Header
        Header of the image.
    channels : int
        Number of channels.
    given_fwhm_arcsec : tuple of float or None
        Major and minor FWHM, if they are known from elsewhere [arcsec].
    given_angle_deg : float
        Position angle that belongs to them [deg].
    assumed : list of str
        What had to be assumed is appended.

    Returns
    -------
    ndarray, shape (1 or channels, 3)
        Major and minor FWHM [arcsec] and position angle [deg], in the order of the file's channels.
        They are not finite or 0 for a channel without a beam.

    Raises
    ------
    Damaged
        If there is no beam, or not one for each channel.
    """
    if given_fwhm_arcsec is not None:
        return np.array([[*given_fwhm_arcsec, given_angle_deg]])
    beams = _table(hdus)
    if beams is None:
        beams = _numbered_cards(header)
    if beams is not None:
        if len(beams) < channels:
            raise Damaged(
                f"it has {len(beams)} beams for {channels} channels; complete them {_MANUAL}."
            )
        return beams[:channels]
    if "BMAJ" in header:
        return _cards(header, assumed)
    return _history(header, assumed)


def _table(hdus: fits.HDUList) -> np.ndarray | None:
    """Return the beams of CASA's table, or None if there is none."""
    for hdu in hdus:
        if isinstance(hdu, fits.BinTableHDU) and {"BMAJ", "BMIN", "BPA"} <= set(hdu.columns.names):
            degrees = [str(hdu.columns[name].unit).startswith("deg") for name in ("BMAJ", "BMIN")]
            scale = [3600.0 if one else 1.0 for one in degrees] + [1.0]
            rows = np.ones(len(hdu.data), dtype=bool)
            if "POL" in hdu.columns.names:
                rows = hdu.data["POL"] == hdu.data["POL"].min()
            columns = [hdu.data[name][rows] for name in ("BMAJ", "BMIN", "BPA")]
            return np.transpose(columns).astype(float) * scale
    return None


def _numbered_cards(header: fits.Header) -> np.ndarray | None:
    """Return the beams in BMAJ1, BMIN1, BPA1 and so on, or None if there are none."""
    numbers = sorted(int(card[4:]) for card in header if re.fullmatch(r"BMAJ\d+", card))
    if not numbers:
        return None
    first = numbers[0]  # counted from 0 or from 1
    try:
        cards = [
            [header[f"{card}{number}"] for card in ("BMAJ", "BMIN", "BPA")]
            for number in range(first, numbers[-1] + 1)
        ]
    except KeyError as missing:
        raise Damaged(f"it has no card {missing.args[0]}; add it {_MANUAL}.") from None
    return np.array(cards, dtype=float) * [3600, 3600, 1]


def _cards(header: fits.Header, assumed: list[str]) -> np.ndarray:
    if "BMIN" not in header:
        assumed.append("a round beam (no card BMIN)")
    major = header["BMAJ"]
    return np.array([[major * 3600, header.get("BMIN", major) * 3600, header.get("BPA", 0.0)]])


def _history(header: fits.Header, assumed: list[str]) -> np.ndarray:
    """Return the last beam that the history has."""
    for line in reversed(list(map(str, header.get("HISTORY", [])))):
        for pattern, arcsec in _HISTORY.items():
            if found := pattern.search(line):
                assumed.append(f"the beam in its history ({line.strip()})")
                major, minor, angle = map(float, found.groups())
                return np.array([[major * arcsec, minor * arcsec, angle]])
    raise Damaged(f"it has no beam; add the cards BMAJ and BMIN [deg] {_MANUAL}.")


def to_one_beam(
    flux_jy_beam: np.ndarray, beams: np.ndarray, pixel_matrix_arcsec: np.ndarray, assumed: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return a cube with the smallest beam that all its channels can be convolved to.

    Parameters
    ----------
    flux_jy_beam : ndarray, shape (channels, y, x)
        Flux density in the beam of each channel [Jy/beam].
    beams : ndarray, shape (1 or channels, 3)
        As `beams_of_channels` returns them.
    pixel_matrix_arcsec : ndarray, shape (2, 2)
        Offsets to the east and north (rows) for a step of a pixel in x and y (columns) [arcsec].
    assumed : list of str
        What had to be assumed is appended.

    Returns
    -------
    flux_jy_beam : ndarray, shape (channels, y, x)
        Flux density in that beam [Jy/beam]. Channels are not convolved if all beams are the same
        within a percent.
    beam : ndarray, shape (3,)
        The beam: major and minor FWHM [arcsec] and position angle [deg].

    Raises
    ------
    Damaged
        If there is no such beam, or if it does not fit the pixels.
    """
    known = np.all(np.isfinite(beams), axis=1) & np.all(beams[:, :2] > 0, axis=1)
    if not known.any():
        raise Damaged(f"all its beams are empty; correct them {_MANUAL}.")
    beam = _common_beam(beams[known])
    _check_size(beam, flux_jy_beam.shape, pixel_matrix_arcsec)
    area = beam_area_arcsec2(*beam[:2])
    smaller = known & (beam_area_arcsec2(*beams.T[:2]) < (1 - _SAME_BEAM) * area)
    if len(beams) > 1:
        what = f"{smaller.sum()} channels are convolved" if smaller.any() else "within a percent"
        assumed.append(
            f"the common beam of {len(beams)}, {beam[0]:.4g} x {beam[1]:.4g} arcsec ({what})"
        )
    flux = flux_jy_beam.copy() if smaller.any() else flux_jy_beam
    for channel in np.flatnonzero(smaller):
        added = beam_covariance(beam) - beam_covariance(beams[channel])
        larger = area / beam_area_arcsec2(*beams[channel, :2])
        flux[channel] = larger * convolved(flux[channel], added, pixel_matrix_arcsec)
    return flux, beam


def _common_beam(beams: np.ndarray) -> np.ndarray:
    """Return the beam of the smallest solid angle that every beam can be convolved to.

    For each shape and position angle, the smallest ellipse around all beams follows from
    eigenvalues. So only these two are searched, and the result encloses all beams exactly.
    """
    if len(beams) == 1:
        return beams[0]
    from scipy.optimize import minimize  # its import is slow

    largest = beams[np.argmax(beams[:, 0] * beams[:, 1])]
    covariances = np.array([beam_covariance(beam) for beam in beams])

    def enclosing(shape: np.ndarray) -> np.ndarray:
        """Return the smallest beam of a log of the axis ratio and a position angle [rad]."""
        axes = np.exp(np.array([1, -1]) * abs(shape[0]) / 2)
        unit = np.array([*axes, np.degrees(shape[1])])
        white = np.linalg.inv(np.linalg.cholesky(beam_covariance(unit)))
        scale = np.sqrt(np.linalg.eigvalsh(white @ covariances @ white.T).max())
        return np.array([*scale * axes, np.degrees(shape[1]) % 180])

    fits = [
        minimize(
            lambda shape: np.prod(enclosing(shape)[:2]) / np.prod(largest[:2]),
            [np.log(largest[0] / largest[1]) + 0.05, np.radians(largest[2] + turn)],
            method="Nelder-Mead",
            options={"xatol": 1e-6, "fatol": 1e-9},
        )
        for turn in (0, 45, 90, 135)
    ]
    return enclosing(min(fits, key=lambda fit: fit.fun).x)


def _check_size(beam: np.ndarray, shape: tuple[int, ...], pixel_matrix_arcsec: np.ndarray) -> None:
    side = np.sqrt(abs(np.linalg.det(pixel_matrix_arcsec)))
    if not 0.5 * side < beam[0] < max(shape[1:]) * side:
        raise Damaged(
            f"a beam of {beam[0]:.4g} arcsec does not fit pixels of {side:.4g} arcsec; correct"
            f" BMAJ, which is in degrees, {_MANUAL}."
        )


def beam_covariance(beam: np.ndarray) -> np.ndarray:
    """Return the covariance of a beam, shape (2, 2), to the east and north [arcsec^2].

    The beam is its major and minor FWHM [arcsec] and its position angle [deg].
    """
    angle = np.radians(beam[2])
    axes = np.array([[np.sin(angle), np.cos(angle)], [np.cos(angle), -np.sin(angle)]])
    return axes @ np.diag((beam[:2] / FWHM_PER_SIGMA) ** 2) @ axes


def convolved(
    image: np.ndarray, covariance_arcsec2: np.ndarray, pixel_matrix_arcsec: np.ndarray
) -> np.ndarray:
    """Convolve an image with a Gaussian that may be narrower than a pixel, by its transform.

    Parameters
    ----------
    image : ndarray, shape (y, x)
        Beyond its edges it counts as 0.
    covariance_arcsec2 : ndarray, shape (2, 2)
        Covariance of the Gaussian to the east and north [arcsec^2].
    pixel_matrix_arcsec : ndarray, shape (2, 2)
        As in `to_one_beam`.

    Returns
    -------
    ndarray, shape (y, x)
    """
    to_pixels = np.linalg.inv(pixel_matrix_arcsec)
    covariance = to_pixels @ covariance_arcsec2 @ to_pixels.T
    margin = int(np.ceil(5 * np.sqrt(np.trace(covariance))))
    shape = [length + margin for length in image.shape]
    y, x = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])
    exponent = covariance[0, 0] * x**2 + 2 * covariance[0, 1] * x * y + covariance[1, 1] * y**2
    transform = np.fft.rfft2(image, shape) * np.exp(-2 * np.pi**2 * exponent)
    return np.fft.irfft2(transform, shape)[: image.shape[0], : image.shape[1]]

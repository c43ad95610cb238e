"""SKIRT's output files: data cubes, spectra and the log.

astropy writes the headers of cubes. The data units are written here: a cube is written plane by
plane, because it may be large, and its table of wavelengths has a single column of text.
"""

import datetime
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from umbra.constants import ARCSEC_PER_RADIAN, PC_M, SPEED_OF_LIGHT_M_S
from umbra.files import atomic
from umbra.skirt_engine.ski import Instrument

JY = 1e26
_BLOCK = 2880  # bytes, of which a FITS file has a whole number


def flux_jy(light_w_m: np.ndarray, wavelength_micron: np.ndarray, distance_pc: float) -> np.ndarray:
    """Return the flux density of sources, F_nu = L_lambda lambda^2 / (4 pi D^2 c).

    Parameters
    ----------
    light_w_m : ndarray, shape (..., bins)
        L_lambda [W/m].
    wavelength_micron : ndarray, shape (bins,)
        Wavelengths [micron].
    distance_pc : float
        Distance D [pc].

    Returns
    -------
    ndarray, shape (..., bins)
        F_nu [Jy].
    """
    metres = 1e-6 * wavelength_micron
    distance = distance_pc * PC_M
    return light_w_m * (JY * metres**2 / (SPEED_OF_LIGHT_M_S * 4 * np.pi * distance**2))


def _pixel(instrument: Instrument) -> tuple[np.ndarray, float]:
    """Return the widths [arcsec] and the solid angle [sr] of a pixel."""
    width = np.array(instrument.field_pc) / np.array(instrument.pixels)
    angle = 2 * np.arctan(0.5 * width / instrument.distance_pc)
    return angle * ARCSEC_PER_RADIAN, float(angle.prod())


def _header(cards: list[tuple[str, object, str]]) -> bytes:
    """Return a FITS header, padded to whole blocks.

    Numbers are rounded to the ten digits that SKIRT writes.
    """
    from astropy.io import fits  # slow import (0.4 s), not needed if the ski is wrong

    header = fits.Header()
    for key, value, comment in cards:
        number = float(f"{value:.9E}") if isinstance(value, float) else value
        header.append(fits.Card(key, number, comment))
    return header.tostring().encode("ascii")


def _spatial_cards(instrument: Instrument) -> Iterator[tuple[str, object, str]]:
    """Yield the cards of the two axes of the image."""
    widths, _ = _pixel(instrument)
    for k, axis in enumerate("XY"):
        centre = 2 * np.arctan(0.5 * instrument.center_pc[k] / instrument.distance_pc)
        yield from (
            (
                f"CRPIX{k + 1}",
                (instrument.pixels[k] + 1) / 2,
                f"{axis}-axis coordinate system reference pixel",
            ),
            (
                f"CRVAL{k + 1}",
                float(centre * ARCSEC_PER_RADIAN),
                f"Coordinate value at {axis}-axis reference pixel",
            ),
            (f"CDELT{k + 1}", float(widths[k]), f"Coordinate increment along {axis}-axis"),
            (f"CUNIT{k + 1}", "arcsec", f"Physical units of the {axis}-axis"),
            (f"CTYPE{k + 1}", "", f"Linear {axis} coordinates"),
        )


def _primary_cards(instrument: Instrument, bins: int) -> list[tuple[str, object, str]]:
    """Return the cards of the cube."""
    megaparsec = instrument.distance_pc / 1e6
    now = datetime.datetime.now(datetime.UTC)
    return [
        ("SIMPLE", True, "file does conform to FITS standard"),
        ("BITPIX", -32, "number of bits per data pixel"),
        ("NAXIS", 3, "number of data axes"),
        *(
            (f"NAXIS{k}", length, f"length of data axis {k}")
            for k, length in enumerate((*instrument.pixels, bins), 1)
        ),
        ("EXTEND", True, "FITS dataset may contain extensions"),
        ("BSCALE", 1, "Array value scale"),
        ("BZERO", 0, "Array value offset"),
        ("DATE", f"{now:%Y-%m-%dT%H:%M:%S}", "Date and time of creation (UTC)"),
        ("ORIGIN", "umbra-skirt", "engine of umbra, in the manner of SKIRT"),
        ("BUNIT", "MJy/sr", "Physical unit of the array values"),
        *_spatial_cards(instrument),
        ("CUNIT3", "micron", "Physical units of the Z-axis"),
        ("CROTA1", instrument.inclination_deg, "Inclination angle, in deg"),
        ("CROTA2", instrument.azimuth_deg, "Azimuth angle, in deg"),
        ("CROTA3", instrument.roll_deg, "Roll angle, in deg"),
        ("REDSHIFT", 0.0, "Redshift (if zero, distances are equal)"),
        ("DISTLUMI", megaparsec, "Luminosity distance"),
        ("DISTANGD", megaparsec, "Angular diameter distance"),
        ("DISTUNIT", "Mpc", "Units of distances"),
    ]


def _table_cards(bins: int) -> list[tuple[str, object, str]]:
    """Return the cards of the table of wavelengths."""
    return [
        ("XTENSION", "TABLE", "ASCII table extension"),
        ("BITPIX", 8, "8-bit ASCII characters"),
        ("NAXIS", 2, "2-dimensional ASCII table"),
        ("NAXIS1", 16, "width of table in characters"),
        ("NAXIS2", bins, "number of rows in table"),
        ("PCOUNT", 0, "no group parameters (required keyword)"),
        ("GCOUNT", 1, "one data group (required keyword)"),
        ("TFIELDS", 1, "number of fields in each row"),
        ("TTYPE1", "GRID_POINTS", "label for field   1"),
        ("TBCOL1", 1, "beginning column of field   1"),
        ("TFORM1", "E16.9", "Fortran-77 format of field"),
        ("TUNIT1", "micron", "physical unit of field"),
        ("EXTNAME", "Z-axis coordinate values", "name of this ASCII table extension"),
    ]


def write_cube(
    path: Path, *, light_w_m: np.ndarray, wavelength_micron: np.ndarray, instrument: Instrument
) -> None:
    """Write a cube [wavelength][y][x] in MJy/sr with SKIRT's header and table of wavelengths.

    Parameters
    ----------
    path : Path
        The FITS file.
    light_w_m : ndarray, shape (rows, columns, bins)
        Mean L_lambda per pixel and bin [W/m].
    wavelength_micron : ndarray, shape (bins,)
        Wavelengths of the bins [micron].
    instrument : Instrument
        The frame.
    """
    bins = len(wavelength_micron)
    _, solid_angle = _pixel(instrument)
    factor = flux_jy(np.ones(bins), wavelength_micron, instrument.distance_pc) / solid_angle / 1e6
    rows = "".join(f"{value:16.9E}" for value in wavelength_micron)
    with atomic(path) as temporary, open(temporary, "wb") as file:
        file.write(_header(_primary_cards(instrument, bins)))
        for k in range(bins):
            file.write((light_w_m[:, :, k] * factor[k]).astype(">f4").tobytes())
        file.write(b"\0" * (-4 * light_w_m.size % _BLOCK))
        file.write(_header(_table_cards(bins)))
        file.write(rows.encode("ascii") + b" " * (-len(rows) % _BLOCK))


def write_sed(
    path: Path,
    *,
    columns: dict[str, np.ndarray],
    wavelength_micron: np.ndarray,
    instrument: Instrument,
) -> None:
    """Write spectra in Jy.

    Parameters
    ----------
    path : Path
        The text file.
    columns : dict of str to ndarray, shape (bins,)
        SKIRT's names of columns, and their L_lambda [W/m].
    wavelength_micron : ndarray, shape (bins,)
        Wavelengths of the bins [micron].
    instrument : Instrument
        The observer.
    """
    header = [
        f"# SED at inclination {instrument.inclination_deg:g} deg,"
        f" azimuth {instrument.azimuth_deg:g} deg, distance {instrument.distance_pc / 1e6:g} Mpc",
        "# column 1: wavelength; lambda (micron)",
        *(f"# column {k}: {name}; F_nu (Jy)" for k, name in enumerate(columns, 2)),
    ]
    fluxes = [
        flux_jy(light, wavelength_micron, instrument.distance_pc) for light in columns.values()
    ]
    rows = (
        " ".join(f"{value:.9e}" for value in row)
        for row in zip(wavelength_micron, *fluxes, strict=True)
    )
    with atomic(path) as temporary:
        temporary.write_text("\n".join([*header, *rows]) + "\n", encoding="utf-8")


class Log:
    """SKIRT's log: lines with the time, written to a file and to the terminal.

    Parameters
    ----------
    path : Path
        The file; an existing one is replaced.
    """

    def __init__(self, path: Path):
        self._file = open(path, "w", buffering=1, encoding="utf-8")

    def info(self, text: str, mark: str = " ") -> None:
        """Write a line with one of SKIRT's marks: '-' success, '!' warning, '*' error."""
        now = datetime.datetime.now()
        line = f"{now:%d/%m/%Y %H:%M:%S}.{now.microsecond // 1000:03d} {mark} {text}"
        print(line, file=sys.stderr if mark == "*" else sys.stdout, flush=True)
        with suppress(OSError):  # on a full disk, the terminal still has the line
            self._file.write(line + "\n")

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError):
            self._file.close()


class Progress:
    """Progress of a long step: a bar on a terminal, and elsewhere a line in the log every 15 s.

    Parameters
    ----------
    log : Log
        Where lines go.
    what : str
        Name of the step.
    """

    LINES_EVERY_S = 15.0

    def __init__(self, log: Log, what: str):
        self._log, self._what, self._bar, self._shown_at = log, what, None, time.monotonic()
        if sys.stderr.isatty():
            from tqdm import tqdm  # not needed without a terminal

            self._bar = tqdm(total=100, desc=what, unit="%", leave=False)

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_) -> None:
        if self._bar is not None:
            self._bar.close()

    def update(self, share: float) -> None:
        """Show that a share of the work, 0 to 1, is finished."""
        now = time.monotonic()
        if self._bar is not None:
            self._bar.update(int(100 * share) - self._bar.n)
        elif now - self._shown_at > self.LINES_EVERY_S:
            self._shown_at = now
            self._log.info(f"{self._what}: {100 * share:.0f} %")


def cpu_seconds() -> float:
    """Return the CPU time [s] of this process since its start."""
    times = os.times()
    return times.user + times.system

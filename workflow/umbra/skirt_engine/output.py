"""SKIRT's output files: data cubes, spectra and the log."""

import datetime
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from umbra.constants import ARCSEC_PER_RADIAN, PC_M, SPEED_OF_LIGHT_M_S
from umbra.files import atomic
from umbra.skirt_engine.ski import Instrument

JY = 1e26
_BLOCK = 2880


def flux_jy(light_w_m: np.ndarray, wavelength_micron: np.ndarray, distance_pc: float) -> np.ndarray:
    """Return F_nu = L_lambda lambda^2 / (4 pi D^2 c), Jy; bins are the last axis."""
    metres = 1e-6 * wavelength_micron
    distance = distance_pc * PC_M
    return light_w_m * (JY * metres**2 / (SPEED_OF_LIGHT_M_S * 4 * np.pi * distance**2))


def _pixel(instrument: Instrument) -> tuple[np.ndarray, float]:
    """Return pixel widths in arcsec and solid angle in sr."""
    width = np.array(instrument.field_pc) / np.array(instrument.pixels)
    angle = 2 * np.arctan(0.5 * width / instrument.distance_pc)
    return angle * ARCSEC_PER_RADIAN, float(angle.prod())


def _card(key: str, value, comment: str) -> str:
    if isinstance(value, str):
        text = f"'{value:<8}'".ljust(20)
    elif isinstance(value, bool):
        text = f"{'T' if value else 'F':>20}"
    elif isinstance(value, int):
        text = f"{value:>20}"
    else:
        text = f"{value:>20.9E}"
    return f"{key:<8}= {text} / {comment}"[:80].ljust(80)


def _header(cards: list[str]) -> bytes:
    text = "".join([*cards, "END".ljust(80)])
    return text.ljust(-(-len(text) // _BLOCK) * _BLOCK).encode("ascii")


def _padded(data: bytes, fill: bytes) -> bytes:
    return data + fill * (-len(data) % _BLOCK)


def _primary_cards(instrument: Instrument, bins: int) -> list[str]:
    columns, rows = instrument.pixels
    (dx, dy), _ = _pixel(instrument)
    cx, cy = (
        2 * np.arctan(0.5 * c / instrument.distance_pc) * ARCSEC_PER_RADIAN
        for c in instrument.center_pc
    )
    megaparsec = instrument.distance_pc / 1e6
    now = datetime.datetime.now(datetime.UTC)
    spatial = [
        [
            _card(f"CRPIX{k}", (count + 1) / 2, f"{axis}-axis coordinate system reference pixel"),
            _card(f"CRVAL{k}", centre, f"Coordinate value at {axis}-axis reference pixel"),
            _card(f"CDELT{k}", width, f"Coordinate increment along {axis}-axis"),
            _card(f"CUNIT{k}", "arcsec", f"Physical units of the {axis}-axis"),
            _card(f"CTYPE{k}", "", f"Linear {axis} coordinates"),
        ]
        for k, axis, count, centre, width in ((1, "X", columns, cx, dx), (2, "Y", rows, cy, dy))
    ]
    return [
        _card("SIMPLE", True, "file does conform to FITS standard"),
        _card("BITPIX", -32, "number of bits per data pixel"),
        _card("NAXIS", 3, "number of data axes"),
        *(
            _card(f"NAXIS{k}", length, f"length of data axis {k}")
            for k, length in enumerate((columns, rows, bins), 1)
        ),
        _card("EXTEND", True, "FITS dataset may contain extensions"),
        _card("BSCALE", 1, "Array value scale"),
        _card("BZERO", 0, "Array value offset"),
        _card("DATE", f"{now:%Y-%m-%dT%H:%M:%S}", "Date and time of creation (UTC)"),
        _card("ORIGIN", "umbra-skirt", "embedded engine of umbra, in the manner of SKIRT"),
        _card("BUNIT", "MJy/sr", "Physical unit of the array values"),
        *spatial[0],
        *spatial[1],
        _card("CUNIT3", "micron", "Physical units of the Z-axis"),
        _card("CROTA1", instrument.inclination_deg, "Inclination angle, in deg"),
        _card("CROTA2", instrument.azimuth_deg, "Azimuth angle, in deg"),
        _card("CROTA3", instrument.roll_deg, "Roll angle, in deg"),
        _card("REDSHIFT", 0.0, "Redshift (if zero, distances are equal)"),
        _card("DISTLUMI", megaparsec, "Luminosity distance"),
        _card("DISTANGD", megaparsec, "Angular diameter distance"),
        _card("DISTUNIT", "Mpc", "Units of distances"),
    ]


def _table_cards(bins: int) -> list[str]:
    return [
        _card("XTENSION", "TABLE", "ASCII table extension"),
        _card("BITPIX", 8, "8-bit ASCII characters"),
        _card("NAXIS", 2, "2-dimensional ASCII table"),
        _card("NAXIS1", 16, "width of table in characters"),
        _card("NAXIS2", bins, "number of rows in table"),
        _card("PCOUNT", 0, "no group parameters (required keyword)"),
        _card("GCOUNT", 1, "one data group (required keyword)"),
        _card("TFIELDS", 1, "number of fields in each row"),
        _card("TTYPE1", "GRID_POINTS", "label for field   1"),
        _card("TBCOL1", 1, "beginning column of field   1"),
        _card("TFORM1", "E16.9", "Fortran-77 format of field"),
        _card("TUNIT1", "micron", "physical unit of field"),
        _card("EXTNAME", "Z-axis coordinate values", "name of this ASCII table extension"),
    ]


def write_cube(
    path: Path, *, light_w_m: np.ndarray, wavelength_micron: np.ndarray, instrument: Instrument
) -> None:
    """Write a cube [wavelength][y][x] in MJy/sr with SKIRT's header and wavelength table.

    Parameters
    ----------
    path : path-like
        The FITS file.
    light_w_m : numpy.ndarray, shape (rows, columns, bins)
        Mean L_lambda per pixel and bin, W/m.
    wavelength_micron : numpy.ndarray, shape (bins,)
        The bins' wavelengths.
    instrument : Instrument
        The frame.
    """
    bins = len(wavelength_micron)
    _, solid_angle = _pixel(instrument)
    factor = flux_jy(np.ones(bins), wavelength_micron, instrument.distance_pc) / solid_angle / 1e6
    with atomic(path) as temporary, open(temporary, "wb") as file:
        file.write(_header(_primary_cards(instrument, bins)))
        for k in range(bins):
            file.write((light_w_m[:, :, k] * factor[k]).astype(">f4").tobytes())
        file.write(b"\0" * (-4 * light_w_m.size % _BLOCK))
        file.write(_header(_table_cards(bins)))
        rows = "".join(f"{value:16.9E}" for value in wavelength_micron)
        file.write(_padded(rows.encode("ascii"), b" "))


def write_sed(
    path: Path,
    *,
    columns: dict[str, np.ndarray],
    wavelength_micron: np.ndarray,
    instrument: Instrument,
) -> None:
    """Write spectra in Jy; `columns` maps SKIRT's column names to L_lambda, W/m, shape (bins,)."""
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
        temporary.write_text("\n".join([*header, *rows]) + "\n")


class Log:
    """SKIRT's log: lines with the time, to a file and to the terminal."""

    def __init__(self, path: Path):
        self._file = open(path, "w", buffering=1)

    def info(self, text: str, mark: str = " ") -> None:
        """Write a line; marks as in SKIRT: '-' success, '!' warning, '*' error."""
        now = datetime.datetime.now()
        line = f"{now:%d/%m/%Y %H:%M:%S}.{now.microsecond // 1000:03d} {mark} {text}"
        print(line, file=sys.stderr if mark == "*" else sys.stdout, flush=True)
        with suppress(OSError):  # on a full disk, the terminal has it
            self._file.write(line + "\n")

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError):
            self._file.close()


class Progress:
    """A bar on a terminal; elsewhere a line in the log now and then."""

    LINES_EVERY_S = 15.0

    def __init__(self, log: Log, what: str):
        self._log, self._what, self._bar, self._said = log, what, None, time.monotonic()
        if sys.stderr.isatty():
            from tqdm import tqdm  # only where somebody looks at it

            self._bar = tqdm(total=100, desc=what, unit="%", leave=False)

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_) -> None:
        if self._bar is not None:
            self._bar.close()

    def update(self, part: float) -> None:
        """Say that a part, 0 to 1, is done."""
        now = time.monotonic()
        if self._bar is not None:
            self._bar.update(int(100 * part) - self._bar.n)
        elif now - self._said > self.LINES_EVERY_S:
            self._said = now
            self._log.info(f"{self._what}: {100 * part:.0f} %")


def cpu_seconds() -> float:
    """Return the CPU time of this process so far, interpreter start included."""
    times = os.times()
    return times.user + times.system

"""Wavelength grids of instruments: from fine spectra to bands or bins.

Every grid turns spectra L_lambda on fine wavelengths into mean L_lambda per bin, as SKIRT's
detectors do. F_nu at the bin's wavelength follows with lambda^2 / c.

- SDSS bands: <L_lambda> = int L T dlambda / int T dlambda at the pivot wavelength, with
  T = lambda R(lambda), where R is the response of a photon counter. This F_nu is the
  photon-weighted mean, the AB convention (Camps et al. 2016, MNRAS 462, 1057, appendix A).
- Logarithmic bins: the mean over the bin, whose edges are geometric means of neighbours.

Light outside the wavelength range of the sources is zero, also in the part of a bin beyond it.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from umbra.skirt_engine import stab
from umbra.skirt_engine.package_data import package_file
from umbra.skirt_engine.ski import WavelengthGrid

SDSS_BANDS = "ugriz"
RED_LEAK_A = 5000.0


@dataclass(frozen=True)
class Sampler:
    """A wavelength grid with its wavelengths.

    Parameters
    ----------
    wavelength_micron : ndarray, shape (bins,)
        Pivot wavelengths of bands, or characteristic wavelengths of bins [micron].
    grid : WavelengthGrid
        The grid of the instrument.
    source_range_micron : tuple of float
        Shortest and longest wavelength of the sources [micron].
    """

    wavelength_micron: np.ndarray
    grid: WavelengthGrid
    source_range_micron: tuple[float, float]

    @property
    def key(self) -> str:
        """A text that is the same for equal samplers; cached tables are named after it."""
        return repr((self.grid, self.source_range_micron))


def sdss_response(band: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the response of an SDSS band at airmass 1.3.

    The red leak of u (7620 to 7941 A in the table, 0.2 % of its response) is left out: it is a
    fault of the camera's filters, differs between them and with time, and its light is out of focus
    (https://www.sdss3.org/dr10/imaging/caveats.php, "Very red objects"). SKIRT's u has none either.

    Parameters
    ----------
    band : str
        One of `SDSS_BANDS`.

    Returns
    -------
    wavelength, response : ndarray, shape (n,)
        Wavelengths [Angstrom], and the response of a photon counter.

    References
    ----------
    Doi et al. 2010, AJ 139, 1628.
    """
    path = package_file("speclite", "data", "filters", f"sdss2010-{band}.ecsv")
    with open(path, encoding="utf-8") as file:
        rows = [line.split() for line in file if not line.startswith("#")]
    wavelength, response = np.array(rows[1:], dtype=float).T
    keep = wavelength < (RED_LEAK_A if band == "u" else np.inf)
    return wavelength[keep], response[keep]


def band_table(band: str) -> stab.Expected:
    """Return SKIRT's table of the transmission of an SDSS band."""
    return stab.Expected(f"SLOAN_SDSS_{band.upper()}_BroadBand.stab", ("lambda",), ("T",))


def transmission(band: str, skirt_resources: Path | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the transmission T = lambda R of an SDSS band, linear between its points.

    Images in bands and spectra that are averaged over bands later have it from here alike. SKIRT
    takes its tables' points and interpolates linearly, whatever scale they state (class ``Band``).

    Parameters
    ----------
    band : str
        One of `SDSS_BANDS`.
    skirt_resources : Path or None
        SKIRT's resource folder, whose table is taken, or None for `sdss_response`.

    Returns
    -------
    wavelength, transmission : ndarray, shape (n,)
        Wavelengths [Angstrom], and T in any unit.
    """
    if skirt_resources is not None:
        table = stab.stored(band_table(band), skirt_resources)
        return 1e10 * table.axes["lambda"].values, table.quantities["T"].values
    wavelength, response = sdss_response(band)
    return wavelength, wavelength * response


def pivot_micron(wavelength: np.ndarray, transmitted: np.ndarray) -> float:
    """Return the pivot wavelength [micron] of a transmission T at wavelengths in Angstrom."""
    return 1e-4 * np.sqrt(
        np.trapezoid(transmitted, wavelength)
        / np.trapezoid(transmitted / wavelength**2, wavelength)
    )


def make_sampler(grid: WavelengthGrid, source_range_micron: tuple[float, float]) -> Sampler:
    """Return the sampler of an instrument's wavelength grid.

    Parameters
    ----------
    grid : WavelengthGrid
        The grid of the instrument.
    source_range_micron : tuple of float
        Shortest and longest wavelength of the sources [micron].

    Returns
    -------
    Sampler
    """
    if grid.count:
        wavelength = np.geomspace(grid.minimum_micron, grid.maximum_micron, grid.count)
    else:
        top = stab.folder()
        wavelength = np.array([pivot_micron(*transmission(band, top)) for band in SDSS_BANDS])
    return Sampler(wavelength, grid, source_range_micron)


def log_bin_edges(wavelength_micron: np.ndarray) -> np.ndarray:
    """Return the edges of logarithmic bins around their characteristic wavelengths."""
    step = np.sqrt(wavelength_micron[1] / wavelength_micron[0])
    return np.append(wavelength_micron / step, wavelength_micron[-1] * step)


def sample(
    sampler: Sampler, wavelength_a: np.ndarray, spectra: np.ndarray, *, power_law: bool = False
) -> np.ndarray:
    """Return mean L_lambda per bin of spectra.

    Parameters
    ----------
    sampler : Sampler
        The instrument's wavelength grid.
    wavelength_a : ndarray, shape (n,)
        Rising wavelengths [Angstrom].
    spectra : ndarray, shape (m, n)
        L_lambda of m spectra, in any unit.
    power_law : bool
        Whether spectra are power laws between their wavelengths, or linear.

    Returns
    -------
    ndarray, shape (m, bins)
        In the unit of `spectra`.
    """
    low, high = (1e4 * limit for limit in sampler.source_range_micron)
    if not sampler.grid.count:
        return _sample_bands(wavelength_a, spectra, low, high, power_law)
    edges = 1e4 * log_bin_edges(sampler.wavelength_micron)
    inside = np.clip(edges, max(low, wavelength_a[0]), min(high, wavelength_a[-1]))
    if power_law:
        wavelength_a, spectra = _refined(wavelength_a, spectra, inside, power_law)
    return np.diff(_cumulative(wavelength_a, spectra, inside), axis=1) / np.diff(edges)


def _sample_bands(wavelength_a, spectra, low, high, power_law) -> np.ndarray:
    result = np.empty((len(spectra), len(SDSS_BANDS)))
    for k, band in enumerate(SDSS_BANDS):
        x, transmitted = transmission(band, stab.folder())
        first, last = np.searchsorted(wavelength_a, [x[0], x[-1]])
        part = slice(max(first - 1, 0), last + 1)
        fine, values = wavelength_a[part], spectra[:, part]
        if len(fine) < 2 * len(x):  # coarse spectra need the points of the band too
            fine, values = _refined(fine, values, x, power_law)
        inside = (fine >= x[0]) & (fine <= x[-1])
        fine, values = fine[inside], values[:, inside]
        weight = np.interp(fine, x, transmitted) * _widths(fine)
        norm = weight.sum()
        weight[(fine < low) | (fine > high)] = 0
        result[:, k] = values @ (weight / norm)
    return result


def _widths(x: np.ndarray) -> np.ndarray:
    """Return the weights of the trapezoidal rule."""
    half = 0.5 * np.diff(x, prepend=x[0], append=x[-1])
    return half[:-1] + half[1:]


def _refined(
    x: np.ndarray, y: np.ndarray, more: np.ndarray, power_law: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return y(x), linear or power laws between its points, at its own and more points."""
    fine = np.union1d(x, more[(more > x[0]) & (more < x[-1])])
    k = np.clip(np.searchsorted(x, fine, side="right") - 1, 0, len(x) - 2)
    if not power_law:
        f = (fine - x[k]) / (x[k + 1] - x[k])
        return fine, y[:, k] * (1 - f) + y[:, k + 1] * f
    f = np.log(fine / x[k]) / np.log(x[k + 1] / x[k])
    return fine, y[:, k] ** (1 - f) * y[:, k + 1] ** f


def _cumulative(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the integral of piecewise linear y from x[0] to each of `at`."""
    steps = np.diff(x)
    total = np.zeros_like(y)
    np.cumsum(0.5 * steps * (y[:, 1:] + y[:, :-1]), axis=1, out=total[:, 1:])
    k = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
    t = at - x[k]
    slope = (y[:, k + 1] - y[:, k]) / steps[k]
    return total[:, k] + t * (y[:, k] + 0.5 * t * slope)

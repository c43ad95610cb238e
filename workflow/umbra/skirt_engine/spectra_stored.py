"""Spectra from SKIRT's own tables, for use with its resource folder.

Stars: Bruzual and Charlot 2003 for a Chabrier IMF, per Msun formed; star-forming regions: MAPPINGS
III (Groves et al. 2008) per Msun/yr. All are interpolated at each wavelength as the tables state,
before they are averaged over bands. Each region gets a spectrum of its own. Stars share spectra on
a grid that is finer than the table's: between its points, which are interpolated as the table
states, weights are linear, and differ from the logarithmic interpolation of SKIRT by less than
0.005 mag (`tests/unit/skirt_engine/test_stab.py`).
"""

import numpy as np

from umbra.skirt_engine import stab
from umbra.skirt_engine.sampling import Sampler, sample
from umbra.skirt_engine.spectra import SpectralTable

REGIONS_TABLE = stab.Expected(
    "MappingsSEDFamily.stab", ("lambda", "Z", "logC", "P", "fPDR"), ("Llambda",)
)
METALLICITY_STEP_DEX, AGE_STEP_DEX = 0.1, 0.025
_MOST_PARTS = 80  # of an interval: the first of SKIRT's ages, 1 to 1e5 yr, needs no more
_AT_ONCE = 1000  # spectra that are interpolated together
_ANGSTROM_PER_M = 1e10


def stars_table(*, fine: bool) -> stab.Expected:
    """Return SKIRT's table of populations, of high or low resolution."""
    name = f"BruzualCharlotSEDFamily_Chabrier_{'hr' if fine else 'lr'}.stab"
    return stab.Expected(name, ("lambda", "Z", "t"), ("Llambda",))


def _sampled(sampler: Sampler, table: stab.StoredTable, at: dict[str, np.ndarray]) -> np.ndarray:
    """Return the mean Llambda per bin, shape (points, bins), at points on all axes but lambda."""
    wavelength = table.axes["lambda"]
    power_law = wavelength.logarithmic and table.quantities["Llambda"].logarithmic
    points = np.array(list(at.values()))
    made = []
    for part in np.array_split(points, max(points.shape[1] // _AT_ONCE, 1), axis=1):
        spectra = stab.interpolate(table, "Llambda", dict(zip(at, part, strict=True)))
        wavelength_a = wavelength.values * _ANGSTROM_PER_M
        made.append(sample(sampler, wavelength_a, spectra, power_law=power_law))
    return np.concatenate(made)


def _refined(grid: np.ndarray, step_dex: float) -> np.ndarray:
    """Return a rising grid with more points, evenly in the logarithm within each interval."""
    intervals = np.diff(np.log10(grid))
    parts = np.clip(np.ceil(intervals / step_dex - 1e-6), 1, _MOST_PARTS).astype(int)
    inner = [np.geomspace(*grid[k : k + 2], n, endpoint=False) for k, n in enumerate(parts)]
    return np.append(np.concatenate(inner), grid[-1])


def stored_spectral_table(sampler: Sampler, *, fine: bool) -> SpectralTable:
    """Return the spectra of populations from SKIRT's table.

    Parameters
    ----------
    sampler : Sampler
        The wavelength grid.
    fine : bool
        Whether to use the table of high resolution.

    Returns
    -------
    SpectralTable

    Raises
    ------
    InputError
        If the table is not in the resource folder.
    """
    table = stab.stored(stars_table(fine=fine))
    ages = table.axes["t"].values
    ages = _refined(ages[ages > 0], AGE_STEP_DEX)
    metallicities = _refined(table.axes["Z"].values, METALLICITY_STEP_DEX)
    z, t = (axis.ravel() for axis in np.meshgrid(metallicities, ages, indexing="ij"))
    return SpectralTable(ages, _sampled(sampler, table, {"Z": z, "t": t}), metallicities)


def region_spectra(sampler: Sampler, parameters: np.ndarray) -> np.ndarray:
    """Return the spectra of star-forming regions from SKIRT's table.

    Parameters
    ----------
    sampler : Sampler
        The wavelength grid.
    parameters : ndarray, shape (4, regions)
        Metallicity, log compactness, pressure [Pa] and covering factor of each region.

    Returns
    -------
    ndarray, shape (regions, bins)
        Mean L_lambda per bin [W/m] per Msun/yr.
    """
    return _sampled(
        sampler,
        stab.stored(REGIONS_TABLE),
        dict(zip(REGIONS_TABLE.axes[1:], parameters, strict=True)),
    )

"""Spectra from SKIRT's own tables, for use with its resource folder.

Stars: Bruzual and Charlot 2003 for a Chabrier IMF, per Msun formed; star-forming regions: MAPPINGS
III (Groves et al. 2008) per Msun/yr. Each region gets a spectrum of its own, interpolated in the
logarithm of the luminosity as in SKIRT. The spectra of stars are interpolated linearly between
tabulated metallicities and ages.
"""

import numpy as np

from umbra.skirt_engine import stab
from umbra.skirt_engine.sampling import Sampler, sample
from umbra.skirt_engine.spectra import SpectralTable

REGIONS_TABLE = "MappingsSEDFamily.stab"
_ANGSTROM_PER_M = 1e10


def stars_table(*, fine: bool) -> str:
    """Return the name of SKIRT's table of populations, of high or low resolution."""
    return f"BruzualCharlotSEDFamily_Chabrier_{'hr' if fine else 'lr'}.stab"


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
    table = stab.stored(stars_table(fine=fine), axes=("lambda", "Z", "t"), quantities=("Llambda",))
    wavelength, metallicities, ages = table.axes.values()
    born = ages > 0
    values = table.quantities["Llambda"][:, :, born].transpose(1, 2, 0)
    rows = sample(sampler, wavelength * _ANGSTROM_PER_M, values.reshape(-1, len(wavelength)))
    return SpectralTable(ages[born], rows, metallicities)


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
    axes = ("lambda", "Z", "logC", "P", "fPDR")
    table = stab.stored(REGIONS_TABLE, axes=axes, quantities=("Llambda",))
    wavelength = table.axes["lambda"] * _ANGSTROM_PER_M
    parts = []
    for part in np.array_split(parameters, max(parameters.shape[1] // 1000, 1), axis=1):
        at = dict(zip(axes[1:], part, strict=True))
        parts.append(sample(sampler, wavelength, stab.interpolate(table, "Llambda", at)))
    return np.concatenate(parts)

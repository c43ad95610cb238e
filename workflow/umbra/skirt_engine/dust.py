"""The dust mix BARE-GR-S of Zubko, Dwek and Arendt 2004, ApJS 152, 211."""

import numpy as np

from umbra.constants import PC_M, SOLAR_MASS_KG
from umbra.skirt_engine import stab, zubko
from umbra.skirt_engine.package_data import package_file

# Extinction per mass of dust at 0.55 micron, as in the ZubkoDustMix of SKIRT 9.
EXTINCTION_V_M2_KG = 3284.0
V_MICRON = 0.55
# Dust per hydrogen atom of BARE-GR-S, in gas of this metallicity.
DUST_PER_HYDROGEN_KG = 1.3056e-29
MILKY_WAY_METALLICITY = 0.02
OPTICAL_PROPERTIES = "MeanZubkoOpticalProps.stab"


def _stored() -> stab.StoredTable | None:
    """Return SKIRT's own table of the mix, or None without a resource folder."""
    if stab.folder() is None:
        return None
    quantities = ("sigmaabs", "sigmasca", "g", "mu")
    return stab.stored(OPTICAL_PROPERTIES, axes=("lambda",), quantities=quantities)


def _stored_sections(wavelength_micron: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return extinction [m^2/kg], albedo and mean cosine from SKIRT's table."""
    table = _stored()
    x, grid = np.log(1e-6 * np.asarray(wavelength_micron)), np.log(table.axes["lambda"])
    absorbed, scattered = (
        np.exp(np.interp(x, grid, np.log(np.maximum(table.quantities[name], 1e-300))))
        for name in ("sigmaabs", "sigmasca")
    )
    cosine, mass = (np.interp(x, grid, table.quantities[name]) for name in ("g", "mu"))
    extinction = absorbed + scattered
    return extinction / mass, scattered / extinction, cosine


def extinction_ratio(wavelength_micron: np.ndarray) -> np.ndarray:
    """Return the extinction relative to that at 0.55 micron.

    The curve comes from the package dust_extinction (its model ``ZDA04``), or from SKIRT's resource
    folder if there is one.

    Parameters
    ----------
    wavelength_micron : ndarray, shape (n,)
        Wavelengths [micron].

    Returns
    -------
    ndarray, shape (n,)
        kappa_ext(lambda) / kappa_ext(0.55 micron).
    """
    if _stored() is not None:
        return _stored_sections(wavelength_micron)[0] / _stored_sections(V_MICRON)[0]
    path = package_file("dust_extinction", "data", "zubko2004_bare-gr-s_alam_av.dat")
    x, curve = np.loadtxt(path, skiprows=1, unpack=True)
    log_ratio = np.interp(np.log(wavelength_micron), np.log(x), np.log(curve))
    return np.exp(log_ratio) / np.interp(V_MICRON, x, curve)


def albedo_and_asymmetry(wavelength_micron: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return albedo and mean cosine of the scattering angle.

    Parameters
    ----------
    wavelength_micron : ndarray, shape (n,)
        Wavelengths [micron].

    Returns
    -------
    albedo, asymmetry : ndarray, shape (n,)
    """
    if _stored() is not None:
        return _stored_sections(wavelength_micron)[1:]
    return zubko.tabulated_scattering(wavelength_micron)


def extinction_v_m2_kg() -> float:
    """Return the extinction at 0.55 micron per mass of dust [m^2/kg]."""
    return EXTINCTION_V_M2_KG if _stored() is None else float(_stored_sections(V_MICRON)[0])


def opacity_v_pc2_msun() -> float:
    """Return the extinction at 0.55 micron per mass of dust [pc^2/Msun]."""
    return extinction_v_m2_kg() * SOLAR_MASS_KG / PC_M**2

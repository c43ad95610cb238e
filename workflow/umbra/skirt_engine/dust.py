"""The dust mix BARE-GR-S of Zubko, Dwek and Arendt 2004, ApJS 152, 211."""

from pathlib import Path

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
# A table of SKIRT's that not every release of its resource packs has.
OPTICAL_PROPERTIES = stab.Expected(
    "MeanZubkoOpticalProps.stab", ("lambda",), ("sigmaabs", "sigmasca", "g", "mu")
)


def stored_mix(top: Path | None = None) -> stab.StoredTable | None:
    """Return SKIRT's own table of the mix.

    Parameters
    ----------
    top : Path, optional
        SKIRT's resource folder; by default that of the environment variable.

    Returns
    -------
    StoredTable or None
        None without a resource folder, or without the table in it: the packaged tables serve then.
    """
    top = top or stab.folder()
    if top is None or not stab.locate(top, OPTICAL_PROPERTIES.name):
        return None
    return stab.stored(OPTICAL_PROPERTIES, top)


def _stored_sections(wavelength_micron: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return extinction [m^2/kg], albedo and mean cosine from SKIRT's table."""
    at = {"lambda": np.atleast_1d(1e-6 * np.asarray(wavelength_micron))}
    absorbed, scattered, cosine, mass = (
        stab.interpolate(stored_mix(), name, at) for name in OPTICAL_PROPERTIES.quantities
    )
    extinction = absorbed + scattered
    return extinction / mass, scattered / extinction, cosine


def extinction_ratio(wavelength_micron: np.ndarray) -> np.ndarray:
    """Return the extinction relative to that at 0.55 micron.

    The curve comes from the package dust_extinction (its model ``ZDA04``), or from SKIRT's table
    (see `stored_mix`).

    Parameters
    ----------
    wavelength_micron : ndarray, shape (n,)
        Wavelengths [micron].

    Returns
    -------
    ndarray, shape (n,)
        kappa_ext(lambda) / kappa_ext(0.55 micron).
    """
    if stored_mix() is not None:
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
    if stored_mix() is not None:
        return _stored_sections(wavelength_micron)[1:]
    return zubko.tabulated_scattering(wavelength_micron)


def extinction_v_m2_kg() -> float:
    """Return the extinction at 0.55 micron per mass of dust [m^2/kg]."""
    return EXTINCTION_V_M2_KG if stored_mix() is None else float(_stored_sections(V_MICRON)[0][0])


def opacity_v_pc2_msun() -> float:
    """Return the extinction at 0.55 micron per mass of dust [pc^2/Msun]."""
    return extinction_v_m2_kg() * SOLAR_MASS_KG / PC_M**2

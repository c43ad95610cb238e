"""TNG code units and physical units: the only place that knows h and the scale factor.

Code units (Nelson et al. 2019, section 3): lengths ckpc/h, masses 1e10 Msun/h, particle velocities
km/s sqrt(a), densities (1e10 Msun/h) / (ckpc/h)^3, star formation rates already Msun/yr.
"""

from dataclasses import dataclass

import numpy as np

# CODATA 2018 / IAU 2015
GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN = 4.30091727e-6
BOLTZMANN_J_K = 1.380649e-23
PROTON_MASS_KG = 1.67262192e-27
PC_M = 3.0856775814913673e16
SOLAR_MASS_KG = 1.988409870698051e30
SOLAR_LUMINOSITY_W = 3.828e26
SPEED_OF_LIGHT_M_S = 299792458.0
YEAR_S = 365.25 * 86400
# time in which 1 km/s covers 1 kpc
YEAR_PER_KPC_KM_S = PC_M / YEAR_S
NANOMAGGY_JY = 3.631e-6
ARCSEC_PER_RADIAN = 206264.80624709636
# of a normal distribution
FWHM_PER_SIGMA = 2.3548200450309493
SIGMA_PER_MEDIAN_DEVIATION = 1.482602218505602
# HI column density of S [Jy/beam km/s] in a beam of bmaj x bmin [arcsec]: this x S / (bmaj bmin)
HI_COLUMN_DENSITY_CM2 = 1.104e24
# HI mass of an integrated flux S [Jy km/s] at D [Mpc]: this x D^2 S (Giovanelli & Haynes 1988)
HI_MASS_MSUN_PER_MPC2_JY_KM_S = 2.36e5


def hubble_time_yr(hubble: float) -> float:
    """Return 1 / H0 [yr] for little h."""
    return 1e3 * YEAR_PER_KPC_KM_S / (100 * hubble)


@dataclass(frozen=True)
class CodeUnits:
    """Conversion factors of one snapshot.

    Parameters
    ----------
    hubble : float
        Little h.
    scale_factor : float
        a of the snapshot, 1 at z = 0.
    """

    hubble: float
    scale_factor: float = 1.0

    @property
    def kpc(self) -> float:
        """Physical kpc per code length."""
        return self.scale_factor / self.hubble

    @property
    def msun(self) -> float:
        """Msun per code mass."""
        return 1e10 / self.hubble

    @property
    def km_s(self) -> float:
        """Peculiar km/s per code particle velocity (subhalo velocities are peculiar already)."""
        return float(np.sqrt(self.scale_factor))

    @property
    def msun_kpc3(self) -> float:
        """Msun/kpc^3 per code density."""
        return self.msun / self.kpc**3

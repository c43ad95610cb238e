"""Conversion of TNG's code units to physical units, in which h and the scale factor enter.

Code units (Nelson et al. 2019, section 3): lengths in ckpc/h, masses in 1e10 Msun/h, particle
velocities in km/s sqrt(a), densities in (1e10 Msun/h) / (ckpc/h)^3. Star formation rates are in
Msun/yr.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class CodeUnits:
    """Conversion factors of one snapshot.

    Parameters
    ----------
    hubble : float
        h, the Hubble constant in units of 100 km/s/Mpc.
    scale_factor : float
        Scale factor a of the snapshot, 1 at z = 0.
    """

    hubble: float
    scale_factor: float = 1.0

    @property
    def kpc(self) -> float:
        """Physical kpc in a unit of length."""
        return self.scale_factor / self.hubble

    @property
    def msun(self) -> float:
        """Msun in a unit of mass."""
        return 1e10 / self.hubble

    @property
    def km_s(self) -> float:
        """Peculiar km/s in a unit of particle velocity. Subhalo velocities are in km/s already."""
        return float(np.sqrt(self.scale_factor))

    @property
    def msun_kpc3(self) -> float:
        """Msun/kpc^3 in a unit of density."""
        return self.msun / self.kpc**3

"""TNG code units and physical units: the only place that knows h and the scale factor.

Code units (Nelson et al. 2019, section 3): lengths ckpc/h, masses 1e10 Msun/h, particle velocities
km/s sqrt(a), densities (1e10 Msun/h) / (ckpc/h)^3, star formation rates already Msun/yr.
"""

from dataclasses import dataclass

import numpy as np


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

"""What is known of the galaxies of TNG100-1 at z = 0: numbers, by which the universe is judged.

Percentiles of the central galaxies of the public group catalogue (Nelson et al. 2019) that form at
least 0.1 Msun/yr, in bins of a quarter of a decade of stellar mass; concentrations of its haloes
from Anbajagane, Evrard & Farahi 2022. Masses in Msun, rates in Msun/yr, radii in kpc.
"""

import numpy as np
import pandas as pd

BIN_DEX = 0.25


def relations() -> pd.DataFrame:
    """Return the 16th, 50th and 84th percentiles in bins of stellar mass, and their numbers."""
    table = pd.DataFrame(
        {
            "n": [1115, 801, 468, 258, 153, 101, 44, 34],
            "log10_mdm_16": [11.575, 11.751, 11.947, 12.167, 12.455, 12.793, 13.209, 13.522],
            "log10_mdm_50": [11.685, 11.863, 12.059, 12.297, 12.65, 12.995, 13.302, 13.718],
            "log10_mdm_84": [11.795, 11.972, 12.159, 12.476, 12.862, 13.145, 13.546, 13.881],
            "log10_sfr_16": [-0.16, -0.043, -0.262, -0.613, -0.614, -0.436, -0.356, -0.248],
            "log10_sfr_50": [0.124, 0.329, 0.31, 0.018, -0.043, 0.176, 0.572, 0.349],
            "log10_sfr_84": [0.345, 0.569, 0.712, 0.587, 0.456, 0.708, 0.879, 1.018],
            "log10_mgas_16": [10.499, 10.672, 10.781, 10.888, 11.124, 11.577, 12.125, 12.592],
            "log10_mgas_50": [10.699, 10.882, 10.993, 11.114, 11.413, 11.834, 12.314, 12.873],
            "log10_mgas_84": [10.886, 11.054, 11.185, 11.351, 11.751, 12.147, 12.645, 13.074],
            "r_half_16": [2.477, 2.731, 3.487, 5.217, 8.016, 11.536, 16.16, 21.974],
            "r_half_50": [3.678, 4.09, 5.336, 7.471, 10.211, 14.879, 19.348, 27.383],
            "r_half_84": [5.719, 6.538, 7.922, 10.248, 12.629, 17.35, 24.054, 39.722],
            "mstar_2rhalf_over_mstar_50": [0.777, 0.756, 0.724, 0.695, 0.685, 0.686, 0.689, 0.67],
        }
    )
    table["log10_mstar_lo"] = 10 + BIN_DEX * np.arange(len(table))
    table["log10_mstar_hi"] = table["log10_mstar_lo"] + BIN_DEX
    return table


def concentrations() -> pd.DataFrame:
    """Return the mean c200c of haloes by log10 of M200c, and the scatter of its logarithm."""
    return pd.DataFrame(
        {
            "log10_m200c": [11.4, 11.7, 12, 12.3, 12.6, 12.9, 13.2, 13.5],
            "c200c": [10.96, 11.008, 10.263, 8.886, 7.623, 6.785, 6.391, 6.125],
            "scatter_ln_c200c": [0.257, 0.254, 0.239, 0.213, 0.213, 0.244, 0.242, 0.226],
        }
    )

"""Albedo and asymmetry of BARE-GR-S dust.

Albedo and mean cosine of the scattering angle of the BARE-GR-S mix (bare silicate, graphite and PAH
grains) of Zubko, Dwek and Arendt 2004 (ApJS 152, 211): Mie cross sections of the grains, and the
PAH cross sections of Draine and Li, as distributed with the benchmark of Camps et al. 2015
(A&A 580, A87), integrated over the size distributions of the model. The integrated values come from
the public code SEDust (seoncafe/SEDust). They are rounded here; the error of linear interpolation
between these wavelengths is below 0.004.
"""

import numpy as np

# wavelength [micron], albedo, mean cosine
_TABLE = """
0.0912 0.215 0.612   0.1002 0.252 0.602   0.1131 0.298 0.624   0.1209 0.317 0.640
0.1293 0.338 0.648   0.1402 0.349 0.648   0.1499 0.359 0.632   0.1603 0.380 0.621
0.1692 0.399 0.609   0.1785 0.412 0.593   0.1834 0.413 0.585   0.1909 0.405 0.570
0.1988 0.385 0.556   0.2069 0.363 0.540   0.2126 0.357 0.532   0.2184 0.364 0.520
0.2273 0.396 0.509   0.2367 0.435 0.499   0.2431 0.458 0.495   0.2531 0.481 0.495
0.2600 0.491 0.494   0.2781 0.504 0.496   0.3014 0.507 0.499   0.3055 0.509 0.500
0.3311 0.515 0.499   0.3638 0.522 0.495   0.3996 0.528 0.485   0.4390 0.535 0.473
0.4823 0.541 0.458   0.4955 0.542 0.453   0.5299 0.543 0.440   0.5517 0.544 0.432
0.5821 0.542 0.420   0.6395 0.538 0.397   0.7025 0.530 0.371   0.7718 0.517 0.343
0.8479 0.500 0.313   0.9315 0.478 0.281   1.0233 0.453 0.247   1.1242 0.424 0.211
1.2350 0.391 0.172   1.3194 0.367 0.146   1.4125 0.343 0.121   1.5107 0.318 0.100
1.6156 0.292 0.082   1.7270 0.266 0.067   1.8479 0.241 0.055   1.9762 0.215 0.046
2.1135 0.191 0.038   2.2604 0.168 0.032   2.4173 0.146 0.028   2.7648 0.109 0.022
3.1623 0.080 0.019   3.6169 0.058 0.016   4.1368 0.041 0.014   4.9927 0.025 0.011
"""
_WAVELENGTH, _ALBEDO, _COSINE = np.array(_TABLE.split(), dtype=float).reshape(-1, 3).T


def tabulated_scattering(wavelength_micron: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return albedo and mean cosine of the scattering angle.

    Parameters
    ----------
    wavelength_micron : ndarray, shape (n,)
        Wavelengths [micron]. Beyond the ends of the table its last values are returned.

    Returns
    -------
    albedo, asymmetry : ndarray, shape (n,)
    """
    x = np.log(wavelength_micron)
    return tuple(np.interp(x, np.log(_WAVELENGTH), values) for values in (_ALBEDO, _COSINE))

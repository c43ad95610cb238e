"""Light of MAPPINGS III star-forming regions in SDSS bands.

Means of L_lambda over u, g, r, i and z [1e41 W/m] for 1 Msun/yr over 10 Myr (Kroupa IMF), at
compactness log C = 5 and pressure P/k = 1e5 K/cm^3, of a region without a photodissociation region
around it and of one that is covered by it. Metallicities are 0.05 to 2 times solar, which is 0.0122
there. Dust inside the ionised gas, gas and dust of the photodissociation region are included.

The models are those of Groves et al. (2008), which SKIRT uses too, as distributed with SKIRT 7
(github.com/SKIRT/SKIRT7, ``dat/SED/Mappings/Mappings_Z*_C50_p5.dat``), averaged over the responses
of `umbra.skirt_engine.sampling.sdss_response`. The ratio of the two columns was taken at 23
wavelengths from 0.298 to 1.12 micron without lines, which differ by up to 2 %.

References
----------
Groves et al. 2008, ApJS 176, 438.
"""

import numpy as np

# Z, then u g r i z without (f_PDR = 0) and with (f_PDR = 1) a covering photodissociation region
_TABLE = """
0.00061   13.77 8.785 6.108 1.711 1.036    13.74  8.823  6.130  1.715  1.044
0.00244   14.32 10.20 5.730 1.890 1.229    12.96  9.732  5.650  1.886  1.244
0.00488   13.57 9.767 5.505 2.172 1.555    9.787  7.965  4.894  1.999  1.480
0.01220   12.87 6.974 5.210 1.921 1.569    3.869  3.114  3.148  1.300  1.176
0.02440   11.23 5.569 4.752 1.627 1.376    0.2503 0.4081 0.8872 0.4279 0.4820
"""
_ROWS = np.array(_TABLE.split(), dtype=float).reshape(5, 11)
REGION_METALLICITIES = _ROWS[:, 0]
BAND_LUMINOSITIES_W_M = 1e41 * _ROWS[:, 1:].reshape(5, 2, 5)

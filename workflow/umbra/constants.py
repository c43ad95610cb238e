"""Physical constants and conversions between units."""

# CODATA 2018 / IAU 2015
GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN = 4.30091727e-6
BOLTZMANN_J_K = 1.380649e-23
PROTON_MASS_KG = 1.67262192e-27
PC_M = 3.0856775814913673e16
SOLAR_MASS_KG = 1.988409870698051e30
SPEED_OF_LIGHT_M_S = 299792458.0
ADIABATIC_INDEX = 5 / 3  # of a monatomic gas
YEAR_S = 365.25 * 86400
# Temperature that star-forming gas is given where it emits or carries dust. Its tabulated one is
# that of TNG's effective equation of state, which is far too high.
WARM_NEUTRAL_MEDIUM_K = 8e3
# Time in which a speed of 1 km/s covers 1 kpc
YEAR_PER_KPC_KM_S = PC_M / YEAR_S
NANOMAGGY_JY = 3.631e-6
ARCSEC_PER_RADIAN = 206264.80624709636
# Widths of a normal distribution
FWHM_PER_SIGMA = 2.3548200450309493
SIGMA_PER_MEDIAN_DEVIATION = 1.482602218505602
HI_REST_FREQUENCY_HZ = 1.420405751e9
# HI column density [cm^-2] of S [Jy/beam km/s] in a beam of bmaj x bmin [arcsec], times
# (bmaj bmin) / S
HI_COLUMN_DENSITY_CM2 = 1.104e24
# HI mass [Msun] of an integrated flux of 1 Jy km/s at 1 Mpc (Haynes & Giovanelli 1984)
HI_MASS_MSUN_PER_JY_KM_S_MPC2 = 2.36e5
# Mass of atomic hydrogen and helium, per mass of atomic hydrogen
GAS_MASS_PER_HI_MASS = 1.33

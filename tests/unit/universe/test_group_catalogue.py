"""The catalogue against what was drawn and against the particles, in physical units.

The files are in code units, with h in lengths and masses. All conversions here are astropy's, so
that neither the catalogue nor the particles can miss a factor h.
"""

import illustris_python as il
import numpy as np
import pytest
from astropy import constants as const
from astropy import units as u
from astropy.cosmology import FlatLambdaCDM
from astropy.modeling.physical_models import NFW

from umbra.universe.plan import plan_groups
from universe_case import EXTENT_KPC, GALAXIES, SEED, kpc, msun, offsets

COSMOLOGY = FlatLambdaCDM(H0=67.74, Om0=0.3089, Tcmb0=0)


@pytest.fixture(scope="module")
def galaxies(halos):
    """Return what was drawn of each selected galaxy, with its group and its subhalo."""
    plans = plan_groups(seed=SEED, galaxies=GALAXIES, extent_kpc=EXTENT_KPC)[:GALAXIES]
    found = []
    for plan in plans:
        distance = np.abs(offsets(halos["GroupPos"], plan.centre_ckpc_h)).max(axis=1)
        assert distance.min() < 0.01
        group = int(distance.argmin())
        found.append((plan.properties, group, int(halos["GroupFirstSub"][group])))
    return found


def test_the_catalogue_has_the_masses_sizes_and_rates_drawn(galaxies, subhalos, halos):
    for properties, group, subhalo in galaxies:
        stars = msun(subhalos["SubhaloMassType"][subhalo, 4])
        assert stars == pytest.approx(properties.stellar_mass_msun, rel=1e-5)
        assert subhalos["SubhaloSFR"][subhalo] == pytest.approx(properties.sfr_msun_yr, rel=1e-5)
        size = kpc(subhalos["SubhaloHalfmassRadType"][subhalo, 4])
        # thickness and young clumps move stars a little
        assert size == pytest.approx(float(properties.half_mass_radius_kpc), rel=0.06)
        m200 = msun(halos["Group_M_Crit200"][group])
        assert m200 == pytest.approx(properties.m200_msun, rel=1e-5)


def test_groups_are_200_times_as_dense_as_critical(galaxies, halos):
    for _, group, _ in galaxies:
        radius = kpc(halos["Group_R_Crit200"][group]) * u.kpc
        mass = msun(halos["Group_M_Crit200"][group]) * u.Msun
        contrast = mass / (4 / 3 * np.pi * radius**3) / COSMOLOGY.critical_density0
        assert contrast.to_value("") == pytest.approx(200, rel=1e-3)


def test_dark_matter_within_100_kpc_is_that_of_the_halo_drawn(base, galaxies, subhalos):
    for properties, _, subhalo in galaxies:
        place = il.snapshot.loadSubhalo(base, 99, subhalo, 1, fields=["Coordinates"])
        centre = subhalos["SubhaloPos"][subhalo]
        radius = kpc(np.linalg.norm(offsets(place, centre), axis=1))
        found = np.count_nonzero(radius < 100) * msun(0.000505574296436975)
        halo = NFW(
            mass=float(properties.m200_msun) * u.Msun,
            concentration=float(properties.concentration),
            redshift=0,
            massfactor="200c",
            cosmo=COSMOLOGY,
        )

        def enclosed(at, halo=halo):
            return (halo.circular_velocity(at) ** 2 * at / const.G).to_value(u.Msun)

        share = enclosed(100 * u.kpc) / enclosed(halo.r_virial)
        # contraction makes the halo a little different from NFW
        assert found == pytest.approx(share * properties.dm_mass_msun, rel=0.08)


def test_initial_masses_of_young_stars_give_the_star_formation_rate(base, galaxies, subhalos):
    fields = ["GFM_InitialMass", "GFM_StellarFormationTime"]
    for _, _, subhalo in galaxies:
        stars = il.snapshot.loadSubhalo(base, 99, subhalo, 4, fields=fields)
        formed = stars["GFM_StellarFormationTime"].astype(float)
        real = formed > 0.999
        age = COSMOLOGY.lookback_time(1 / formed[real] - 1).to_value(u.yr)
        rate = msun(stars["GFM_InitialMass"][real][age < 1e7].sum(dtype=float)) / 1e7
        assert rate == pytest.approx(subhalos["SubhaloSFR"][subhalo], rel=1e-3)


def test_gas_forms_stars_above_the_density_of_tng(base, galaxies):
    fields = ["Masses", "Density", "StarFormationRate"]
    for _, _, subhalo in galaxies:
        gas = il.snapshot.loadSubhalo(base, 99, subhalo, 0, fields=fields)
        volume = kpc(np.cbrt(gas["Masses"] / gas["Density"])) ** 3
        density = msun(gas["Masses"]) / volume * u.Msun / u.kpc**3
        hydrogen = (0.76 * density / const.m_p).to_value(u.cm**-3)
        forming = gas["StarFormationRate"] > 0
        # Pillepich et al. 2018, MNRAS 473, 4077: n_H = 0.106 cm^-3
        assert hydrogen[forming].min() > 0.106
        assert 0.1 < hydrogen[~forming].max() < 0.106


def test_greatest_circular_velocity_is_that_of_the_particles(base, galaxies, subhalos):
    for _, _, subhalo in galaxies:
        speed = subhalos["SubhaloVmax"][subhalo]
        radius = kpc(subhalos["SubhaloVmaxRad"][subhalo])
        enclosed = 0.0
        for kind in (0, 1, 4, 5):
            particles = il.snapshot.loadSubhalo(base, 99, subhalo, kind)
            offset = offsets(particles["Coordinates"], subhalos["SubhaloPos"][subhalo])
            inside = kpc(np.linalg.norm(offset, axis=1)) <= radius * (1 + 1e-6)
            masses = particles.get("Masses", np.full(len(inside), 0.000505574296436975))
            enclosed += msun(masses[inside].sum(dtype=float))
        expected = np.sqrt(const.G * enclosed * u.Msun / (radius * u.kpc)).to_value(u.km / u.s)
        assert speed == pytest.approx(expected, rel=1e-3)

"""The galaxies that are written, against TNG100 and against observed galaxies.

Everything here is measured from the particles in the files' units. The sample is small, so that
residuals about a relation are compared, of all galaxies together.
"""

import numpy as np
import pytest
from scipy.interpolate import interp1d
from scipy.optimize import minimize_scalar

import tng100
from umbra.physics.cosmology import PLANCK_2015_HUBBLE
from umbra.physics.halo import nfw_mass_shape, r200_of_mass_kpc
from written_galaxies import DARK, GAS, STARS, written_galaxies

EXTENT_KPC = 230.0


@pytest.fixture(scope="module")
def galaxies():
    return written_galaxies(seed=11, number=40, extent_kpc=EXTENT_KPC)


@pytest.fixture(scope="module")
def whole(galaxies):
    """Return the galaxies whose haloes have all of their particles."""
    found = [galaxy for galaxy in galaxies if r200_kpc(galaxy) < EXTENT_KPC]
    assert len(found) > 0.6 * len(galaxies)
    return found


def r200_kpc(galaxy):
    return r200_of_mass_kpc(galaxy.group.m200_msun, hubble=PLANCK_2015_HUBBLE)


def line(x, y, at):
    return interp1d(x, y, fill_value="extrapolate")(at)


MEASURES = {
    "log10_mdm": lambda galaxy: np.log10(galaxy.mass(DARK).sum()),
    "log10_mgas": lambda galaxy: np.log10(galaxy.mass(GAS).sum()),
    "log10_sfr": lambda galaxy: np.log10(
        galaxy.group.subhaloes[0].particles[0]["StarFormationRate"].sum(dtype=float)
    ),
    "r_half": lambda galaxy: np.log10(galaxy.half_mass_radius),
}


@pytest.mark.parametrize("column", MEASURES)
def test_masses_rates_and_sizes_are_those_of_tng100(galaxies, whole, column):
    table = tng100.relations()
    sample = whole if column in ("log10_mdm", "log10_mgas") else galaxies
    mass = np.array([galaxy.log10_stars for galaxy in sample])
    found = np.array([MEASURES[column](galaxy) for galaxy in sample])
    low, median, high = (table[f"{column}_{percent}"] for percent in (16, 50, 84))
    if column == "r_half":
        low, median, high = np.log10([low, median, high])
    centre = 0.5 * (table["log10_mstar_lo"] + table["log10_mstar_hi"])
    residual = found - line(centre, median, mass)
    error = 1.25 * residual.std() / np.sqrt(residual.size)
    assert np.median(residual) == pytest.approx(0.0, abs=0.1 + error)
    width = line(centre, 0.5 * (high - low), mass)
    assert np.std(residual / width) == pytest.approx(1.0, abs=0.3)


def test_stars_within_two_half_mass_radii_are_those_of_tng100(whole):
    table = tng100.relations()
    centre = 0.5 * (table["log10_mstar_lo"] + table["log10_mstar_hi"])
    residual = []
    for galaxy in whole:
        inside = galaxy.radius(STARS) < 2.0 * galaxy.half_mass_radius
        share = galaxy.mass(STARS)[inside].sum() / galaxy.mass(STARS).sum()
        wanted = line(centre, table["mstar_2rhalf_over_mstar_50"], galaxy.log10_stars)
        residual.append(share - wanted)
    assert np.median(residual) == pytest.approx(0.0, abs=0.05)


def test_concentrations_of_the_particles_are_those_of_tng100(whole):
    table = tng100.concentrations()
    residual, scatter = [], []
    for galaxy in whole:
        x = np.geomspace(0.05, 1.0, 21)
        counts, _ = np.histogram(galaxy.radius(DARK) / r200_kpc(galaxy), x)

        def misfit(log_c, x=x, counts=counts):
            return np.var(np.log(counts) - np.log(np.diff(nfw_mass_shape(x * np.exp(log_c)))))

        fit = minimize_scalar(misfit, bounds=(np.log(2), np.log(40)), method="bounded").x
        halo = np.log10(galaxy.group.m200_msun)
        residual.append(fit - np.log(np.interp(halo, table["log10_m200c"], table["c200c"])))
        scatter.append(np.interp(halo, table["log10_m200c"], table["scatter_ln_c200c"]))
    assert np.median(residual) == pytest.approx(0.0, abs=0.15)
    assert np.std(np.array(residual) / scatter) == pytest.approx(1.0, abs=0.3)


# log10 M*/Msun and the median of log10 M_HI/M*: of late-type galaxies (Calette et al. 2018), and of
# all galaxies (xGASS, Catinella et al. 2018, table 1).
LATE_TYPES = np.array([[9.747, -0.573], [10.151, -0.817], [10.398, -0.973], [10.75, -0.973],
                       [11.193, -1.394]])  # fmt: skip
ALL_TYPES = np.array([[10.07, -0.854], [10.34, -1.278], [10.65, -1.223], [10.95, -1.707],
                      [11.20, -1.785]])  # fmt: skip


def test_hi_is_that_of_observed_star_forming_galaxies(galaxies):
    mass = np.array([galaxy.log10_stars for galaxy in galaxies])
    fraction = np.array([np.log10(galaxy.hydrogen.sum()) for galaxy in galaxies]) - mass
    chosen = mass < 11.3  # the observed galaxies end here
    above_late = fraction[chosen] - line(*LATE_TYPES.T, mass[chosen])
    above_all = fraction[chosen] - line(*ALL_TYPES.T, mass[chosen])
    assert np.median(above_late) == pytest.approx(0.0, abs=0.2)
    assert 0.1 < np.median(above_all) < 0.5
    # Janowiecki et al. 2020, table 1
    assert np.std(above_late) == pytest.approx(0.36, rel=0.3)


def test_the_ordered_rotation_of_stars_falls_with_mass(galaxies):
    mass = np.array([galaxy.log10_stars for galaxy in galaxies])
    kappa = np.array(
        [galaxy.rotation_fraction(2.0 * galaxy.half_mass_radius) for galaxy in galaxies]
    )
    # Tacchella et al. 2019: from 1e10 to 10^10.5 Msun rotation dominates, above 1e11 it does not
    assert 0.5 < np.median(kappa[mass < 10.5]) < 0.65
    assert np.median(kappa[mass > 11.0]) < 0.55
    assert np.polyfit(mass, kappa, 1)[0] < -0.05
    assert kappa.min() > 1 / 3 - 0.03  # the value of isotropic orbits


def test_gas_and_stars_are_as_well_aligned_as_observed(galaxies):
    rng = np.random.default_rng(3)
    angles, differences = [], []
    for galaxy in galaxies:
        stars = galaxy.spin(STARS, 30.0)
        gas = galaxy.spin(GAS, 30.0, galaxy.hydrogen)
        angles.append(np.degrees(np.arccos(np.clip(stars @ gas, -1, 1))))
        if galaxy.plan.properties.spheroid or angles[-1] > 30.0:
            continue
        toward = rng.standard_normal((40, 3))
        toward /= np.linalg.norm(toward, axis=1)[:, None]
        seen = np.abs(toward @ stars)
        for line_of_sight in toward[
            (seen > np.cos(np.radians(80))) & (seen < np.cos(np.radians(35)))
        ]:
            first, second = np.cross(line_of_sight, stars), np.cross(line_of_sight, gas)
            cosine = first @ second / np.linalg.norm(first) / np.linalg.norm(second)
            differences.append(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    assert 5.0 < np.median(angles) < 15.0
    # Barrera-Ballesteros et al. 2014: 90 % of the position angles differ by less than 16 deg
    assert np.percentile(differences, 90) == pytest.approx(16.0, abs=5.0)
    # Duckworth et al. 2020: 5 % of late types to 28 % of early types differ by more than 30 deg
    assert 0.0 < np.mean(np.array(angles) > 30.0) < 0.2

"""The stars of the mass model, without an image."""

import numpy as np
import pytest

from rotation_case import rings_of
from umbra.classical.rotation_curve.stars import (
    ROTATION_MASS_DEX,
    stars_of_rotation,
    stellar_mass_of_rotation,
)
from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as G


def flat(velocity_km_s):
    radius = np.arange(1.0, 13.0)
    velocity = velocity_km_s * np.tanh(radius / 2)
    return rings_of(radius_kpc=radius, velocity_km_s=velocity)


def sparc_discs(shared_data):
    """Yield rings, gas and stars [Msun] of SPARC's galaxies that are flat, fast and resolved.

    The stars are their light at 3.6 micron times 0.5 (disc) and 0.7 (bulge); their gas is what its
    velocity at the outermost radius belongs to, if it were a sphere.
    """
    for path in sorted((shared_data / "sparc" / "Rotmod_LTG").glob("*.dat")):
        radius, velocity, _, gas, _, _, disc, bulge = np.loadtxt(path, ndmin=2).T
        outer = velocity[radius.size // 2 :]
        if radius.size < 8 or np.median(outer) < 150 or np.ptp(outer) > 0.15 * np.median(outer):
            continue
        light = 1e6 * (0.5 * disc + 0.7 * bulge)  # per kpc^2
        stars = np.trapezoid(2 * np.pi * radius * light, radius)
        gas_mass = max(gas[-1] * abs(gas[-1]) * radius[-1] / G, 0)
        yield rings_of(radius_kpc=radius, velocity_km_s=velocity), gas_mass, stars


def test_stars_of_real_galaxies_scatter_about_it_as_the_prior_says(shared_data):
    found = [np.log10(stellar_mass_of_rotation(r, g) / s) for r, g, s in sparc_discs(shared_data)]
    print(f"{len(found)} galaxies: median {np.median(found):.2f}, rms {np.std(found):.2f} dex")
    assert len(found) > 30
    assert np.median(found) == pytest.approx(0, abs=0.2)
    assert np.mean(np.abs(found) < ROTATION_MASS_DEX) == pytest.approx(0.68, abs=0.1)


def test_a_galaxy_of_gas_has_some_stars_all_the_same():
    assert 0 < stellar_mass_of_rotation(flat(40), 1e10) < 1e9


def test_far_out_the_stars_are_their_mass():
    stars = stars_of_rotation(flat(180), 3e9)
    far = np.array([300.0])
    mass = stellar_mass_of_rotation(flat(180), 3e9)
    assert stars.velocity_squared(far) == pytest.approx(G * mass / far, rel=0.01)

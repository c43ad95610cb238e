"""What is measured in images: against closed forms."""

import numpy as np
import pytest

from umbra.constants import FWHM_PER_SIGMA
from umbra.observed.statistics import measure_statistics, statistics_of

PIXELS = 128
Y, X = np.mgrid[:PIXELS, :PIXELS] - (PIXELS - 1) / 2
RADIUS = np.hypot(X, Y)


def measured(**maps):
    """Return what is measured of the maps of one galaxy, by (channel, quantity)."""
    image = np.stack(list(maps.values()), axis=-1)[None]
    (values,) = measure_statistics(image, list(maps))
    names = [(one.channel, one.quantity) for one in statistics_of(list(maps))]
    return dict(zip(names, values, strict=True))


@pytest.mark.parametrize("scale", [4.0, 9.0])
def test_flux_and_half_light_radius_of_an_exponential_disc(scale):
    found = measured(r=5 * np.exp(-RADIUS / scale))
    assert found["r", "flux"] == pytest.approx(5 * 2 * np.pi * scale**2, rel=0.01)
    assert found["r", "size"] == pytest.approx(1.678 * scale, rel=0.05)


@pytest.mark.parametrize("rms", [0.01, 0.03])
def test_noise_is_that_of_the_sky_and_not_of_the_galaxy(rms):
    noise = np.random.default_rng(0).normal(0, rms, (PIXELS, PIXELS))
    found = measured(r=noise + 3 * np.exp(-RADIUS / 6))
    assert found["r", "noise"] == pytest.approx(rms, rel=0.1)


def test_asymmetry_is_the_share_of_the_light_that_turns():
    disc = np.exp(-RADIUS / 7)
    assert measured(r=disc)["r", "asymmetry"] == pytest.approx(0, abs=1e-12)
    lopsided = measured(r=disc * (1 + 0.2 * np.sign(X)))
    assert lopsided["r", "asymmetry"] == pytest.approx(0.2)
    arms = measured(r=disc * (1 + 0.5 * np.cos(3 * np.arctan2(Y, X))))  # three, of odd symmetry
    assert arms["r", "asymmetry"] == pytest.approx(0.5 * 2 / np.pi, rel=0.02)


def test_width_of_a_line_of_one_velocity_is_that_of_its_dispersion():
    disc = np.where(RADIUS < 30, 1.0, np.nan)
    found = measured(HI0=disc, HI1=70 * disc, HI2=20 * disc)
    assert found["HI1", "w50"] == pytest.approx(FWHM_PER_SIGMA * 20, rel=0.02)
    assert found["HI2", "dispersion"] == 20
    assert np.isnan(found["HI1", "noise"])  # there is none


def test_width_of_a_rotating_disc_is_twice_its_velocity():
    radius = np.where((RADIUS > 5) & (RADIUS < 40), RADIUS, np.nan)
    found = measured(HI0=1 / radius, HI1=150 * X / radius, HI2=0 * radius + 8)
    assert found["HI1", "w50"] == pytest.approx(300, rel=0.07)
    alone = measured(HI1=150 * X / radius)
    assert alone["HI1", "w50"] == pytest.approx(300, rel=0.07)


def test_a_galaxy_that_rotates_the_other_way_or_is_turned_measures_the_same():
    rng = np.random.default_rng(2)
    radius = np.where((RADIUS > 2) & (RADIUS < 40), RADIUS, np.nan)
    maps = {"HI0": 1 / radius, "HI1": 150 * X / radius + rng.normal(0, 9, X.shape), "r": 1 / RADIUS}
    found = measured(**maps)
    for other in (
        maps | {"HI1": -maps["HI1"]},
        {name: np.rot90(image) for name, image in maps.items()},
        {name: image[:, ::-1] for name, image in maps.items()},
    ):
        again = measured(**other)
        for key, value in found.items():
            assert again[key] == pytest.approx(value, rel=0.01), key


def test_what_is_not_there_is_not_measured():
    nothing = np.full((PIXELS, PIXELS), np.nan)
    found = measured(r=-np.exp(-RADIUS / 5), HI0=nothing, HI1=nothing, HI2=nothing)
    missing = {key for key, value in found.items() if not np.isfinite(value)}
    assert missing == set(found) - {("r", "noise")}

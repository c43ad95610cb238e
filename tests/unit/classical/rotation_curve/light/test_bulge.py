"""The bulge of isophotes that are known."""

import numpy as np
import pytest

from umbra.classical.rotation_curve.light.bulge import fit_bulge
from umbra.classical.rotation_curve.light.exponential_disc import fit_disc
from umbra.classical.rotation_curve.light.isophotes import Isophotes
from umbra.physics.sersic import sersic_profile

RADIUS = 8.0 * 1.2 ** np.arange(20)
DISC = 50 * np.exp(-RADIUS / 50.0)


def bulge_of(light):
    """Fit disc and bulge to isophotes of 3 % error and axis ratio 0.81."""
    error, ellipticity = 0.03 * light, np.full_like(RADIUS, 0.19)
    isophotes = Isophotes(RADIUS, light, error, ellipticity, np.full_like(RADIUS, 20.0), (0, 0))
    return fit_bulge(isophotes, fit_disc(isophotes, resolution_arcsec=8.0))


@pytest.mark.parametrize(("index", "effective"), [(1.0, 12.0), (2.0, 11.0)])
def test_a_bulge_above_the_disc_is_found(index, effective):
    light = DISC + sersic_profile(
        RADIUS, effective_value=60.0, effective_radius=effective, index=index
    )
    bulge = bulge_of(light)
    assert bulge.effective_radius_arcsec == pytest.approx(0.9 * effective, rel=0.15)
    assert bulge.sersic_index == pytest.approx(index, rel=0.25)
    expected = 22.5 - 2.5 * np.log10(60.0)
    assert bulge.effective_surface_brightness_mag_arcsec2 == pytest.approx(expected, abs=0.25)


def test_a_disc_alone_has_no_bulge():
    assert bulge_of(DISC) is None

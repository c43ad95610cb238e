"""The radius of cutouts: large enough for every image of a galaxy."""

import numpy as np
import pytest

from observation_case import OBSERVATION, write_galaxies_csv
from umbra.config.observation import FieldSettings
from umbra.observation.cutout_radius import cutout_radii_kpc, cutout_radius_kpc
from umbra.observation.realisations import draw_realisations


@pytest.mark.parametrize(
    ("distance_mpc", "expected_kpc"),
    # half the diagonal of an image of 50.03 kpc is less than 100 kpc; of 200.13 kpc, it is more
    [(10.0, 100.0), (40.0, 141.51)],
)
def test_cutout_reaches_the_corners_of_the_image(distance_mpc, expected_kpc):
    observation = FieldSettings(
        min_distance_mpc=distance_mpc, max_distance_mpc=distance_mpc, field_of_view_arcmin=17.2
    )
    radius_kpc = cutout_radius_kpc(seed=1, galaxy=1, observation=observation, radius_kpc=100.0)
    assert radius_kpc == pytest.approx(expected_kpc, rel=1e-4)


def test_radii_of_a_whole_sample_reach_the_farthest_realisations(tmp_path):
    galaxies = write_galaxies_csv(tmp_path / "galaxies.csv", ids=[3, 11])
    observation = OBSERVATION.model_copy(update={"field_of_view_arcmin": 60.0})
    radii = cutout_radii_kpc(
        galaxies_csv=galaxies, seed=1, observation=observation, radius_kpc=100.0
    )
    assert list(radii) == [3, 11]
    for galaxy, radius_kpc in radii.items():
        farthest = max(
            realisation.distance_mpc
            for realisation in draw_realisations(seed=1, galaxy=galaxy, settings=OBSERVATION)
        )
        half_diagonal_kpc = farthest * 1e3 * np.radians(1) / np.sqrt(2)
        assert radius_kpc == pytest.approx(half_diagonal_kpc, rel=1e-9)

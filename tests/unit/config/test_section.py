"""Parts of sections, and which keys shape results."""

from umbra.config.cutouts import CutoutSettings
from umbra.config.observation import ImageSettings, RealisationSettings


def test_base_of_a_section_has_its_keys_alone():
    base = ImageSettings(pixels=256, realisations=2).only(RealisationSettings)
    assert base.model_dump() == {
        "realisations": 2,
        "min_distance_mpc": 10.0,
        "max_distance_mpc": 20.0,
    }


def test_keys_that_change_no_result_are_left_out():
    settings = CutoutSettings(radius_kpc=120, chunks_per_job=7)
    assert settings.shaping_results() == {"radius_kpc": 120.0}

"""Which configurations are accepted, and what is said of a fault."""

from pathlib import Path

import pytest
import yaml
from snakemake.utils import update_config

from umbra.config import loading
from umbra.config.networks import TrainingSettings
from umbra.errors import InputError

FOLDER = Path(__file__).resolve().parents[3] / "config"


def read(name):
    return yaml.safe_load((FOLDER / name).read_text())


def test_a_run_on_disk_needs_no_synthetic_haloes():
    local = {"source": "local", "path": "run/output", "snapshot": 50}
    loading.load_config({"simulation": local, "observation": {"max_distance_mpc": 90}})


def test_paper_from_the_web_api_differs_in_the_source_alone():
    paper, changed = read("paper.yaml"), read("paper_api.yaml")
    assert changed == {"simulation": {"source": "api"}}
    both = loading.load_config(paper | {"simulation": paper["simulation"] | changed["simulation"]})
    assert (both.simulation.name, both.simulation.snapshot) == ("TNG100-1", 99)


@pytest.mark.parametrize(
    "address",
    [
        "http://www.tng-project.org/api",
        "ftp://www.tng-project.org/api",
        "https://",
        "https://name:password@www.tng-project.org/api",
        "www.tng-project.org/api",
    ],
)
def test_key_is_sent_over_safe_connections_only(address):
    with pytest.raises(InputError, match="begins with https://, because the key is sent to it"):
        loading.load_config({"simulation": {"api_url": address}})


@pytest.mark.parametrize("address", ["http://localhost:8000/api", "http://127.0.0.1:8000/api"])
def test_key_may_be_sent_within_this_machine(address):
    loading.load_config({"simulation": {"api_url": address}})


def test_name_of_a_run_is_a_name():
    with pytest.raises(InputError, match="simulation.name is '../TNG': string should match"):
        loading.load_config({"simulation": {"name": "../TNG"}})


@pytest.mark.parametrize(
    "name", ["config.yaml", "paper.yaml", "study.yaml", "study_cpu.yaml", "test.yaml"]
)
def test_shipped_configurations_are_valid(name):
    """Each after the default, as Snakemake reads it."""
    merged = read("config.yaml")
    update_config(merged, read(name))
    loading.load_config(merged)


@pytest.mark.parametrize("name", ["paper.yaml", "study.yaml", "study_cpu.yaml", "test.yaml"])
def test_trainings_of_shipped_configurations_inherit_nothing(name):
    """A default that suits 60 galaxies must not change them when it changes."""
    for settings in read(name)["networks"]["training"].values():
        assert settings.keys() == TrainingSettings.model_fields.keys()


def test_paper_configuration_has_the_numbers_of_the_paper():
    paper = loading.load_config(read("paper.yaml"))
    assert (paper.simulation.source, paper.simulation.snapshot) == ("local", 99)
    assert (paper.sample.min_stellar_mass_msun, paper.sample.max_stellar_mass_msun) == (1e10, 1e12)
    assert paper.sample.min_sfr_msun_yr == 0.1
    seen = paper.observation
    assert (seen.realisations, seen.pixels, seen.field_of_view_arcmin) == (3, 128, 17.2)
    assert (seen.min_distance_mpc, seen.max_distance_mpc) == (10, 20)
    assert (paper.photometry.packets, paper.photometry.instrument_grid) == (1e7, "bands")
    assert (paper.hi.channels, paper.hi.channel_width_km_s) == (64, 5)
    assert (paper.hi.beam_fwhm_arcsec, paper.hi.noise_rms_jy_arcsec2) == (10, 5e-6)
    assert (paper.profiles.radii, paper.profiles.min_radius_kpc) == (20, 1)
    assert (paper.dataset.train_fraction, paper.dataset.val_fraction) == (0.6, 0.2)
    assert len(paper.networks.architectures) == 4
    assert len(paper.networks.channel_sets) == 6
    trained = [paper.networks.training[name] for name in paper.networks.architectures]
    assert {settings.learning_rate for settings in trained} == {1e-4}


@pytest.mark.parametrize(
    ("values", "key", "reason"),
    [
        ({"seeed": 1}, "seeed", "unknown key"),
        ({"hi": {"beam": 10}}, "hi.beam", "unknown key"),
        ({"hi": {"channels": 2}}, "hi.channels is 2", "greater than or equal to 8"),
        ({"photometry": {"sky": "bright"}}, "photometry.sky is 'bright'", "'subtracted'"),
        (
            {"photometry": {"sky_mag_arcsec2": {"u": 22}}},
            "sky_mag_arcsec2",
            "lacks band g, r, i, z",
        ),
        ({"simulation": {"source": "local"}}, "simulation", "path must name"),
        ({"observation": {"min_distance_mpc": 30}}, "observation", "must not exceed"),
        ({"dataset": {"train_fraction": 0.9}}, "dataset", "leave galaxies for the test split"),
        ({"networks": {"architectures": ["D"]}}, "networks.architectures.0", "'ResNet50'"),
        ({"networks": {"distance": "true"}}, "networks.distance is 'true'", "'measured'"),
        (
            {"learning_curve": {"architectures": ["D"]}},
            "learning_curve.architectures.0 is 'D'",
            "'SymmetricResNet'",
        ),
        (
            {"learning_curve": {"channel_sets": ["gri"]}},
            "learning_curve.channel_sets names gri",
            "networks.channel_sets lacks",
        ),
        ({"learning_curve": {"percents": [50, 25, 50]}}, "learning_curve", "names 50 twice"),
        ({"networks": {"training": {"A": {}}}}, "networks.architectures is B", "training lacks"),
        ({"simulation": {"snapshot": 50}}, "simulation", "whose only snapshot is 99"),
        ({"universe": {"extent_kpc": 120}, "cutouts": {"radius_kpc": 130}}, "extent_kpc", "130.0"),
        # half the diagonal of 17.2 arcmin at 50 Mpc
        ({"observation": {"max_distance_mpc": 50}}, "universe.extent_kpc", "at least 176.9"),
        ({"figures": {"example_galaxies": 0}}, "figures.example_galaxies", "greater than or equal"),
        ({"figures": {"profile_galaxies": []}}, "figures.profile_galaxies", "at least 1 item"),
        # minima and maxima, of every section alike
        ({"sample": {"min_stellar_mass_msun": 1e12}}, "sample", "must be below"),
        ({"profiles": {"min_radius_kpc": 100}}, "profiles", "must be below max_radius_kpc (100)"),
        ({"rotation_curve": {"max_inclination_deg": 30}}, "rotation_curve", "must be below"),
        (
            {"rotation_curve": {"rings": {"min_inclination_deg": 86}}},
            "rotation_curve.rings",
            "min_inclination_deg (86) must be below max_inclination_deg (85)",
        ),
        ({"rotation_curve": {"rings": {"inclination": 10}}}, "rotation_curve.rings", "between"),
        # nothing twice, in any section
        ({"networks": {"architectures": ["A", "A"]}}, "networks", "architectures names A twice"),
        ({"ensemble": {"channel_sets": ["urz", "i", "urz"]}}, "ensemble", "names urz twice"),
        ({"figures": {"example_galaxies": [7, 7]}}, "figures", "example_galaxies names 7 twice"),
        # sections that must agree
        ({"rotation_curve": {"min_inclination_deg": 5}}, "rotation_curve", "at 20-85 deg only"),
        ({"rotation_curve": {"max_inclination_deg": 88}}, "rotation_curve", "of 30-88 deg"),
        ({"rotation_curve": {"realisation": 3}}, "rotation_curve.realisation is 3", "is 3"),
        (
            {"observation": {"realisations": 1}, "rotation_curve": {"realisation": 1}},
            "is 1",
            "is 1",
        ),
        ({"observation": {"pixels": 126}}, "observation.pixels", "at least 127 for architecture A"),
        (
            {
                "observation": {"pixels": 90},
                "networks": {"architectures": ["C"]},
                "ensemble": {"architecture": "B"},
            },
            "observation.pixels",
            "at least 95 for architecture B (ensemble.architecture)",
        ),
        ({"ensemble": {"channel_sets": ["gri"]}}, "ensemble.channel_sets", "names gri"),
        ({"tully_fisher": {"channels": "gri"}}, "tully_fisher.channels", "lacks; it has v, hi"),
        ({"rotation_curve": {"channels": "hu"}}, "rotation_curve.channels", "names hu"),
        ({"sensitivity": {"importance_channel_sets": ["x"]}}, "sensitivity.importance", "names x"),
        ({"networks": {"channel_sets": {"i": ["i"], "hi": None}}}, "ensemble", "names hi"),
        ({"networks": {"channel_sets": {"a/b": ["i"]}}}, "networks.channel_sets", "match pattern"),
        ({"networks": {"channel_sets": {"y": ["y"]}}}, "networks.channel_sets.y", "'HI2'"),
        ({"networks": {"channel_sets": {"ii": ["i", "i"]}}}, "networks", "names a channel twice"),
        (
            {"networks": {"channel_sets": {"catalogue": ["i"]}}},
            "networks",
            "catalogue, which is the name of the baselines' inputs; choose another",
        ),
    ],
)
def test_fault_is_one_sentence_with_key_and_reason(values, key, reason):
    with pytest.raises(InputError) as caught:
        loading.load_config(values)
    message = str(caught.value)
    assert key in message
    assert reason in message
    assert "\n" not in message


@pytest.mark.parametrize("value", ["warm", -1])
def test_fault_in_a_value_of_several_types_names_the_key_alone(value):
    with pytest.raises(InputError) as caught:
        loading.load_config({"hi": {"line_width": value}})
    assert f"hi.line_width is {value!r}: " in str(caught.value)
    assert "constrained" not in str(caught.value)


@pytest.mark.parametrize(
    "values",
    [
        {"seed": True},
        {
            "networks": {
                "training": {
                    "A": {"learning_rate": True},
                    "B": {},
                    "C": {},
                    "ResNet50": {},
                    "SymmetricResNet": {},
                }
            }
        },
        {"photometry": {"sky_mag_arcsec2": {"u": 22, "g": 22, "r": 21, "i": 20, "z": True}}},
        {"photometry": {"dust_to_metals": False}},
        {"figures": {"example_galaxies": [3, True]}},
        {"rotation_curve": {"galaxies": True}},
        {"rotation_curve": {"fit": {"distance_relative_error": False}}},
    ],
)
def test_true_and_false_are_no_numbers(values):
    with pytest.raises(InputError, match=r" is (True|False)(, but must be a number|: )"):
        loading.load_config(values)


@pytest.mark.parametrize("value", [float("inf"), float("nan"), "inf", "nan", "1e999"])
@pytest.mark.parametrize(
    "values",
    [
        lambda value: {"observation": {"max_distance_mpc": value}},
        lambda value: {"photometry": {"seeing_fwhm_arcsec": dict.fromkeys("ugriz", value)}},
        lambda value: {"rotation_curve": {"fit": {"min_inclination_error_deg": value}}},
    ],
)
def test_every_number_is_finite(values, value):
    with pytest.raises(InputError, match="input should be a (finite|valid) number"):
        loading.load_config(values(value))


def test_all_faults_are_named_at_once():
    with pytest.raises(InputError, match=r"hi\.channels.*; unknown key seeed"):
        loading.load_config({"seeed": 1, "hi": {"channels": 2}})


def test_a_channel_set_is_added_to_those_of_the_paper_and_one_is_left_out():
    default = yaml.safe_load((FOLDER / "config.yaml").read_text())
    default["networks"]["channel_sets"] |= {"gri": ["g", "r", "i"], "v": None}
    sets = loading.load_config(default).networks.channel_sets
    assert sets["gri"] == ("g", "r", "i")
    assert list(sets) == ["hi", "i", "urz", "i_v", "urz_hi", "gri"]


def test_one_distance_for_all_is_a_range():
    settings = {"observation": {"min_distance_mpc": 15, "max_distance_mpc": 15}}
    assert loading.load_config(settings).observation.min_distance_mpc == 15

"""Saved networks: they need nothing of their run, and answer as the run does."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import h5py
import keras
import numpy as np
import pytest

from dataset_case import Inputs
from observed_files import CENTRE, gaussian_cube
from umbra.channels import ChannelSet
from umbra.config.loading import load_config
from umbra.dataset.reading import read_split
from umbra.errors import Damaged, InputError, Rejected
from umbra.files import rejection
from umbra.networks.ensembles import train_members
from umbra.observed.answers import (
    PROFILE_COLUMNS,
    profile_table,
    read_answer,
    write_observed_profile,
)
from umbra.observed.inference import infer
from umbra.observed.maps import ObservedMaps, read_observed_maps, write_observed_maps
from umbra.observed.prediction import (
    DISTANCE_DRAWS,
    Predictor,
    input_distances,
    predict_observed,
)
from umbra.observed.saved_networks import definition_of_run, read_definition, read_networks
from umbra.observed.saving import save_networks
from umbra.observed.training_images import TrainingImages
from umbra.predictions.ensembles import BootstrapEnsemble, read_ensemble
from umbra.predictions.joining import join_parts
from umbra.predictions.samples import read_samples, write_samples
from umbra.tables import read_table

SETTINGS = load_config({"ensemble": {"channel_sets": ["v", "hi"], "gaussian_members": 2}})
TRAINING = SETTINGS.networks.training[SETTINGS.ensemble.architecture].model_copy(
    update={"learning_rate": 1e-2, "batch_size": 4, "epochs": 4, "schedule": "constant"}
)
MEMBERS = {"v": [0], "hi": [0, 1]}


class Run:
    """A run with Gaussian ensembles on two channel sets, and its saved networks."""

    def __init__(self, folder):
        self.folder, self.saved = folder, folder / "saved_networks"
        self.dataset = Inputs(folder, galaxies=10).build()
        self.parts = [self._train(name) for name in MEMBERS]
        self.save(self.saved)

    def predictions(self, name):
        return self.folder / "ensemble" / name / "predictions.hdf5"

    def save(self, output, parts=None):
        save_networks(
            dataset=self.dataset,
            predictions=[self.predictions(name) for name in MEMBERS],
            parts=self.parts if parts is None else parts,
            definition=definition_of_run(SETTINGS),
            settings=TRAINING,
            threads=1,
            output=output,
        )

    def _train(self, name):
        place = self.folder / "ensemble" / name
        part = place / "parts/0.hdf5"
        train_members(
            dataset=self.dataset,
            kind="gaussian",
            architecture=SETTINGS.ensemble.architecture,
            channel_set=ChannelSet(name, SETTINGS.networks.channel_sets[name]),
            members=MEMBERS[name],
            settings=TRAINING,
            distance="measured",
            seed=SETTINGS.seed,
            threads=1,
            store=place / "members",
            output=part,
        )
        join_parts(
            parts=[part],
            kind="gaussian",
            max_failed_fraction=0,
            output=self.predictions(name),
            table=place / "members.csv",
        )
        return part


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return Run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def predictor(run, tmp_path_factory):
    """The networks in a folder elsewhere."""
    elsewhere = shutil.copytree(run.saved, tmp_path_factory.mktemp("laptop") / "networks")
    return Predictor(elsewhere, threads=1)


def seen(run, row=0, channels=("HI0", "HI1", "HI2"), **changes):
    """Return an image of the test split as a user's galaxy with an error of its distance of 5 %."""
    rows = read_split(run.dataset, channels, "test")
    distance_mpc = float(rows.measured_distance_mpc[row])
    maps = ObservedMaps(
        name=f"galaxy{row}",
        channels=dict(zip(channels, np.moveaxis(rows.images[row], -1, 0), strict=True)),
        distance_mpc=distance_mpc,
        distance_error_mpc=0.05 * distance_mpc,
        shown_distance_mpc=distance_mpc,
    )
    return replace(maps, **changes)


def calibrated(run, folder, name):
    """Return the samples of the run's own predictions of the test split."""
    splits = {
        split: read_ensemble(path=run.predictions(name), kind="gaussian", split=split)
        for split in ("val", "test")
    }
    path = folder / "samples.hdf5"
    write_samples(
        bootstrap=any_bootstrap(splits["test"]),
        validation=splits["val"],
        test=splits["test"],
        count=100,
        seed=1,
        output=path,
    )
    return read_samples(path, "calibrated")


def any_bootstrap(test):
    """Return an ensemble of the other kind, whose predictions nothing here reads."""
    shared = ("member", "galaxy", "realisation", "radius_kpc", "truth")
    columns = {name: getattr(test, name) for name in shared}
    return BootstrapEnsemble(**columns, predicted=np.stack([test.truth] * len(test.member)))


@pytest.mark.parametrize(("channels", "name"), [(("HI0", "HI1", "HI2"), "hi"), (("HI1",), "v")])
def test_a_folder_elsewhere_answers_as_the_run_does(run, predictor, tmp_path, channels, name):
    own = calibrated(run, tmp_path, name)
    for row in range(len(own.galaxy)):
        answer = predictor.answer(seen(run, row, channels))
        assert answer.channel_set == name
        np.testing.assert_allclose(answer.samples, own.samples[row], atol=2e-4)
        levels = (0.16, 0.5, 0.84)
        interval = own.quantiles(levels)[:, row]
        np.testing.assert_allclose(answer.quantiles(*levels), interval, atol=2e-4)
    np.testing.assert_allclose(answer.radius_kpc, own.radius_kpc)
    assert np.ptp(own.samples[:, 0, -1]) > 0.01  # galaxies are told apart


def test_more_channels_than_the_networks_take_change_nothing(run, predictor):
    maps = seen(run)
    more = replace(maps, channels={"r": maps.channels["HI0"], **maps.channels})
    np.testing.assert_array_equal(predictor.answer(more).samples, predictor.answer(maps).samples)


def test_saving_again_replaces_the_folder_whole(run, tmp_path):
    output = tmp_path / "saved"
    (output / "old").mkdir(parents=True)
    run.save(output)
    names = {str(path.relative_to(output)) for path in output.rglob("*") if path.is_file()}
    files = [f"{name}/member_{member}.keras" for name in MEMBERS for member in MEMBERS[name]]
    files += [f"{name}/reference.hdf5" for name in MEMBERS]
    assert names == {"networks.json", *files}
    with pytest.raises(InputError, match="other members than its predictions"):
        run.save(output, parts=run.parts[:1])
    assert names == {str(p.relative_to(output)) for p in output.rglob("*") if p.is_file()}
    assert read_definition(output).software["keras"] == keras.__version__
    assert [path.name for path in tmp_path.iterdir()] == ["saved"]


def test_error_of_the_distance_widens_only_by_what_exceeds_that_of_the_training():
    maps = ObservedMaps("a", {}, 12.0, 1.2, 10.0)
    options = {"known_relative_error": 0.1}
    np.testing.assert_array_equal(input_distances(maps, **options), [10.0])
    drawn = input_distances(replace(maps, distance_error_mpc=12 * 0.26), **options)
    assert len(drawn) == DISTANCE_DRAWS
    assert np.log(drawn).std() == pytest.approx(0.24)  # 0.26^2 = 0.1^2 + 0.24^2
    assert np.exp(np.log(drawn).mean()) == pytest.approx(10.0)


def test_samples_are_mixed_over_the_distances(run, predictor):
    sharp = seen(run)
    vague = replace(sharp, distance_error_mpc=0.5 * sharp.distance_mpc)
    mixed = predictor.answer(vague).samples.reshape(DISTANCE_DRAWS, -1, 20)
    distances = input_distances(vague, known_relative_error=0.1)
    for part, distance in zip(mixed, distances, strict=True):
        one = replace(
            sharp, distance_mpc=distance, shown_distance_mpc=distance, distance_error_mpc=0.0
        )
        np.testing.assert_allclose(part, predictor.answer(one).samples, atol=2e-4)


def test_a_galaxy_that_was_moved_is_seen_where_it_is_shown(run, predictor):
    """Its true distance enters only through its relative error."""
    maps = seen(run)
    moved = replace(maps, distance_mpc=3.0, distance_error_mpc=0.15)
    np.testing.assert_array_equal(predictor.answer(moved).samples, predictor.answer(maps).samples)


def test_answers_are_written_and_read(run, predictor, tmp_path):
    good, bad = tmp_path / "good/maps.fits", tmp_path / "bad/maps.fits"
    write_observed_maps(seen(run, name="good"), good)
    bad.parent.mkdir()
    bad.write_text("rejected: bad.fits has no WCS\n")
    dark = tmp_path / "dark/maps.fits"
    write_observed_maps(seen(run, channels=("g",)), dark)
    output, table = tmp_path / "predictions.hdf5", tmp_path / "belonging.csv"
    predict_observed(
        maps={"bad": bad, "dark": dark, "good": good},
        networks=run.saved,
        threads=1,
        output=output,
        table=table,
    )
    expected, found = predictor.answer(seen(run, name="good")), read_answer(output, "good")
    np.testing.assert_array_equal(found.samples, expected.samples)
    assert found.checks == expected.checks and found.percentile == expected.percentile
    with pytest.raises(Rejected, match="bad.fits has no WCS"):
        read_answer(output, "bad")
    with pytest.raises(Rejected, match="no networks for g alone; those of .* take HI1; HI0, HI1"):
        read_answer(output, "dark")
    paths = {name: tmp_path / f"good/{name}" for name in ("profile.csv", "samples.hdf5")}
    write_observed_profile(
        predictions=output, name="good", profile=paths["profile.csv"], samples=paths["samples.hdf5"]
    )
    np.testing.assert_array_equal(
        read_answer(paths["samples.hdf5"], "good").samples, expected.samples
    )
    profile = profile_table(expected)
    bounds = ["lower_95", "lower_68", "log10_mass_dm", "upper_68", "upper_95"]
    assert (np.diff(profile[bounds].to_numpy(), axis=1) >= 0).all()
    assert (np.diff(profile["log10_mass_dm"]) > 0).all()
    rows = read_table(table, {"name": str, "quantity": str, "within": str})
    assert rows["name"].unique().tolist() == ["good"]
    expected_rows = ["unlikeness", "distance", "flux", "size", "w50", "noise", "dispersion"]
    assert rows["quantity"].tolist() == expected_rows


def checked(predictor, maps):
    """Return the quantities that are within the ranges of the training, and those that are not."""
    checks = predictor.answer(maps).checks
    found = [{one.quantity for one in checks if one.within is within} for within in (True, False)]
    return tuple(found)


def test_what_is_within_the_ranges_of_the_training(run, predictor):
    rows = read_split(run.dataset, ("HI0", "HI1", "HI2"), "train")
    known = []
    for image, distance in zip(rows.images, rows.measured_distance_mpc, strict=True):
        channels = dict(zip(("HI0", "HI1", "HI2"), np.moveaxis(image, -1, 0), strict=True))
        maps = ObservedMaps("a", channels, distance, 0.0, distance)
        within, beyond = checked(predictor, maps)
        # of a dozen images, those with the extreme values are beyond 1 and 99 %
        known += [maps] if not beyond else []
    assert len(known) >= len(rows.galaxy) / 3
    (maps, *_) = known
    fast = replace(maps, channels=maps.channels | {"HI1": 3 * maps.channels["HI1"]})
    assert "w50" in checked(predictor, fast)[1] <= {"w50", "noise"}
    bright = replace(maps, channels=maps.channels | {"HI0": 30 * maps.channels["HI0"]})
    assert checked(predictor, bright)[1] == {"flux"}
    other_way = replace(maps, channels=maps.channels | {"HI1": -maps.channels["HI1"]})
    assert checked(predictor, other_way)[1] == set()


def planted(run, tmp_path, **changes):
    """Return saved networks whose definition is changed."""
    folder = shutil.copytree(run.saved, tmp_path / "changed")
    definition = json.loads((folder / "networks.json").read_text())
    (folder / "networks.json").write_text(json.dumps(definition | changes))
    return Predictor(folder, threads=1)


def test_wrong_networks_are_one_sentence(run, tmp_path_factory):
    observation = SETTINGS.observation.model_dump()
    wrong = [
        ({"architecture": "B"}, "of architecture SymmetricResNet and not B"),
        ({"distance": "none"}, "takes the measured distance too"),
        ({"channel_sets": {"hi": ["HI0", "HI2", "HI1"]}}, "takes HI0, HI1, HI2 and not"),
        ({"observation": observation | {"pixels": 64}}, "take images of 64 x 64 pixels, but"),
    ]
    known_before = ["architecture Symm.* has B", "distance measured", "channels HI0", "pixels 128"]
    for (changes, sentence), early in zip(wrong, known_before, strict=True):
        changed = planted(run, tmp_path_factory.mktemp("wrong"), **changes)
        with pytest.raises(InputError, match=sentence) as caught:
            changed.answer(seen(run))
        with pytest.raises(
            InputError, match=rf"member_0\.keras: this network has {early}"
        ) as first:
            read_networks(changed.folder)
        for error in (caught, first):
            assert str(changed.folder) in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("section", "change", "sentence"),
    [
        ("observation", {"field_of_view_arcmin": 20}, "field_of_view_arcmin 17.2 and not 20"),
        ("photometry", {"sky": "none"}, "photometry.sky subtracted and not none"),
        ("hi", {"channel_width_km_s": 7}, "hi.channel_width_km_s 5.0 and not 7"),
        ("hi", {"beam_fwhm_arcsec": 30}, "hi.beam_fwhm_arcsec 10.0 and not 30"),
        ("moments", {"clip_sigma": 3}, "moments.clip_sigma 4.0 and not 3"),
    ],
)
def test_maps_for_networks_of_another_training_are_one_sentence(
    run, predictor, tmp_path, section, change, sentence
):
    training = definition_of_run(load_config({section: change})).only(TrainingImages)
    write_observed_maps(seen(run, training=training), tmp_path / "maps.fits")
    with pytest.raises(InputError, match=sentence) as caught:
        predictor.answer(read_observed_maps(tmp_path / "maps.fits"))
    assert str(predictor.folder) in str(caught.value) and "galaxy0" in str(caught.value)
    other_draws = load_config({"seed": 9, "observation": {"realisations": 5}})
    same = definition_of_run(other_draws).only(TrainingImages)
    write_observed_maps(seen(run, training=same), tmp_path / "maps.fits")
    assert predictor.answer(read_observed_maps(tmp_path / "maps.fits")).channel_set == "hi"


def test_a_damaged_folder_is_one_sentence(run, tmp_path):
    folder = shutil.copytree(run.saved, tmp_path / "networks")
    assert read_networks(folder) == read_definition(folder)
    (folder / "hi/member_1.keras").unlink()
    with pytest.raises(InputError, match=r"member_1\.keras cannot be read"):
        Predictor(folder, threads=1).answer(seen(run))
    (folder / "hi/member_0.keras").write_bytes(b"no network")
    with pytest.raises(InputError, match=r"member_0\.keras: not a trained network"):
        read_networks(folder)
    (folder / "hi/member_0.keras").unlink()
    with pytest.raises(InputError, match=r"hi: networks or reference\.hdf5 of hi are missing"):
        read_networks(folder)
    with h5py.File(folder / "v/reference.hdf5", "a") as file:
        del file["residuals"]
    with pytest.raises(Damaged, match=r"reference\.hdf5 is no reference of saved networks"):
        Predictor(folder, threads=1).answer(seen(run, channels=("HI1",)))


def my_galaxies(folder):
    """Write a table of a galaxy with an HI cube, and of one whose file is damaged."""
    cube = {"beam_arcsec": 20.0, "pixel_arcsec": 8.0, "systemic_km_s": 700.0, "channels": 60}
    gaussian_cube(flux_jy_km_s=80.0, rms_jy_beam=1e-3, **cube).writeto(folder / "good.fits")
    (folder / "bad.fits").write_text("no cube")
    rows = [f"{name},{CENTRE[0]},{CENTRE[1]},15,3,{name}.fits" for name in ("bad", "good")]
    header = "name,ra,dec,distance_mpc,distance_error_mpc,cube"
    (folder / "mine.csv").write_text("\n".join([header, *rows]) + "\n")
    return folder / "mine.csv"


def test_from_a_table_to_profiles_in_one_call(run, tmp_path):
    table, output = my_galaxies(tmp_path), tmp_path / "answers"
    answers = infer(table=table, networks=run.saved, output=output)
    assert "bad.fits" in answers["bad"] and "\n" not in answers["bad"]
    for name in ("maps.fits", "cube.fits", "profile.csv", "samples.hdf5"):
        assert "bad.fits" in rejection(output / "bad" / name)
        assert rejection(output / "good" / name) is None
    good = answers["good"]
    assert (good.channel_set, len(good.checks)) == ("hi", 6)
    profile = read_table(output / "good/profile.csv", PROFILE_COLUMNS)
    median = good.quantiles(0.5)[0]
    np.testing.assert_allclose(profile["log10_mass_dm"], median, atol=1e-3)
    again = Predictor(run.saved, threads=1).answer(read_observed_maps(output / "good/maps.fits"))
    np.testing.assert_allclose(again.samples, good.samples, atol=2e-4)


def test_the_program_prints_a_line_for_each_galaxy(run, tmp_path):
    table = my_galaxies(tmp_path)
    options = ["--networks", run.saved, "--output", tmp_path / "answers"]
    command = [sys.executable, "-m", "umbra.observed", table]
    result = subprocess.run([*command, *options], capture_output=True, text=True, check=True)
    bad, good = result.stdout.splitlines()
    assert bad.startswith("bad: ") and "bad.fits" in bad
    assert good.startswith("good: log10 M_DM/Msun within 100 kpc: ") and "networks on hi" in good
    options[1], command[1:1] = tmp_path / "absent", ["-X", "importtime"]
    result = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "absent: there is no such folder of saved networks" in result.stderr
    imported = set(re.findall(r"\| +(\w+)$", result.stderr, re.M))
    assert "numpy" in imported and "keras" not in imported  # which takes seconds

"""The dataset: what goes in comes out, by galaxy, and bad files are named."""

import os

import h5py
import numpy as np
import pytest

import tng_files
from dataset_case import (
    FRACTIONS,
    PIXELS,
    RADIUS_KPC,
    REALISATIONS,
    Inputs,
    write_profile,
    write_realisations,
)
from umbra import files
from umbra.channels import CHANNELS, PAPER_CHANNEL_SETS
from umbra.dataset import reading
from umbra.dataset.split import SPLITS, split_galaxies
from umbra.errors import InputError
from umbra.observation.realisations import measured_distance_mpc


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    inputs = Inputs(tmp_path_factory.mktemp("dataset"), galaxies=6)
    return inputs, inputs.build()


def test_every_image_and_profile_is_found_again(made):
    inputs, path = made
    seen = 0
    for split in SPLITS:
        for channels in PAPER_CHANNEL_SETS.values():
            rows = reading.read_split(path, channels, split)
            numbers = [list(CHANNELS).index(channel) for channel in channels]
            for index, (galaxy, realisation) in enumerate(
                zip(rows.galaxy, rows.realisation, strict=True)
            ):
                place = inputs.ids.index(galaxy)
                original = np.moveaxis(inputs.images[place][realisation], 0, -1)[..., numbers]
                np.testing.assert_array_equal(rows.images[index], original)
                truth = inputs.log10_mass[place] + np.log10(RADIUS_KPC / 100)
                np.testing.assert_allclose(rows.log10_mass_dm[index], truth)
        seen += len(rows.galaxy)
    assert seen == len(inputs.ids) * REALISATIONS


def test_observables_are_summed_fluxes_and_header_values(made):
    inputs, path = made
    rows = reading.read_split_table(path, "train")
    for index, (galaxy, realisation) in enumerate(zip(rows.galaxy, rows.realisation, strict=True)):
        place = inputs.ids.index(galaxy)
        bands = inputs.images[place][realisation, :5].sum(axis=(1, 2), dtype=float)
        np.testing.assert_allclose(rows.observables[index, :5], bands)
        assert rows.observables[index, 5] == pytest.approx(10 ** (inputs.log10_mass[place] - 11))
        assert rows.observables[index, 6] == 100
        assert rows.observables[index, 7] == (place == 0)


def test_measured_distances_are_those_of_the_table_of_observations(made, tmp_path):
    inputs, path = made
    rows = reading.read_split_table(path, "train")
    for galaxy, realisation, true, measured in zip(
        rows.galaxy, rows.realisation, rows.distance_mpc, rows.measured_distance_mpc, strict=True
    ):
        assert true == 10.0 + realisation
        assert measured != true and measured == measured_distance_mpc(
            true, galaxy=int(galaxy), realisation=int(realisation), seed=1, relative_error=0.1
        )
    exact = inputs.build(distance_relative_error=0.0, output=tmp_path / "exact.hdf5")
    rows = reading.read_split_table(exact, "train")
    assert np.array_equal(rows.measured_distance_mpc, rows.distance_mpc)


def test_file_describes_itself(made):
    _, path = made
    with h5py.File(path) as file:
        assert list(file.attrs["channels"]) == ["u", "g", "r", "i", "z", "HI0", "HI1", "HI2"]
        assert file.attrs["config_digest"] == "abc"
        images = file["images"]
        assert images.dtype == np.float32
        assert images.shape == (6 * REALISATIONS, PIXELS, PIXELS, 8)
        # reading a channel set costs the bytes of its own channels alone
        assert images.chunks == (1, PIXELS, PIXELS, 1)
        units = ["nanomaggy"] * 5 + ["Jy/beam km/s", "km/s", "km/s"]
        assert list(images.attrs["units"]) == units
        names = [f"flux_{band}_nanomaggy" for band in "ugriz"]
        names += ["flux_hi_jy_km_s", "w50_km_s", "line_cut"]
        assert list(file["observables"].attrs["names"]) == names
        # the builder puts realisation 0 at 10 Mpc and realisation 1 at 11 Mpc
        np.testing.assert_array_equal(file["distance_mpc"][:], 10.0 + file["realisation"][:])
        np.testing.assert_allclose(file["radius_kpc"][:], RADIUS_KPC)


def test_realisations_of_a_galaxy_stay_together(made):
    _, path = made
    members = [set(reading.read_split_table(path, split).galaxy) for split in SPLITS]
    assert sum(map(len, members)) == len(set.union(*members)) == 6


def test_rejected_galaxies_are_left_out(tmp_path):
    inputs = Inputs(tmp_path / "all", galaxies=5)
    files.write_rejection(inputs.photometry[0], "no star particle")
    files.write_rejection(inputs.profiles[3], "no dark matter")
    with h5py.File(inputs.build()) as file:
        left = [inputs.ids[place] for place in (1, 2, 4)]
        assert set(file["galaxy"][:]) == set(left)
        assert file["images"].shape[0] == 3 * REALISATIONS


def test_too_few_galaxies_for_three_splits(tmp_path):
    inputs = Inputs(tmp_path / "few", galaxies=3)
    files.write_rejection(inputs.moments[0], "no HI")
    with pytest.raises(InputError, match="2 galaxies are left, and three splits need at least 3"):
        inputs.build()
    assert not (inputs.folder / "dataset.hdf5").exists()


def test_radius_without_particles_is_masked(tmp_path):
    inputs = Inputs(tmp_path / "masked", galaxies=4)
    train = split_galaxies(galaxies=inputs.ids, seed=1, settings=FRACTIONS)
    place = [train[galaxy] for galaxy in inputs.ids].index("test")
    mass, particles = np.full(20, 1e10), np.full(20, 9)
    mass[:2] = particles[:2] = 0
    write_profile(inputs.profiles[place], mass_msun=mass, particles=particles)
    rows = reading.read_split_table(inputs.build(), "test")
    assert np.isnan(rows.log10_mass_dm[:, :2]).all()
    np.testing.assert_allclose(rows.log10_mass_dm[:, 2:], 10)


def test_radius_that_no_training_galaxy_fills_is_refused(tmp_path):
    inputs = Inputs(tmp_path / "empty", galaxies=3)
    for profile in inputs.profiles:
        counts = np.r_[0, np.full(19, 5)]
        write_profile(profile, mass_msun=counts * 1e8, particles=counts)
    with pytest.raises(InputError, match=r"within 1 kpc; raise profiles\.min_radius_kpc"):
        inputs.build()


def test_unmeasured_observable_is_nan(tmp_path):
    inputs = Inputs(tmp_path / "unmeasured", galaxies=3)
    for place, galaxy in enumerate(inputs.ids):
        os.remove(inputs.moments[place])
        maps = np.full((2, 3, PIXELS, PIXELS), np.nan)
        write_realisations(inputs.moments[place], galaxy=galaxy, images=maps, cards={"FLUXHI": 0.0})
    rows = reading.read_split_table(inputs.build(), "test")
    assert (rows.observables[:, 5] == 0).all()
    assert np.isnan(rows.observables[:, 6]).all()


def _other_galaxy(inputs):
    inputs.photometry[0].write_bytes(inputs.photometry[1].read_bytes())
    return inputs.photometry[0], "must have .* delete the file and make it again"


def _truncated(inputs):
    os.truncate(inputs.moments[2], 2 * 2880 + 100)
    return inputs.moments[2], "not a complete FITS file of images"


def _foreign(inputs):
    inputs.photometry[1].write_text("not an image")
    return inputs.photometry[1], "not a complete FITS file of images"


def _no_column(inputs):
    inputs.profiles[1].write_text("radius_kpc\n1.0\n")
    return inputs.profiles[1], "no column dm_mass_msun, .*; delete it and make it again"


def _other_radii(inputs):
    text = inputs.profiles[1].read_text()
    inputs.profiles[1].write_text(text[: text.rindex("\n", 0, -1)])
    return inputs.profiles[1], "its radii differ"


@pytest.mark.filterwarnings("ignore:File may have been truncated")
@pytest.mark.parametrize("damage", [_other_galaxy, _truncated, _foreign, _no_column, _other_radii])
def test_bad_input_is_named_and_leaves_no_file(tmp_path, damage):
    inputs = Inputs(tmp_path / "bad", galaxies=3)
    path, message = damage(inputs)
    with pytest.raises(InputError, match=message) as caught:
        inputs.build()
    assert str(path) in str(caught.value)
    assert not list(inputs.folder.glob("*dataset*"))


def test_galaxies_of_two_runs(made, tmp_path):
    """Cutouts that were deleted, and those of rejected galaxies, are not compared."""
    inputs, _ = made
    for galaxy, hubble in zip(inputs.ids[1:], (0.6774, 0.6774, 0.7), strict=False):
        with h5py.File(tmp_path / f"{galaxy}.hdf5", "w") as file:
            file.create_group("Header").attrs.update(tng_files.HEADER | {"HubbleParam": hubble})
    first, other = (tmp_path / f"{inputs.ids[row]}.hdf5" for row in (1, 3))
    with pytest.raises(
        InputError, match=rf"{other} and {first} are not of .*HubbleParam is 0\.7 in"
    ):
        inputs.build(cutouts=tmp_path, output=tmp_path / "dataset.hdf5")
    assert not (tmp_path / "dataset.hdf5").exists()
    files.write_rejection(other, "too few stars")
    inputs.build(cutouts=tmp_path, output=tmp_path / "dataset.hdf5")

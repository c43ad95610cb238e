"""Sensitivity maps of whole test splits: what the files hold, and how maps are summed."""

import csv

import numpy as np
import pytest

from dataset_case import PIXELS, RADIUS_KPC, Inputs
from network_case import FIELD_ARCMIN, linear, run_sensitivity
from umbra.dataset import reading
from umbra.errors import InputError
from umbra.evaluation.sensitivity.maps import read_maps, write_maps
from umbra.evaluation.sensitivity.spread import fraction_within, over_galaxies, projected_kpc


@pytest.fixture(scope="module")
def discs(tmp_path_factory):
    """A dataset of discs that are brighter where there is more mass."""
    return Inputs(tmp_path_factory.mktemp("sensitivity"), galaxies=20).build()


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def observed(discs, tmp_path_factory):
    """What is written of a linear network, and its weights."""
    folder = tmp_path_factory.mktemp("observed")
    model, weights = linear("i_v")
    run_sensitivity(folder, discs, model)
    return folder, weights


def test_map_of_a_linear_network_is_its_weights_where_there_are_data(discs, observed):
    folder, weights = observed
    maps, test = read_maps(folder / "maps.hdf5"), reading.read_split(discs, ("i", "HI1"), "test")
    np.testing.assert_allclose(maps.radius_kpc, [RADIUS_KPC[7], RADIUS_KPC[16]])  # nearest 6, 48
    expected = 0.5 * np.moveaxis(weights[..., [7, 16]], -1, 0)  # the last layer halves
    assert np.isnan(maps.images).any()
    for index in range(len(maps.maps)):
        (row,) = np.flatnonzero(
            (test.galaxy == maps.galaxy[index]) & (test.realisation == maps.realisation[index])
        )
        np.testing.assert_array_equal(maps.images[index], test.images[row])
        assert maps.distance_mpc[index] == 10 + maps.realisation[index]
        masked = np.isnan(test.images[row])
        assert np.all(maps.maps[index][:, masked] == 0)
        np.testing.assert_allclose(
            maps.maps[index][:, ~masked], expected[:, ~masked], rtol=1e-5, atol=1e-6
        )


def test_uniform_sensitivity_in_a_disc_grows_with_the_square_of_the_distance():
    away = projected_kpc(pixels=256, side_kpc=100.0)
    assert away.max() == pytest.approx(np.sqrt(2) * 50 * 255 / 256)
    radii = np.array([10.0, 20.0, 30.0, 40.0, 60.0])
    fraction, half = fraction_within(
        weight=(away <= 40).astype(float), distance_kpc=away, r_kpc=radii
    )
    np.testing.assert_allclose(fraction, np.minimum(radii / 40, 1) ** 2, rtol=0.01)
    assert half == pytest.approx(40 / np.sqrt(2), rel=0.01)
    nothing = fraction_within(weight=np.zeros_like(away), distance_kpc=away, r_kpc=radii)
    assert np.isnan(nothing[0]).all() and np.isnan(nothing[1])


def test_distances_do_not_depend_on_the_number_of_pixels():
    for pixels in (64, 128):
        away = projected_kpc(pixels=pixels, side_kpc=100.0)
        fraction, half = fraction_within(
            weight=np.exp(-away / 5), distance_kpc=away, r_kpc=np.array([5.0, 20.0])
        )
        # of an exponential disc: 1 - (1 + x) exp(-x), one half at x = 1.678
        np.testing.assert_allclose(fraction, [0.26424, 0.90842], rtol=0.03)
        assert half == pytest.approx(1.678 * 5, rel=0.05)


def test_tables_average_realisations_before_galaxies():
    values = np.array([1.0, 3.0, 10.0, np.nan, 7.0, 7.0])
    mean, error, n = over_galaxies(values, np.array([1, 1, 2, 2, 3, 3]))
    assert mean == pytest.approx(np.mean([2, 10, 7]))
    assert error == pytest.approx(np.std([2, 10, 7], ddof=1) / np.sqrt(3))
    assert n == 3
    assert np.isnan(over_galaxies(values, np.ones(6, dtype=int))[1])


def test_tables_say_how_the_weights_of_a_linear_network_are_spread(discs, observed):
    folder, weights = observed
    test = reading.read_split(discs, ("i", "HI1"), "test")
    table = rows(folder / "profile.csv")
    assert {row["channel"] for row in table} == {"i", "HI1"}
    side_kpc = np.radians(FIELD_ARCMIN / 60) * 1e4 * (1 + 0.1 * test.realisation)
    y, x = np.mgrid[:PIXELS, :PIXELS] - (PIXELS - 1) / 2
    size = np.abs(weights[:, :, 0, 16])
    own = [row for row in table if row["channel"] == "i" and row["radius_kpc"].startswith("48.3")]
    assert len(own) == 100
    for row in own[::7]:
        inside = [size[np.hypot(x, y) * side / PIXELS <= float(row["r_kpc"])] for side in side_kpc]
        expected = np.mean([part.sum() for part in inside]) / size.sum()
        assert float(row["fraction"]) == pytest.approx(expected, abs=1e-5)
    last = table[99]
    assert float(last["fraction"]) == pytest.approx(1) == float(last["fraction_pixels"])
    assert int(last["n_galaxies"]) == len(set(test.galaxy.tolist()))
    # weights without any pattern lie where pixels lie: all over the field, or the disc of HI
    for row in rows(folder / "half.csv"):
        even = float(row["half_radius_pixels_kpc"])
        assert float(row["half_radius_kpc"]) == pytest.approx(even, rel=0.05)
        if row["channel"] == "HI1":
            expected = 40 / np.sqrt(2) * side_kpc.mean() / PIXELS
            assert even == pytest.approx(expected, rel=0.02)
        if row["radius_kpc"].startswith("5.4"):
            assert float(row["shift_kpc"]) == 0


def test_shift_is_positive_where_a_larger_radius_looks_farther_out(discs, tmp_path):
    model, weights = linear("i_v")
    y, x = np.mgrid[:PIXELS, :PIXELS] - (PIXELS - 1) / 2
    size = [4] * 10 + [10] * 10  # pixels: the network looks farther out from the 11th radius on
    weights = np.exp(-np.hypot(x, y)[..., None, None] / np.array(size)) + 0 * weights
    model.layers[-2].set_weights([weights.reshape(-1, 20), np.zeros(20)])
    run_sensitivity(tmp_path, discs, model)
    near, _, far, _ = rows(tmp_path / "half.csv")
    kpc = np.radians(FIELD_ARCMIN / 60) * 1e3 * 10.5 / PIXELS
    assert (near["channel"], far["channel"]) == ("i", "i")
    assert float(near["half_radius_kpc"]) == pytest.approx(1.678 * 4 * kpc, rel=0.05)
    shift = float(far["half_radius_kpc"]) - float(near["half_radius_kpc"])
    assert float(far["shift_kpc"]) == pytest.approx(shift, abs=2e-4)
    assert shift == pytest.approx(1.678 * (10 - 4) * kpc, rel=0.05)


def test_maps_survive_the_file(observed, tmp_path):
    folder, _ = observed
    maps = read_maps(folder / "maps.hdf5")
    write_maps(maps=maps, output=tmp_path / "copy.hdf5")
    copy = read_maps(tmp_path / "copy.hdf5")
    for name, value in vars(maps).items():
        np.testing.assert_array_equal(getattr(copy, name), value)
    (tmp_path / "broken.hdf5").write_bytes(b"not HDF5")
    with pytest.raises(InputError, match=r"broken\.hdf5: not a file of sensitivity maps"):
        read_maps(tmp_path / "broken.hdf5")

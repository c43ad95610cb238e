"""The numbers of a galaxy, from files whose content is known."""

import numpy as np
import pandas as pd
import pytest

from observed_page_case import profile_of, write_observed_folder
from rotation_case import MEAN, WIDTH, posterior_of
from umbra.classical.rotation_curve.posterior import write_posterior
from umbra.files import write_rejection
from umbra.observed.numbers import NUMBER_COLUMNS, write_observed_numbers
from umbra.observed.stellar_light import STELLAR_MASS_COLUMNS
from umbra.tables import read_table, write_table

WITHOUT = ("profile", "rings", "posterior", "stellar_masses")


@pytest.fixture
def files(tmp_path):
    """Return the files that the numbers are made of."""
    folder = write_observed_folder(tmp_path / "galaxy")
    draws = MEAN + WIDTH * np.random.default_rng(1).standard_normal((4000, 5))
    write_posterior(posterior_of(draws), folder / "posterior.hdf5")
    rows = [("stellar_mass", 10.6, 10.5, 10.7), ("m200", 12.1, 11.8, 12.3)]
    write_table(pd.DataFrame(rows, columns=list(STELLAR_MASS_COLUMNS)), folder / "masses.csv")
    named = {name: folder / f"{name}.csv" for name in ("profile", "rings", "mass", "velocities")}
    return named | {
        "posterior": folder / "posterior.hdf5",
        "stellar_masses": folder / "masses.csv",
        "stellar_profile": folder / "stellar_halo.csv",
    }


def numbers_of(files, tmp_path):
    write_observed_numbers(**files, numbers=tmp_path / "numbers.csv")
    table = read_table(tmp_path / "numbers.csv", NUMBER_COLUMNS)
    return table.set_index(["method", "quantity"])


def test_each_method_has_its_numbers(files, tmp_path):
    numbers = numbers_of(files, tmp_path)
    # A flat curve: the mass grows like the radius.
    for method, shift in (("networks", 0.0), ("rotation curve", 0.1), ("starlight", -0.1)):
        expected = profile_of(shift, 0)[0][0] + np.log10(20)
        found = numbers.loc[(method, "dark matter within 20 kpc"), "median"]
        assert found == pytest.approx(expected, abs=1e-3)
    speed = numbers.loc[("rotation curve", "circular velocity at 10 kpc")]
    assert speed["median"] == pytest.approx(200, abs=0.5)
    assert speed["upper_68"] - speed["lower_68"] == pytest.approx(12, abs=0.1)
    # M200 = V200^3 / (10 G H0), for V200 = 130 km/s and H0 = 67.74 km/s/Mpc
    halo = np.log10(130**3 / (10 * 4.30091e-6 * 0.06774))
    assert numbers.loc[("rotation curve", "M200"), "median"] == pytest.approx(halo, abs=0.01)
    assert numbers.loc[("starlight", "stellar mass"), "median"] == 10.6


def test_a_radius_beyond_the_rings_has_no_velocity(files, tmp_path):
    numbers = numbers_of(files, tmp_path)
    assert ("rotation curve", "circular velocity at 20 kpc") not in numbers.index


@pytest.mark.parametrize("without", WITHOUT)
def test_a_method_that_failed_has_no_numbers(files, tmp_path, without):
    write_rejection(files[without], "not for this galaxy")
    of_method = {
        "profile": ("networks", "dark matter within 20 kpc"),
        "rings": ("rotation curve", "inclination"),
        "posterior": ("rotation curve", "M200"),
        "stellar_masses": ("starlight", "stellar mass"),
    }
    found = numbers_of(files, tmp_path).index
    assert of_method[without] not in found
    assert all(key in found for name, key in of_method.items() if name != without)

"""The catalogue against illustris_python, the cuts against subhaloes made to fail each of them."""

import h5py
import illustris_python
import numpy as np
import pandas as pd
import pytest

import tng_files
from umbra.config.sample import SelectionSettings
from umbra.errors import InputError
from umbra.simulation.catalogue import read_group_catalogue
from umbra.simulation.galaxies import SAMPLE_COLUMNS, read_galaxies, read_sample
from umbra.simulation.selection import select_galaxies, write_sample

CUTS = SelectionSettings()  # the paper's
# Group 0: subhalo 0 passes, 1 is a first-level satellite (its parent is 0 as well).
# Groups 1 to 6: one subhalo each (2 to 7) that fails one thing, 8 is a satellite with parent 1.
GROUP = [0, 0, 1, 2, 3, 4, 5, 6, 6]


def _subhaloes() -> dict[str, np.ndarray]:
    fields = tng_files.subhaloes(GROUP)
    stars = fields["SubhaloMassType"][:, 4]
    fields["SubhaloFlag"][2] = False
    fields["SubhaloSFR"][3] = 0.09
    stars[4] = 0.6  # 8.9e9 Msun; 6e9 Msun/h
    stars[5] = 90.0  # 1.3e12 Msun
    stars[6] = 0.7  # 1.03e10 Msun, but below 1e10 Msun/h
    fields["SubhaloMassInRadType"][:, 4] = 0.9 * stars
    fields["SubhaloParent"][8] = 1
    fields["SubhaloPos"][:] = np.random.default_rng(1).uniform(0, 75000, (9, 3))
    return fields


@pytest.fixture
def run(tmp_path):
    """Return the `output` folder of a run with three catalogue files, one without subhaloes."""
    fields = _subhaloes()
    first = np.array([0, 2, 3, 4, 5, 6, 7], dtype=np.int32)
    tng_files.write_catalogue(
        tmp_path,
        subhaloes=[
            {name: values[:4] for name, values in fields.items()},
            {},
            {name: values[4:] for name, values in fields.items()},
        ],
        groups=[{"GroupFirstSub": first[:3]}, {"GroupFirstSub": first[3:]}, {}],
    )
    return tmp_path


def test_catalogue_agrees_with_illustris_python(run):
    ours = read_group_catalogue(path=run, snapshot=99)
    names = ["SubhaloPos", "SubhaloVel", "SubhaloMassType", "SubhaloMassInRadType", "SubhaloGrNr"]
    theirs = illustris_python.groupcat.loadSubhalos(str(run), 99, fields=names)
    per_h = 1e10 / 0.6774
    np.testing.assert_array_equal(ours.position_ckpc_h, theirs["SubhaloPos"])
    np.testing.assert_array_equal(ours.velocity_km_s, theirs["SubhaloVel"])
    np.testing.assert_array_equal(ours.group, theirs["SubhaloGrNr"])
    mass = theirs["SubhaloMassType"] * per_h
    np.testing.assert_allclose(ours.gas_mass_msun, mass[:, 0], rtol=1e-6)
    np.testing.assert_allclose(ours.dm_mass_msun, mass[:, 1], rtol=1e-6)
    np.testing.assert_allclose(ours.stellar_mass_msun, mass[:, 4], rtol=1e-6)
    np.testing.assert_allclose(
        ours.stellar_mass_in_radius_msun, theirs["SubhaloMassInRadType"][:, 4] * per_h, rtol=1e-6
    )
    np.testing.assert_allclose(ours.stellar_half_mass_radius_kpc, 5.0, rtol=1e-6)


def test_each_cut_rejects_what_it_must(run):
    catalogue = read_group_catalogue(path=run, snapshot=99)
    rows, cuts = select_galaxies(catalogue=catalogue, settings=CUTS)
    assert rows.tolist() == [0, 6, 7]
    assert cuts["passed"].tolist() == [9, 8, 7, 6, 5, 4, 3]


def test_mass_within_twice_the_half_mass_radius(run):
    """Subhalo 6 has 1.03e10 Msun in all, but only 0.9 of it within the radius."""
    cuts = SelectionSettings(stellar_mass="twice_half_mass_radius")
    catalogue = read_group_catalogue(path=run, snapshot=99)
    rows, _ = select_galaxies(catalogue=catalogue, settings=cuts)
    assert rows.tolist() == [0, 7]


def test_written_sample(run, tmp_path):
    write_sample(
        settings=CUTS,
        path=run,
        snapshot=99,
        galaxies_csv=tmp_path / "galaxies.csv",
        cuts_csv=tmp_path / "cuts.csv",
    )
    rows = pd.read_csv(tmp_path / "galaxies.csv")
    assert tuple(rows) == SAMPLE_COLUMNS
    assert rows["stellar_mass_msun"][0] == pytest.approx(3e10 / 0.6774, rel=1e-6)
    assert rows["dm_mass_msun"][0] == pytest.approx(6e11 / 0.6774, rel=1e-6)
    sample = read_sample(tmp_path / "galaxies.csv")
    assert sample.to_dict("list") == {"subhalo_id": [0, 6, 7], "group_id": [0, 5, 6]}
    galaxies = read_galaxies(tmp_path / "galaxies.csv")
    assert galaxies.subhalo_id.tolist() == [0, 6, 7]
    catalogue = read_group_catalogue(path=run, snapshot=99)
    np.testing.assert_array_equal(galaxies.centre_ckpc_h, catalogue.position_ckpc_h[[0, 6, 7]])
    lines = (tmp_path / "cuts.csv").read_text().splitlines()
    assert lines[:2] == ["cut,passed", "all subhaloes,9"]


def _write(run, **settings):
    write_sample(
        settings=SelectionSettings(**settings),
        path=run,
        snapshot=99,
        galaxies_csv=run / "galaxies.csv",
        cuts_csv=run / "cuts.csv",
    )


def test_no_galaxy_left(run):
    with pytest.raises(InputError, match=r"all subhaloes: 9, .*SFR >= 1000 Msun/yr: 0\); widen"):
        _write(run, min_sfr_msun_yr=1000.0)
    assert not (run / "galaxies.csv").exists()


def test_no_catalogue(tmp_path):
    with pytest.raises(InputError, match=r"holds no group catalogue .*sample\.table"):
        _write(tmp_path)


def test_missing_file_of_the_catalogue(run):
    (run / "groups_099" / "fof_subhalo_tab_099.1.hdf5").unlink()
    with pytest.raises(InputError, match="file 1 of the group catalogue's 3 is missing"):
        _write(run)


def test_missing_field_of_the_catalogue(run):
    with h5py.File(run / "groups_099" / "fof_subhalo_tab_099.2.hdf5", "a") as file:
        del file["Subhalo/SubhaloFlag"]
    with pytest.raises(InputError, match=r"tab_099\.2\.hdf5 has no field Subhalo/SubhaloFlag"):
        _write(run)


def test_catalogue_with_rows_missing(run):
    with h5py.File(run / "groups_099" / "fof_subhalo_tab_099.0.hdf5", "a") as file:
        file["Header"].attrs["Nsubgroups_Total"] = 10
    with pytest.raises(InputError, match="Subhalo has 9 rows in all .*/Nsubgroups_Total is 10"):
        _write(run)

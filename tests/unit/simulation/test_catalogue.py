"""The group catalogue against the numbers that were written, and refused when it is unusable."""

import h5py
import numpy as np
import pytest

import catalogue_case
import tng_files
from failing_calls import in_process
from umbra.errors import InputError
from umbra.simulation.catalogue import read_group_catalogue
from umbra.simulation.fields import CATALOGUE_FIELDS

H = tng_files.HUBBLE


@pytest.fixture
def files(tmp_path):
    """Return the files of a catalogue, the second without subhaloes, the third without groups."""
    return catalogue_case.write_run(tmp_path)


def read(files):
    return read_group_catalogue(path=files[0].parents[1], snapshot=99)


def test_catalogue_has_what_was_written(files):
    ours, written = read(files), catalogue_case.subhaloes()
    np.testing.assert_array_equal(ours.flag, written["SubhaloFlag"])
    np.testing.assert_array_equal(ours.parent, written["SubhaloParent"])
    np.testing.assert_array_equal(ours.group, written["SubhaloGrNr"])
    np.testing.assert_array_equal(ours.sfr_msun_yr, written["SubhaloSFR"])
    np.testing.assert_array_equal(ours.position_ckpc_h, written["SubhaloPos"])
    np.testing.assert_array_equal(ours.velocity_km_s, written["SubhaloVel"])
    np.testing.assert_array_equal(ours.first_of_group, np.isin(np.arange(9), catalogue_case.FIRST))
    mass_msun = written["SubhaloMassType"] * 1e10 / H
    np.testing.assert_allclose(ours.gas_mass_msun, mass_msun[:, 0], rtol=1e-6)
    np.testing.assert_allclose(ours.dm_mass_msun, mass_msun[:, 1], rtol=1e-6)
    np.testing.assert_allclose(ours.stellar_mass_msun, mass_msun[:, 4], rtol=1e-6)
    in_radius_msun = written["SubhaloMassInRadType"][:, 4] * 1e10 / H
    np.testing.assert_allclose(ours.stellar_mass_in_radius_msun, in_radius_msun, rtol=1e-6)


def test_half_mass_radii_are_those_of_their_types(tmp_path):
    radius = np.arange(1, 7, dtype=np.float32)[None]
    fields = tng_files.subhaloes([0], SubhaloHalfmassRadType=radius)
    files = tng_files.write_catalogue(
        tmp_path, subhaloes=[fields], groups=[{"GroupFirstSub": np.zeros(1, dtype=np.int32)}]
    )
    ours = read(files)
    assert ours.gas_half_mass_radius_kpc == pytest.approx(1 / H)
    assert ours.dm_half_mass_radius_kpc == pytest.approx(2 / H)
    assert ours.stellar_half_mass_radius_kpc == pytest.approx(5 / H)


@pytest.mark.parametrize("processes", ["4", "4,2"])
def test_catalogue_does_not_depend_on_the_environment(files, monkeypatch, processes):
    """illustris_python takes its number of processes from a variable, which may be no number."""
    monkeypatch.setenv("OMP_NUM_THREADS", processes)
    assert len(read(files)) == 9


def test_no_catalogue(tmp_path):
    with pytest.raises(
        InputError, match=r"holds no group catalogue \(groups_099/fof_.*\.0\.hdf5 .*sample\.table"
    ):
        read_group_catalogue(path=tmp_path, snapshot=99)


def test_missing_file_of_the_catalogue(files):
    files[1].unlink()
    with pytest.raises(InputError, match="file 1 of the group catalogue's 3 is missing"):
        read(files)


@pytest.mark.parametrize(
    "name",
    [f"{table}/{field}" for table, fields in CATALOGUE_FIELDS.items() for field in fields],
)
def test_missing_field_of_the_catalogue(files, name):
    path = files[2] if name.startswith("Subhalo") else files[1]
    with h5py.File(path, "a") as file:
        del file[name]
    with pytest.raises(InputError, match=rf"{path.name} has no field {name}, which"):
        read(files)


def test_catalogue_with_rows_missing(files):
    for path in files:
        with h5py.File(path, "a") as file:
            file["Header"].attrs["Nsubgroups_Total"] = 10
    with pytest.raises(InputError, match="Subhalo has 9 rows in all .*/Nsubgroups_Total is 10"):
        read(files)


def test_field_that_is_shorter_than_the_header_says(files):
    with h5py.File(files[2], "a") as file:
        del file["Subhalo/SubhaloSFR"]
        file["Subhalo/SubhaloSFR"] = np.ones(4)
    with pytest.raises(
        InputError, match=r"tab_099\.2\.hdf5: Subhalo/SubhaloSFR has 4 rows but .*ThisFile is 5"
    ):
        read(files)


def test_catalogue_without_subhaloes(tmp_path):
    files = tng_files.write_catalogue(
        tmp_path, subhaloes=[{}], groups=[{"GroupFirstSub": np.array([-1], dtype=np.int32)}]
    )
    with pytest.raises(InputError, match="Subhalo has 0 rows .*/Nsubgroups_Total is 0; fetch"):
        read(files)


def test_group_that_does_not_exist(files):
    with h5py.File(files[2], "a") as file:
        file["Subhalo/SubhaloGrNr"][1] = 7
    with pytest.raises(InputError, match="SubhaloGrNr names a group beyond the 7 in the catalogue"):
        read(files)


def test_truncated_file(files):
    files[2].write_bytes(files[2].read_bytes()[:3000])
    with pytest.raises(InputError, match=r"tab_099\.2\.hdf5 cannot be read as HDF5 \(truncated"):
        read(files)


def test_rows_that_cannot_be_read(files):
    """The file opens and every field has its length, but the bytes of one are damaged."""
    with h5py.File(files[2], "a") as file:
        values = file["Subhalo/SubhaloSFR"][...]
        del file["Subhalo/SubhaloSFR"]
        damaged = file.create_dataset(
            "Subhalo/SubhaloSFR", data=values, chunks=values.shape, fletcher32=True
        )
        begin = damaged.id.get_chunk_info(0).byte_offset
    content = bytearray(files[2].read_bytes())
    content[begin] ^= 0xFF
    files[2].write_bytes(content)
    with pytest.raises(InputError, match=r"tab_099\.2\.hdf5 cannot be read as HDF5"):
        read(files)


NO_LOCKS = """
    import os
    from pathlib import Path
    {variable}
    from failing_calls import failing
    from umbra.errors import InputError
    from umbra.simulation.catalogue import read_group_catalogue

    with failing("lock", "ENOLCK", ".hdf5"):
        try:
            print(len(read_group_catalogue(path=Path("."), snapshot=99)))
        except InputError as error:
            print(error)
"""


def test_illustris_python_wants_locks_until_it_is_told_not_to(files, failing_library):
    folder = files[0].parents[1]
    own = 'os.environ.pop("HDF5_USE_FILE_LOCKING", None)'
    (said,) = in_process(failing_library, NO_LOCKS.format(variable=own), folder)
    remedy = "set HDF5_USE_FILE_LOCKING=FALSE in the environment and run again."
    assert said == f"groups_099 cannot be read (No locks available); {remedy}"
    told = 'os.environ["HDF5_USE_FILE_LOCKING"] = "FALSE"'
    assert in_process(failing_library, NO_LOCKS.format(variable=told), folder) == ["9"]

"""Chunk files: found, counted, and refused with a sentence when they are unusable."""

import shutil

import builders
import h5py
import numpy as np
import pytest

from umbra.errors import InputError
from umbra.simulation.snapshot import chunk_paths, open_chunk, read_snapshot_header

POSITION = np.full((40, 3), 500.0)


@pytest.fixture
def run(tmp_path):
    """Return the `output` folder of a run with 12 chunks."""
    chunk = {"PartType0": builders.gas(POSITION), "PartType1": builders.dark_matter(POSITION)}
    builders.write_snapshot(tmp_path, chunks=[chunk, {}, *[chunk] * 10])
    return tmp_path


def test_chunks_are_in_numerical_order(run):
    paths = chunk_paths(path=run, snapshot=99, allow_missing=False)
    assert [path.name for path in paths] == [f"snap_099.{i}.hdf5" for i in range(12)]


def test_a_folder_that_holds_the_chunks_itself(run):
    paths = chunk_paths(path=run / "snapdir_099", snapshot=99, allow_missing=False)
    assert len(paths) == 12


def test_missing_chunks_are_named(run, caplog):
    for number in (3, 11):
        (run / "snapdir_099" / f"snap_099.{number}.hdf5").unlink()
    with pytest.raises(InputError, match=r"2 of 12 .*snap_099\.3\.hdf5, snap_099\.11\.hdf5.*allow"):
        chunk_paths(path=run, snapshot=99, allow_missing=False)
    assert len(chunk_paths(path=run, snapshot=99, allow_missing=True)) == 10
    assert "snap_099.3.hdf5" in caplog.text


def test_surplus_chunk(run):
    folder = run / "snapdir_099"
    shutil.copy(folder / "snap_099.0.hdf5", folder / "snap_099.12.hdf5")
    with pytest.raises(InputError, match=r"snap_099\.12\.hdf5 is one chunk too many.* is 12"):
        chunk_paths(path=run, snapshot=99, allow_missing=True)


@pytest.mark.parametrize("folder", [".", "nowhere"])
def test_no_snapshot(tmp_path, folder):
    with pytest.raises(InputError, match=r"simulation\.path .* holds no snapshot 99 .*`output`"):
        chunk_paths(path=tmp_path / folder, snapshot=99, allow_missing=True)


def test_truncated_chunk(run):
    path = run / "snapdir_099" / "snap_099.0.hdf5"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match=r"snap_099\.0\.hdf5 cannot be read as HDF5 \(truncated"):
        with open_chunk(path):
            pass


def test_a_file_of_another_format(run):
    path = run / "snapdir_099" / "snap_099.0.hdf5"
    path.write_text("<html>404</html>")
    with pytest.raises(InputError, match=r"snap_099\.0\.hdf5 cannot be read as HDF5"):
        chunk_paths(path=run, snapshot=99, allow_missing=False)


@pytest.mark.parametrize("field", ["NeutralHydrogenAbundance", "GFM_Metals"])
def test_missing_field(run, field):
    path = run / "snapdir_099" / "snap_099.0.hdf5"
    with h5py.File(path, "a") as file:
        del file[f"PartType0/{field}"]
    with pytest.raises(InputError, match=rf"snap_099\.0\.hdf5 has no field PartType0/{field}"):
        with open_chunk(path):
            pass


def test_header_counts_that_disagree_with_the_data(run):
    path = run / "snapdir_099" / "snap_099.0.hdf5"
    with h5py.File(path, "a") as file:
        file["Header"].attrs["NumPart_ThisFile"] = [40, 41, 0, 0, 0, 0]
    with pytest.raises(InputError, match=r"PartType1/Coordinates has 40 rows .*\[1\] is 41"):
        with open_chunk(path):
            pass


def test_dark_matter_needs_masses_when_the_header_has_none(tmp_path):
    chunk = {"PartType1": builders.dark_matter(POSITION)}
    (path,) = builders.write_snapshot(tmp_path, chunks=[chunk], dark_mass=0.0)
    with pytest.raises(InputError, match="no field PartType1/Masses"):
        with open_chunk(path):
            pass


def test_foreign_hdf5(tmp_path):
    path = tmp_path / "snap_099.0.hdf5"
    with h5py.File(path, "w") as file:
        file["table"] = [1, 2]
    with pytest.raises(InputError, match=r"snap_099\.0\.hdf5 has no attribute Header/"):
        chunk_paths(path=tmp_path, snapshot=99, allow_missing=False)


def test_attributes_stored_as_arrays_of_one(run):
    path = run / "snapdir_099" / "snap_099.0.hdf5"
    with h5py.File(path, "a") as file:
        attributes = file["Header"].attrs
        for name in ("BoxSize", "HubbleParam", "Time", "NumFilesPerSnapshot"):
            attributes[name] = [attributes[name]]
    header = read_snapshot_header(path=run, snapshot=99)
    assert header.box_size_ckpc_h == builders.BOX_CKPC_H
    assert header.files == 12


def test_totals_beyond_32_bits(run):
    path = run / "snapdir_099" / "snap_099.0.hdf5"
    with h5py.File(path, "a") as file:
        file["Header"].attrs["NumPart_Total_HighWord"] = [0, 1, 0, 0, 0, 0]
    header = read_snapshot_header(path=run, snapshot=99)
    assert header.particles_total[1] == 2**32 + 11 * 40


def test_the_subsampled_public_cutout_is_refused(shared_data):
    path = shared_data / "SimSpin_example_IllustrisTNG.hdf5"
    with pytest.raises(InputError, match=r"PartType0/Coordinates has 100 rows .* is 13587"):
        with open_chunk(path):
            pass

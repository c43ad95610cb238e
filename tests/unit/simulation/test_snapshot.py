"""Chunk files: found, counted, and refused with a sentence when they are unusable."""

import os
import shutil

import h5py
import illustris_python
import numpy as np
import pytest

import tng_files
from tng_like import MAKERS
from umbra.errors import InputError
from umbra.simulation.snapshot import check_recorded, chunk_paths, open_chunk, read_snapshot_header

POSITION = np.full((40, 3), 500.0)


@pytest.fixture
def run(tmp_path):
    """Return the `output` folder of a run with 12 chunks."""
    chunk = {"PartType0": tng_files.gas(POSITION), "PartType1": tng_files.dark_matter(POSITION)}
    tng_files.write_snapshot(tmp_path, chunks=[chunk, {}, *[chunk] * 10])
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


FULL = "2, 3, 4, 6, 8, 11, 13, 17, 21, 25, 33, 40, 50, 59, 67, 72, 78, 84, 91, 99"


def _drop(path, *fields):
    with h5py.File(path, "a") as file:
        for field in fields:
            del file[field]


def test_missing_field(run):
    path = run / "snapdir_099" / "snap_099.0.hdf5"
    _drop(path, "PartType0/GFM_Metals")
    with pytest.raises(InputError, match=r"snap_099\.0\.hdf5 has no field PartType0/GFM_Metals, "):
        with open_chunk(path):
            pass


def test_mini_snapshot_is_refused_with_all_its_missing_fields(tmp_path):
    """Its gas lacks two fields; here all gas is in the third chunk."""
    chunk = {kind: maker(POSITION) for kind, maker in MAKERS.items()}
    paths = tng_files.write_snapshot(
        tmp_path, chunks=[{}, {"PartType1": tng_files.dark_matter(POSITION)}, chunk]
    )
    check_recorded(paths)
    _drop(paths[2], "PartType0/GFM_Metals", "PartType0/NeutralHydrogenAbundance")
    with pytest.raises(InputError) as refused:
        check_recorded(paths)
    assert str(refused.value) == (
        f"{paths[2]} has no fields PartType0/NeutralHydrogenAbundance, PartType0/GFM_Metals, which "
        f"the workflow needs; use a full snapshot, not a mini one (TNG's full ones are {FULL}), of "
        "a run that recorded them."
    )


def test_only_as_many_chunks_are_opened_as_it_takes_to_see_each_type(tmp_path):
    chunk = {kind: maker(POSITION) for kind, maker in MAKERS.items()}
    paths = tng_files.write_snapshot(tmp_path, chunks=[chunk, chunk])
    paths[1].write_text("never opened")
    check_recorded(paths)


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (["PartType1"], "no PartType0 and no PartType4"),
        (["PartType0", "PartType4"], "no PartType1"),
    ],
)
def test_a_run_that_lacks_a_type_of_particles_is_refused(tmp_path, held, said):
    chunk = {kind: MAKERS[kind](POSITION) for kind in held}
    paths = tng_files.write_snapshot(tmp_path, chunks=[chunk, chunk])
    with pytest.raises(InputError, match=rf"0\.hdf5: .*counts {said}, but .*set"):
        check_recorded(paths)


@pytest.mark.parametrize("link", [os.symlink, os.link])
@pytest.mark.parametrize("name", ["snapdir_099/snapshot_099.3.hdf5", "snap_099.3.hdf5"])
def test_a_link_to_a_chunk_is_no_second_chunk(run, link, name):
    link(run / "snapdir_099" / "snap_099.3.hdf5", run / name)
    assert len(chunk_paths(path=run, snapshot=99, allow_missing=False)) == 12


def test_a_link_to_nowhere_is_one(run):
    (run / "snap_099.3.hdf5").symlink_to(run / "nowhere")
    with pytest.raises(InputError, match="are both chunk 3 of the snapshot"):
        chunk_paths(path=run, snapshot=99, allow_missing=False)


def test_header_counts_that_disagree_with_the_data(run):
    path = run / "snapdir_099" / "snap_099.0.hdf5"
    with h5py.File(path, "a") as file:
        file["Header"].attrs["NumPart_ThisFile"] = [40, 41, 0, 0, 0, 0]
    with pytest.raises(InputError, match=r"PartType1/Coordinates has 40 rows .*\[1\] is 41"):
        with open_chunk(path):
            pass


def test_dark_matter_needs_masses_when_the_header_has_none(tmp_path):
    chunk = {"PartType1": tng_files.dark_matter(POSITION)}
    (path,) = tng_files.write_snapshot(tmp_path, chunks=[chunk], dm_mass=0.0)
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
    assert header.box_size_ckpc_h == tng_files.BOX_CKPC_H
    assert header.files == 12


@pytest.mark.parametrize("high_word", [True, False])
def test_totals_beyond_32_bits(run, high_word):
    """TNG100-1 has 1820^3 dark-matter particles; newer files have no high word, but 64 bits."""
    for path in (run / "snapdir_099").iterdir():
        with h5py.File(path, "a") as file:
            attributes = file["Header"].attrs
            if high_word:
                attributes["NumPart_Total"] = np.array([0, 1733600704, 0, 0, 0, 0], dtype=np.uint32)
                attributes["NumPart_Total_HighWord"] = np.array([0, 1, 0, 0, 0, 0], dtype=np.uint32)
            else:
                attributes["NumPart_Total"] = np.array([0, 1820**3, 0, 0, 0, 0], dtype=np.uint64)
                del attributes["NumPart_Total_HighWord"]
            theirs = illustris_python.snapshot.getNumPart(dict(attributes))
    header = read_snapshot_header(path=run, snapshot=99)
    assert header.particles_total[1] == theirs[1] == 6_028_568_000


def test_the_subsampled_public_cutout_is_refused(shared_data):
    path = shared_data / "SimSpin_example_IllustrisTNG.hdf5"
    with pytest.raises(InputError, match="has no field PartType0/NeutralHydrogenAbundance, which"):
        with open_chunk(path):
            pass

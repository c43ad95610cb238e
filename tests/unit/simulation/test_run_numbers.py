"""Files of two runs or epochs never meet, and a header's numbers are numbers."""

import re
import shutil
from itertools import product

import h5py
import numpy as np
import pytest

import catalogue_case
import cutout_case
import tng_files
from umbra.errors import InputError
from umbra.files import write_rejection
from umbra.simulation.galaxies import check_cutouts, read_galaxies
from umbra.simulation.run import Run
from umbra.simulation.run_numbers import RUN_FIELDS, check_one_run, read_run_numbers
from umbra.simulation.snapshot import chunk_paths, read_snapshot_header

OF_ANOTHER_RUN = {
    "BoxSize": 75001.0,
    "HubbleParam": 0.6775,
    "Omega0": 0.309,
    "OmegaLambda": 0.691,
    "OmegaBaryon": 0.0487,
    "Time": 0.9999,
    "Redshift": 1e-4,
    "MassTable": [0, 5.001e-4, 0, 0, 0, 0],
    "NumPart_Total": np.array([12, 12, 0, 0, 13, 0], dtype=np.uint32),
    "NumPart_Total_HighWord": np.array([0, 1, 0, 0, 0, 0], dtype=np.uint32),
    "NumFilesPerSnapshot": 3,
}
OF_BOTH = [*RUN_FIELDS, "OmegaBaryon"]
OF_PARTICLES = ["MassTable", "NumPart_Total"]


def refused(first, second, name):
    """Return what a comparison of two files must raise."""
    name = name.removesuffix("_HighWord")
    sentence = (
        rf"{re.escape(str(first))} and {re.escape(str(second))} are not of .*\({name} is .*; "
    )
    return pytest.raises(InputError, match=sentence)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("name", OF_ANOTHER_RUN)
def test_chunks_of_two_runs_however_they_are_grouped(tmp_path, name, jobs):
    chunks = cutout_case.write_chunks(tmp_path)
    cutout_case.set_header(chunks[1], **{name: OF_ANOTHER_RUN[name]})
    with refused(chunks[1], chunks[0], name):
        cutout_case.cut_out(chunks, tmp_path, jobs=jobs)
    assert not (tmp_path / "cutout.hdf5").exists()


def test_single_precision_is_no_other_run(tmp_path):
    chunks = cutout_case.write_chunks(tmp_path, Time=1 - 2e-16)
    single = {name: np.float32(tng_files.HEADER[name]) for name in OF_BOTH}
    cutout_case.set_header(chunks[1], **single | {"Redshift": 2e-16})
    cutout_case.cut_out(chunks, tmp_path, jobs=2)


@pytest.mark.parametrize("name", RUN_FIELDS)
def test_sample_of_another_run(tmp_path, name):
    chunks = cutout_case.write_chunks(tmp_path)
    cutout_case.write_sample(tmp_path / "galaxies.csv", **{RUN_FIELDS[name]: OF_ANOTHER_RUN[name]})
    with refused(tmp_path / "galaxies.csv", chunks[0], name):
        cutout_case.stream(chunks, tmp_path)


@pytest.mark.parametrize("name", OF_BOTH)
def test_catalogue_of_another_run_than_the_snapshot(tmp_path, name):
    files = catalogue_case.write_run(tmp_path)
    (chunk,) = tng_files.write_snapshot(tmp_path, chunks=[{}])
    catalogue_case.select(tmp_path)
    for path in files:
        cutout_case.set_header(path, **{name: OF_ANOTHER_RUN[name]})
    with refused(files[0], chunk, name):
        catalogue_case.select(tmp_path)


@pytest.mark.parametrize("sister", [1 / 64, 1 / 8, 8, 64])
@pytest.mark.parametrize("table", [False, True])
def test_catalogue_of_a_sister_run(tmp_path, sister, table):
    """TNG100-1, -2 and -3 share all numbers of a catalogue's header."""
    files = catalogue_case.write_run(tmp_path)
    (chunk,) = tng_files.write_snapshot(tmp_path, chunks=[{}], dm_mass=sister * tng_files.DM_MASS)
    centres = tng_files.write_centres(tmp_path / "centres.csv", {0: (1.0, 2.0, 3.0)})
    said = rf"{files[0]} and {chunk} are not of one run \(a particle of dark .* of 0\.0005 by Sub"
    with pytest.raises(InputError, match=said):
        catalogue_case.select(tmp_path, table=centres if table else None)


@pytest.mark.parametrize("name", OF_BOTH)
def test_table_with_a_catalogue_of_another_run_than_the_snapshot(tmp_path, name):
    files = catalogue_case.write_run(tmp_path)
    chunks = _one_centre(tmp_path)
    cutout_case.set_header(files[0], **{name: OF_ANOTHER_RUN[name]})
    with refused(files[0], chunks[0], name):
        _one_centre(tmp_path, chunks)


@pytest.mark.parametrize(
    ("header", "name", "good"),
    [
        ("L75n1820TNG", "TNG100-1", True),
        (np.array(["L75n1820TNG"], dtype=object), "TNG100-1", True),
        (np.bytes_("L75n910TNG"), "TNG100-1", False),
        ("L35n270TNG", "TNG50-4", True),
        ("L35n270TNG", "TNG100-1", False),
        ("L75n1820FP", "Illustris-1", True),
        ("", "TNG100-1", True),
    ],
)
def test_name_of_a_run_in_a_header(tmp_path, header, name, good):
    """Headers name TNG100-1 by its box and its number of particles."""
    (path, *_) = cutout_case.write_chunks(tmp_path)
    cutout_case.set_header(path, SimulationName=header)
    numbers = dict(hubble=0.6774, omega_matter=0.3089, omega_lambda=0.6911, redshift=0.0)
    run = Run(
        name=name, snapshot=99, box_size_ckpc_h=75000.0, subhaloes=1, groups=1, **numbers
    ).numbers("the web API")
    with h5py.File(path) as file:
        found = read_run_numbers(file, path)
    if good:
        return found.check_same(run)
    with refused(path, "the web API", "SimulationName"):
        found.check_same(run)


@pytest.mark.parametrize("name", [*OF_BOTH, "NumFiles", "Ngroups_Total", "Nsubgroups_Total"])
def test_catalogue_with_a_file_of_another_run(tmp_path, name):
    files = catalogue_case.write_run(tmp_path)
    cutout_case.set_header(files[2], **{name: OF_ANOTHER_RUN.get(name, 8)})
    with refused(files[2], files[0], name):
        catalogue_case.select(tmp_path)


def test_catalogue_need_not_have_every_number(tmp_path):
    for path in catalogue_case.write_run(tmp_path):
        with h5py.File(path, "a") as file:
            for name in ("Omega0", "OmegaLambda", "OmegaBaryon", "Redshift"):
                del file["Header"].attrs[name]
    tng_files.write_snapshot(tmp_path, chunks=[{}])
    catalogue_case.select(tmp_path)
    assert read_galaxies(tmp_path / "galaxies.csv").run.values["HubbleParam"] == (0.6774,)


def test_catalogue_with_a_file_twice(tmp_path):
    """Both files have as many rows, so the sums agree."""
    fields = tng_files.subhaloes([0, 1])
    half = [{name: values[i : i + 1] for name, values in fields.items()} for i in range(2)]
    first = np.arange(2, dtype=np.int32)
    files = tng_files.write_catalogue(
        tmp_path,
        subhaloes=half,
        groups=[{"GroupFirstSub": first[:1]}, {"GroupFirstSub": first[1:]}],
    )
    catalogue_case.select(tmp_path)
    shutil.copy(files[0], files[1])
    with pytest.raises(InputError, match="GroupFirstSub names a subhalo of another .* 1 of 2 gro"):
        catalogue_case.select(tmp_path)


@pytest.mark.parametrize(
    ("column", "value", "limits"),
    [
        ("x_ckpc_h", -1.0, "0 to 75000"),
        ("z_ckpc_h", 75001.0, "0 to 75000"),
        ("vy_km_s", 2e6, r"-1e\+06 to 1e\+06"),
    ],
)
def test_sample_with_a_number_that_cannot_be(tmp_path, column, value, limits):
    chunks = cutout_case.write_chunks(tmp_path)
    cutout_case.write_sample(tmp_path / "galaxies.csv", **{column: value})
    said = rf"galaxies\.csv: .*{column}.* outside of {limits} \(1 of 1 rows\)"
    with pytest.raises(InputError, match=said):
        cutout_case.stream(chunks, tmp_path)


def test_sample_tells_its_run(tmp_path):
    catalogue_case.write_run(tmp_path)
    catalogue_case.select(tmp_path)
    run = read_galaxies(tmp_path / "galaxies.csv").run
    assert run.values == {name: (tng_files.HEADER[name],) for name in RUN_FIELDS}
    text = (tmp_path / "galaxies.csv").read_text()
    (tmp_path / "galaxies.csv").write_text(text.replace("0.6774,", "0.7,", 1))
    with pytest.raises(
        InputError, match=r"galaxies\.csv: column hubble holds 0\.7 and 0\.6774, so"
    ):
        read_galaxies(tmp_path / "galaxies.csv")


def test_sample_tells_the_particles_of_its_snapshot(tmp_path):
    catalogue_case.write_run(tmp_path)
    total = np.array([7, 1820**3, 0, 0, 5, 0], dtype=np.uint64)
    tng_files.write_snapshot(tmp_path, chunks=[{}], NumPart_Total=total)
    catalogue_case.select(tmp_path)
    run = read_galaxies(tmp_path / "galaxies.csv").run
    assert np.array(run.values["NumPart_Total"])[[0, 1, 4]].tolist() == [7, 1820**3, 5]
    np.testing.assert_array_equal(
        run.values["MassTable"], np.where(np.arange(6) == 1, 5e-4, np.nan)
    )


@pytest.mark.parametrize("name", OF_PARTICLES)
def test_chunks_of_another_run_fail_in_their_job(tmp_path, name):
    """The job streams no other chunk, and only the sample tells it of the run."""
    chunks = _one_centre(tmp_path)
    cutout_case.stream(chunks[1:], tmp_path)
    cutout_case.set_header(chunks[1], **{name: OF_ANOTHER_RUN[name]})
    with refused(tmp_path / "galaxies.csv", chunks[1], name):
        cutout_case.stream(chunks[1:], tmp_path)


@pytest.mark.parametrize("name", [*OF_BOTH, *OF_PARTICLES])
def test_chunks_of_two_runs_have_no_sample(tmp_path, name):
    chunks = cutout_case.write_chunks(tmp_path)
    cutout_case.set_header(chunks[1], **{name: OF_ANOTHER_RUN[name]})
    with refused(chunks[1], chunks[0], name):
        _one_centre(tmp_path, chunks)


def _one_centre(folder, chunks=None):
    """Write chunks, if they are not there, and a sample of one centre."""
    chunks = chunks or cutout_case.write_chunks(folder)
    centre = {cutout_case.GALAXY: tuple(cutout_case.CENTRE.tolist())}
    catalogue_case.select(folder, table=tng_files.write_centres(folder / "centres.csv", centre))
    return chunks


def test_universe_that_is_not_flat(tmp_path):
    for path in catalogue_case.write_run(tmp_path):
        cutout_case.set_header(path, OmegaLambda=0.0001)
    with pytest.raises(InputError, match=r"Omega0 0\.3089 and OmegaLambda 0\.0001 do not add up"):
        catalogue_case.select(tmp_path)


@pytest.mark.parametrize("name", ["BoxSize", "Time", "MassTable", "NumPart_Total"])
def test_cutouts_of_two_runs(tmp_path, name):
    """Counts alone tell apart two runs of one box."""
    folders = [tmp_path / "one", tmp_path / "other"]
    header = {name: OF_ANOTHER_RUN[name]}
    cutouts = []
    for folder, options in zip(folders, ({}, header), strict=True):
        chunks = cutout_case.write_chunks(folder, **options)
        cutouts.append(cutout_case.cut_out(chunks[:1], folder))
    write_rejection(tmp_path / "5.hdf5", "no gas")
    (tmp_path / "6.hdf5").write_bytes(cutouts[0].read_bytes()[:3000])
    left_out = [tmp_path / "4.hdf5", tmp_path / "5.hdf5", tmp_path / "6.hdf5"]
    check_one_run([*left_out, cutouts[0], cutouts[0]])
    with refused(cutouts[1], cutouts[0], f"(?:Snapshot)?{name}"):
        check_one_run([*left_out, *cutouts])


@pytest.mark.parametrize(
    ("column", "value", "name"),
    [
        ("hubble", 0.7, "HubbleParam"),
        ("dm_particle_mass_1e10_msun_h", 4e-3, "MassTable"),
        ("star_particles_in_snapshot", 13, "SnapshotNumPart_Total"),
    ],
)
def test_cutouts_of_another_run_than_their_sample(tmp_path, column, value, name):
    cutout = cutout_case.cut_out(_one_centre(tmp_path), tmp_path)
    cutout.rename(tmp_path / f"{cutout_case.GALAXY}.hdf5")
    sample = {"galaxies_csv": tmp_path / "galaxies.csv", "folder": tmp_path}
    check_cutouts(**sample)
    cutout_case.write_sample(sample["galaxies_csv"], **{column: value})
    with refused(tmp_path / "3.hdf5", sample["galaxies_csv"], name):
        check_cutouts(**sample)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *product(
            ["BoxSize", "HubbleParam", "Time", "Omega0", "OmegaLambda"],
            [0.0, -0.5, np.nan, np.inf, "0.7"],
        ),
        ("HubbleParam", 67.74),
        ("Redshift", -1.0),
        ("UnitLength_in_cm", 3.085678e24),
        ("MassTable", [0, np.nan, 0, 0, 0, 0]),
        ("MassTable", [0, -1.0, 0, 0, 0, 0]),
        ("NumPart_ThisFile", [-1, 6, 0, 0, 6, 0]),
        ("NumPart_Total", [12.5, 12, 0, 0, 12, 0]),
        ("NumFilesPerSnapshot", np.nan),
    ],
)
def test_number_of_a_header_that_cannot_be(tmp_path, name, value):
    chunks = cutout_case.write_chunks(tmp_path)
    cutout_case.set_header(chunks[0], **{name: value})
    with pytest.raises(InputError, match=rf"snap_099\.0\.hdf5: Header/{name} is "):
        read_snapshot_header(path=tmp_path, snapshot=99)


@pytest.mark.parametrize(
    "name", ["snapdir_099/snapshot_099.1.hdf5", "snapdir_099/snap_099.01.hdf5", "snap_099.1.hdf5"]
)
def test_two_files_with_one_number(tmp_path, name):
    chunks = cutout_case.write_chunks(tmp_path)
    shutil.copy(chunks[0], tmp_path / name)
    with pytest.raises(InputError, match=r"are both chunk 1 of the snapshot; move the one"):
        chunk_paths(path=tmp_path, snapshot=99, allow_missing=True)


@pytest.mark.parametrize("jobs", [1, 2])
def test_chunk_that_is_a_copy_of_another(tmp_path, jobs):
    """All chunks are there, and they hold as many particles as they should."""
    chunks = cutout_case.write_chunks(tmp_path)
    shutil.copy(chunks[0], chunks[1])
    with pytest.raises(InputError, match=r"099\.0\.hdf5 and .*099\.1\.hdf5 begin with the same"):
        cutout_case.cut_out(chunks, tmp_path, jobs=jobs)


@pytest.mark.parametrize("dtype", [np.int64, np.int32])
def test_negative_ids(tmp_path, dtype):
    chunks = cutout_case.write_chunks(tmp_path)
    ids = np.arange(-1, -cutout_case.ROWS - 1, -1, dtype=dtype)
    cutout_case.replace(chunks[0], "PartType0/ParticleIDs", ids)
    cutout_case.cut_out(chunks, tmp_path, jobs=2)
    cutout_case.replace(chunks[1], "PartType0/ParticleIDs", ids)
    with pytest.raises(InputError, match="begin with the same particle"):
        cutout_case.cut_out(chunks, tmp_path, jobs=2)


def test_chunk_given_twice(tmp_path):
    chunks = cutout_case.write_chunks(tmp_path)
    with pytest.raises(InputError, match="are both chunk 0 of the snapshot"):
        cutout_case.cut_out([chunks[0], chunks[0]], tmp_path, jobs=2)


def test_two_epochs_in_one_header(tmp_path):
    chunks = cutout_case.write_chunks(tmp_path, Time=0.5, Redshift=0.0)
    with pytest.raises(InputError, match="Header/Time is 0.5, but Header/Redshift is 0, which is"):
        cutout_case.cut_out(chunks, tmp_path)

"""Numbers that cannot be are refused or rejected, with file, field and how many."""

import h5py
import numpy as np
import pytest

import catalogue_case
import cutout_case
import tng_files
from cutout_case import replace, spoil
from umbra.config.sample import SelectionSettings
from umbra.errors import InputError, Rejected
from umbra.simulation.catalogue import read_group_catalogue
from umbra.simulation.cutout import read_cutout
from umbra.simulation.fields import FIELDS
from umbra.simulation.galaxies import read_galaxies
from umbra.simulation.run import Run, read_run
from umbra.simulation.selection import select_galaxies
from umbra.simulation.snapshot import open_chunk
from umbra.simulation.streaming import stream_shard
from umbra.simulation.web_api.halo import read_sphere

CUTS = SelectionSettings()  # the paper's
NONE = [np.nan, np.inf, -np.inf]
IMPOSSIBLE = [
    ("PartType0/Velocities", 2e6, r"outside of -1e\+06 to 1e\+06"),
    ("PartType0/Masses", 0.0, "that are not above 0"),
    ("PartType0/Masses", -1e-4, "that are not above 0"),
    ("PartType0/Density", 0.0, "that are not above 0"),
    ("PartType0/InternalEnergy", -100.0, "that are not above 0"),
    ("PartType0/ElectronAbundance", -0.1, "outside of 0 to 2"),
    ("PartType0/ElectronAbundance", 3.0, "outside of 0 to 2"),
    ("PartType0/NeutralHydrogenAbundance", 1.1, "outside of 0 to 1"),
    ("PartType0/NeutralHydrogenAbundance", -0.1, "outside of 0 to 1"),
    ("PartType0/GFM_Metallicity", -0.01, "outside of 0 to 1"),
    ("PartType0/GFM_Metals", 1.5, "outside of 0 to 1"),
    ("PartType0/StarFormationRate", -1.0, "below 0"),
    ("PartType4/Masses", 0.0, "that are not above 0"),
    ("PartType4/GFM_InitialMass", 0.0, "that are not above 0"),
    ("PartType4/GFM_Metallicity", 1.5, "outside of 0 to 1"),
    ("PartType4/GFM_StellarFormationTime", 1.5, "above 1"),
]


def particle_fields():
    """Return every field of floating-point numbers of the three types, positions apart."""
    left_out = ("Coordinates", "ParticleIDs")
    return [f"{kind}/{name}" for kind in FIELDS for name in FIELDS[kind] if name not in left_out]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    """Return a chunk and the cutout that is made from it, to be copied."""
    folder = tmp_path_factory.mktemp("pristine")
    chunks = cutout_case.write_chunks(folder)
    return chunks, cutout_case.cut_out(chunks, folder)


@pytest.fixture
def chunks(pristine, tmp_path):
    """Return two chunks and a sample to be spoilt."""
    return cutout_case.write_chunks(tmp_path)


@pytest.fixture
def cutout(pristine, tmp_path):
    """Return a cutout to be spoilt."""
    path = tmp_path / "3.hdf5"
    path.write_bytes(pristine[1].read_bytes())
    return path


@pytest.mark.parametrize("field", particle_fields())
def test_number_that_is_none_rejects_the_galaxy(chunks, tmp_path, field):
    for value in NONE:
        spoil(chunks[1], field, value)
        with pytest.raises(Rejected, match=rf"099\.1\.hdf5: {field} .* not finite \(2 of 6 rows\)"):
            cutout_case.cut_out(chunks, tmp_path)


@pytest.mark.parametrize(("field", "value", "said"), IMPOSSIBLE)
def test_number_that_cannot_be_rejects_the_galaxy(chunks, cutout, tmp_path, field, value, said):
    spoil(chunks[1], field, value)
    said = rf"{field} holds numbers {said}"
    with pytest.raises(Rejected, match=rf"snap_099\.1\.hdf5: {said} \(2 of 6 rows\) in the sphere"):
        cutout_case.cut_out(chunks, tmp_path)
    spoil(cutout, field, value)
    with pytest.raises(Rejected, match=rf"3\.hdf5: {said} \(2 of 12 rows\); the file is damaged"):
        read_cutout(cutout)


def test_bad_number_of_another_galaxy_is_not_seen(chunks, tmp_path):
    spoil(chunks[1], "PartType0/Coordinates", 3e4, rows=slice(1))
    spoil(chunks[1], "PartType0/Density", np.nan, rows=slice(1))
    assert len(read_cutout(cutout_case.cut_out(chunks, tmp_path)).gas.mass_msun) == 11


@pytest.mark.parametrize("kind", FIELDS)
@pytest.mark.parametrize("value", [*NONE, -1.0, 75001.0, 1e30])
def test_position_that_cannot_be_is_refused(chunks, cutout, tmp_path, kind, value):
    """No galaxy is known to which the particle belongs."""
    spoil(chunks[1], f"{kind}/Coordinates", value)
    said = "outside of 0 to 75000" if np.isfinite(value) else "that are not finite"
    said = rf"{kind}/Coordinates holds numbers {said} \(2 of"
    with pytest.raises(InputError, match=rf"snap_099\.1\.hdf5: {said} 6 rows\); fetch or make"):
        cutout_case.stream(chunks, tmp_path)
    assert not (tmp_path / "0.shard").exists()
    spoil(cutout, f"{kind}/Coordinates", value)
    with pytest.raises(Rejected, match=rf"3\.hdf5: {said} 12 rows\)"):
        read_cutout(cutout)


def test_rows_of_all_slabs_are_counted(chunks, tmp_path):
    spoil(chunks[0], "PartType1/Coordinates", np.nan, rows=slice(0, 6, 2))
    with pytest.raises(InputError, match=r"PartType1/Coordinates .* \(3 of 6 rows\)"):
        stream_shard(
            chunks=chunks,
            galaxies_csv=tmp_path / "galaxies.csv",
            radius_kpc=100.0,
            output=tmp_path / "shard.hdf5",
            slab_rows=2,
        )


def test_edge_of_the_box_in_single_precision(chunks, tmp_path):
    beyond = np.nextafter(np.float32(75000), np.float32(75001))
    spoil(chunks[0], "PartType0/Coordinates", beyond, rows=np.s_[:2, 0])
    spoil(chunks[0], "PartType0/Coordinates", 75000.0, rows=np.s_[2, 0])
    gas = read_cutout(cutout_case.cut_out(chunks, tmp_path)).gas
    np.testing.assert_allclose(gas.position_kpc[:3, 0] * tng_files.HUBBLE, 1, rtol=0.01)


def test_fraction_that_rounding_left_outside_is_set_to_its_limit(cutout):
    spoil(cutout, "PartType0/NeutralHydrogenAbundance", np.float32(1.0000002))
    spoil(cutout, "PartType0/GFM_Metallicity", np.float32(-1e-9))
    gas = read_cutout(cutout).gas
    assert gas.neutral_hydrogen_fraction.max() == 1
    assert gas.metallicity.min() == 0


def test_wind_needs_no_initial_mass(cutout):
    spoil(cutout, "PartType4/GFM_StellarFormationTime", -0.2)
    spoil(cutout, "PartType4/GFM_InitialMass", 0.0)
    assert len(read_cutout(cutout).stars.mass_msun) == 10


@pytest.mark.parametrize("name", ["CutoutCentre", "CutoutVelocity", "CutoutRadius"])
def test_header_of_a_cutout(cutout, name):
    with h5py.File(cutout, "a") as file:
        file["Header"].attrs[name] = np.full_like(file["Header"].attrs[name], np.nan)
    with pytest.raises(Rejected, match=rf"3\.hdf5: Header/{name} is nan.* where finite numbers"):
        read_cutout(cutout)


def test_big_endian_files_are_read_as_others(pristine, chunks, tmp_path):
    for path in chunks:
        with h5py.File(path, "a") as file:
            for kind in FIELDS:
                for name, values in ((name, file[kind][name][...]) for name in list(file[kind])):
                    del file[kind][name]
                    file[kind][name] = values.astype(values.dtype.newbyteorder(">"))
    cutout = cutout_case.cut_out(chunks, tmp_path, jobs=2)
    with h5py.File(cutout) as ours, h5py.File(pristine[1]) as theirs:
        for kind in FIELDS:
            assert ours[kind].keys() == theirs[kind].keys()
            for name, values in theirs[kind].items():
                assert ours[kind][name].dtype == values.dtype
                np.testing.assert_array_equal(ours[kind][name][...], values[...])


@pytest.mark.parametrize(
    ("field", "values", "said"),
    [
        ("PartType0/GFM_Metals", np.full(6, 0.75), r"has shape \(6,\) where rows of 9 or 10 are"),
        ("PartType0/GFM_Metals", np.full((6, 1), 0.75), r"has shape \(6, 1\) where rows of 9 or"),
        ("PartType0/Coordinates", np.full((6, 2), 5.0), r"has shape \(6, 2\) where rows of 3 are"),
        ("PartType0/Coordinates", np.full((6, 3), 5), "is of type int64 where float32 or float64"),
        ("PartType1/Coordinates", np.full((6, 3), 5, "f2"), "is of type float16 where float32 or"),
        ("PartType0/Masses", np.full((6, 1), 1e-4), r"has shape \(6, 1\) where rows of 1 are"),
        ("PartType4/Masses", 1e-4, r"has shape \(\) where rows of 1 are"),
        ("PartType4/Masses", np.full(6, b"1e-4"), r"is of type \|S4 where float32 or float64"),
        ("PartType1/ParticleIDs", np.arange(6.0), "is of type float64 where integers are expected"),
    ],
)
def test_field_of_another_type_or_shape(chunks, field, values, said):
    replace(chunks[0], field, values)
    with pytest.raises(InputError, match=rf"snap_099\.0\.hdf5: {field} {said}"):
        with open_chunk(chunks[0]):
            pass


def _select(path):
    return select_galaxies(catalogue=read_group_catalogue(path=path, snapshot=99), settings=CUTS)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("SubhaloPos", np.nan, r"that are not finite \(1 of 3"),
        ("SubhaloPos", 75001.0, r"outside of 0 to 75000 \(1 of 3"),
        ("SubhaloVel", np.inf, r"that are not finite \(1 of 3"),
        ("SubhaloHalfmassRadType", np.nan, r"that are not finite \(1 of 3"),
        ("SubhaloMassType", np.nan, r"that are not finite \(1 of 6"),
        ("SubhaloMassType", -1.0, r"below 0 \(1 of 6"),
        ("SubhaloSFR", np.nan, r"that are not finite \(1 of 6"),
        ("SubhaloSFR", -1.0, r"below 0 \(1 of 6"),
    ],
)
def test_number_of_the_catalogue_that_cannot_be(tmp_path, field, value, said):
    """Subhalo 7 passes every cut, and subhalo 1 is a satellite."""
    files = catalogue_case.write_run(tmp_path)
    spoil(files[0], f"Subhalo/{field}", value, rows=slice(1, 2))
    assert _select(tmp_path)[0].tolist() == [0, 6, 7]
    spoil(files[2], f"Subhalo/{field}", value, rows=slice(3, 4))
    with pytest.raises(
        InputError, match=rf"groups_099: Subhalo/{field} holds numbers {said} rows\)"
    ):
        _select(tmp_path)


def test_catalogue_of_another_type_or_shape(tmp_path):
    files = catalogue_case.write_run(tmp_path)
    replace(files[0], "Subhalo/SubhaloPos", np.ones(4, dtype=np.float32))
    with pytest.raises(InputError, match=r"tab_099\.0\.hdf5: Subhalo/SubhaloPos has shape \(4,\) "):
        _select(tmp_path)
    replace(files[0], "Subhalo/SubhaloPos", np.ones((4, 3), dtype=np.float32))
    replace(files[0], "Subhalo/SubhaloGrNr", np.zeros(4))
    with pytest.raises(InputError, match="Subhalo/SubhaloGrNr is of type float64 where integers"):
        _select(tmp_path)


def test_big_endian_catalogue(tmp_path):
    expected = _select_all(catalogue_case.write_run(tmp_path))
    for path in (files := catalogue_case.write_run(tmp_path)):
        with h5py.File(path, "a") as file:
            for kind in ("Subhalo", "Group"):
                for name, values in [(name, file[kind][name][...]) for name in file[kind]]:
                    del file[kind][name]
                    file[kind][name] = values.astype(values.dtype.newbyteorder(">"))
    found = _select_all(files)
    for name, values in expected.items():
        assert found[name].dtype.isnative
        np.testing.assert_array_equal(found[name], values)


def _select_all(files):
    catalogue = vars(read_group_catalogue(path=files[0].parents[1], snapshot=99))
    return {name: values for name, values in catalogue.items() if isinstance(values, np.ndarray)}


def test_sample_with_a_centre_that_is_none(tmp_path):
    cutout_case.write_sample(tmp_path / "galaxies.csv", y_ckpc_h=np.inf)
    with pytest.raises(InputError, match=r"csv: column y_ckpc_h .* not finite \(1 of 1 rows\)"):
        read_galaxies(tmp_path / "galaxies.csv")


RUN = {
    "name": "TNG100-1",
    "snapshot": 99,
    "box_size_ckpc_h": 75000.0,
    "hubble": 0.6774,
    "omega_matter": 0.3089,
    "omega_lambda": 0.6911,
    "redshift": 0.0,
    "subhaloes": 3,
    "groups": 2,
}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("hubble", 0.0, "HubbleParam is 0 but must be above 0 and at most 10"),
        ("redshift", float("nan"), "Time is nan but must be"),
        ("redshift", -1.0, "is damaged"),
        ("box_size_ckpc_h", float("inf"), "BoxSize is inf but must be above 0"),
    ],
)
def test_numbers_of_the_api(tmp_path, name, value, said):
    path = tmp_path / "simulation.json"
    path.write_text(
        repr(RUN | {name: value}).replace("'", '"').replace("nan", "NaN").replace("inf", "Infinity")
    )
    with pytest.raises(InputError, match=rf"simulation\.json:? {said}"):
        read_run(path)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("PartType1/Coordinates", np.nan, r"that are not finite \(2 of 6 rows\)"),
        ("PartType0/Density", -1.0, r"that are not above 0 \(2 of 6 rows\) in the sphere"),
    ],
)
def test_halo_of_the_api(chunks, field, value, said):
    """A chunk has the layout of a halo."""
    sphere = {"centre_ckpc_h": cutout_case.CENTRE, "radius_ckpc_h": 80.0}
    fields, _ = read_sphere(chunks[0], run=Run(**RUN), **sphere)
    assert len(fields["PartType0/Density"]) == 6
    spoil(chunks[0], field, value)
    with pytest.raises(Rejected, match=rf"snap_099\.0\.hdf5: {field} holds numbers {said}"):
        read_sphere(chunks[0], run=Run(**RUN), **sphere)

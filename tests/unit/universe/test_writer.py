"""The files of the synthetic universe, read by the public reader of TNG and against each other."""

import os
import subprocess
from dataclasses import replace

import h5py
import illustris_python as il
import numpy as np
import pytest

from umbra.config.loading import load_config
from umbra.errors import InputError
from umbra.simulation.catalogue_files import check_of_snapshot
from umbra.simulation.snapshot import read_snapshot_header
from umbra.universe.writer import write_universe
from universe_case import BOX, CHUNKS, GALAXIES, HUBBLE, SEED, SETTINGS, msun, offsets, passes


def datasets(folder):
    found = {}
    for path in sorted(folder.rglob("*.hdf5")):
        with h5py.File(path) as file:
            file.visititems(
                lambda name, item, at=path.name: (
                    found.__setitem__((at, name), item[()])
                    if isinstance(item, h5py.Dataset)
                    else None
                )
            )
    return found


def test_headers_count_the_particles(universe):
    total = np.zeros(6, dtype=np.int64)
    for chunk in range(CHUNKS):
        with h5py.File(universe / f"output/snapdir_099/snap_099.{chunk}.hdf5") as file:
            header = dict(file["Header"].attrs)
            for kind in range(6):
                name = f"PartType{kind}/Coordinates"
                length = len(file[name]) if name in file else 0
                assert header["NumPart_ThisFile"][kind] == length
            total += header["NumPart_ThisFile"]
            assert header["NumFilesPerSnapshot"] == CHUNKS
            assert (header["BoxSize"], header["HubbleParam"]) == (BOX, HUBBLE)
            assert (header["Time"], header["Redshift"]) == (1.0, 0.0)
            assert header["MassTable"][1] == 0.000505574296436975
            assert not header["NumPart_Total_HighWord"].any()
            wanted = header["NumPart_Total"]
    assert np.array_equal(total, wanted)


@pytest.mark.parametrize("sister", [1, 1 / 8, 8])
def test_the_catalogue_is_of_this_snapshot_and_no_sister_run(universe, sister):
    output = {"path": universe / "output", "snapshot": 99}
    header = read_snapshot_header(**output)
    header = replace(header, mass_table=tuple(sister * mass for mass in header.mass_table))
    if sister == 1:
        return check_of_snapshot(**output, header=header)
    with pytest.raises(InputError, match=r"dark matter has a mass of 0\.00050557 by Subhalo"):
        check_of_snapshot(**output, header=header)


def test_exactly_as_many_galaxies_pass_as_were_asked_for(subhalos, halos):
    assert passes(subhalos, halos).sum() == GALAXIES


@pytest.mark.parametrize("cut", ["heavy", "forming", "central", "flag"])
def test_each_cut_alone_keeps_something_out(subhalos, halos, cut):
    assert passes(subhalos, halos, **{cut: True}).sum() > GALAXIES


def test_first_level_satellites_have_parent_zero_too(subhalos, halos):
    ids = np.arange(subhalos["count"])
    satellite = halos["GroupFirstSub"][subhalos["SubhaloGrNr"]] != ids
    assert (subhalos["SubhaloParent"][satellite] == 0).any()
    assert (subhalos["SubhaloParent"][satellite] > 0).any()


def test_subhaloes_hold_what_the_catalogue_says(base, subhalos):
    for number in range(subhalos["count"]):
        lengths = subhalos["SubhaloLenType"][number]
        masses = np.zeros(6)
        centre = subhalos["SubhaloPos"][number]
        for kind in (0, 1, 4):
            part = il.snapshot.loadSubhalo(base, 99, number, kind)
            assert part["count"] == lengths[kind]
            offset = offsets(part["Coordinates"], centre)
            assert np.abs(offset).max() < 150.0
            if kind == 1:
                masses[1] = part["count"] * 0.000505574296436975
                nearest = np.linalg.norm(offset, axis=1).argmin()
                assert part["ParticleIDs"][nearest] == subhalos["SubhaloIDMostbound"][number]
                continue
            weight = part["Masses"].astype(float)
            wind = (
                part["GFM_StellarFormationTime"] <= 0 if kind == 4 else np.zeros(len(weight), bool)
            )
            masses[kind] += weight[~wind].sum()
            masses[0] += weight[wind].sum()
            if kind == 0:
                rate = part["StarFormationRate"].astype(float).sum()
                assert rate == pytest.approx(subhalos["SubhaloSFR"][number], rel=1e-5)
            if kind == 4:
                radius = np.linalg.norm(offset, axis=1)
                inner = radius < subhalos["SubhaloHalfmassRadType"][number, 4] * (1 + 1e-6)
                half = weight[inner & ~wind].sum() / weight[~wind].sum()
                assert half == pytest.approx(0.5, abs=0.01)
                within = radius < 2 * subhalos["SubhaloHalfmassRadType"][number, 4]
                assert weight[within & ~wind].sum() == pytest.approx(
                    subhalos["SubhaloMassInRadType"][number, 4], rel=0.01
                )
        found = subhalos["SubhaloMassType"][number]
        assert found[[0, 1, 4]] == pytest.approx(masses[[0, 1, 4]], rel=1e-5)
        assert found.sum() == pytest.approx(subhalos["SubhaloMass"][number], rel=1e-5)


def test_groups_hold_their_subhaloes_and_more(base, subhalos, halos):
    for number in range(halos["count"]):
        mine = subhalos["SubhaloGrNr"] == number
        assert mine.sum() == halos["GroupNsubs"][number]
        for kind in (0, 1, 4):
            identifiers = il.snapshot.loadHalo(base, 99, number, kind, fields="ParticleIDs")
            count = 0 if isinstance(identifiers, dict) else len(identifiers)
            assert count == halos["GroupLenType"][number, kind]
            assert count >= subhalos["SubhaloLenType"][mine, kind].sum()
        first = halos["GroupFirstSub"][number]
        if first < 0:
            assert halos["GroupNsubs"][number] == 0
        else:
            assert mine[first]
            single = il.groupcat.loadSingle(base, 99, subhaloID=first)
            assert single["SubhaloGrNr"] == number
    assert (halos["GroupFirstSub"] < 0).any()
    assert np.all(np.diff(halos["GroupMass"]) <= 0)
    bound = subhalos["SubhaloLenType"].sum(axis=0)
    assert np.all(halos["GroupLenType"].sum(axis=0)[[0, 1, 4]] > bound[[0, 1, 4]])


def test_fuzz_lies_outside_every_group_and_identifiers_are_unique(base, halos):
    for kind in (0, 1, 4):
        identifiers = il.snapshot.loadSubset(base, 99, kind, fields=["ParticleIDs"])
        assert len(np.unique(identifiers)) == len(identifiers)
        assert len(identifiers) > halos["GroupLenType"][:, kind].sum()


def test_wind_is_stored_among_the_stars(base):
    time = il.snapshot.loadSubset(base, 99, 4, fields=["GFM_StellarFormationTime"])
    assert 0 < (time <= 0).mean() < 0.05
    assert time.max() <= 1.0


def test_one_selected_galaxy_lies_across_the_corner_of_the_box(base, subhalos, halos):
    position = subhalos["SubhaloPos"][passes(subhalos, halos)]
    gap = np.minimum(position, BOX - position).max(axis=1) / HUBBLE
    assert (gap < 100.0).sum() == 1
    number = np.flatnonzero(passes(subhalos, halos))[gap.argmin()]
    place = il.snapshot.loadSubhalo(base, 99, number, 1, fields=["Coordinates"])
    assert np.all(place.max(axis=0) - place.min(axis=0) > BOX / 2)
    assert place.min() >= 0.0 and place.max() < BOX


def test_a_chunk_is_empty_and_a_subhalo_spans_chunks(universe, subhalos):
    with h5py.File(universe / "postprocessing/offsets/offsets_099.hdf5") as file:
        starts = file["FileOffsets/SnapByType"][:]
        begin = file["Subhalo/SnapByType"][:, 1]
    sizes = np.diff(starts, axis=0)
    assert (sizes == 0).all(axis=1).any()
    end = begin + subhalos["SubhaloLenType"][:, 1]
    assert any(((begin < border) & (border < end)).any() for border in starts[1:, 1])
    with h5py.File(universe / f"output/snapdir_099/snap_099.{CHUNKS - 1}.hdf5") as file:
        assert "PartType4" not in file and "PartType1" in file


def test_gas_fields_have_the_types_and_sums_of_tng(base):
    gas = il.snapshot.loadSubset(base, 99, 0)
    assert gas["Coordinates"].dtype == np.float64 and gas["ParticleIDs"].dtype == np.uint64
    others = set(gas) - {"Coordinates", "ParticleIDs", "count"}
    assert {gas[name].dtype for name in others} == {np.dtype(np.float32)}
    assert gas["GFM_Metals"].sum(axis=1) == pytest.approx(1.0, abs=1e-6)
    assert all(np.isfinite(gas[name]).all() for name in others)
    assert gas["InternalEnergy"].min() > 0 and gas["Density"].min() > 0
    assert 0.0 <= gas["NeutralHydrogenAbundance"].min()
    assert gas["NeutralHydrogenAbundance"].max() <= 1.0
    # most cells are within a factor of two of the target mass
    assert msun(np.median(gas["Masses"])) == pytest.approx(1.4e6, rel=0.1)


def test_cores_change_nothing_and_the_seed_everything(universe, tmp_path):
    write_universe(output=tmp_path / "two", seed=SEED, threads=2, settings=SETTINGS)
    first, second = datasets(universe), datasets(tmp_path / "two")
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert not list((tmp_path / "two").glob(".*"))
    write_universe(output=tmp_path / "two", seed=4, threads=2, settings=SETTINGS)
    other = datasets(tmp_path / "two")
    name = ("fof_subhalo_tab_099.0.hdf5", "Subhalo/SubhaloMass")
    assert not np.array_equal(first[name], other[name])


def test_a_failed_run_leaves_nothing_and_a_killed_one_changes_nothing(universe, tmp_path):
    (tmp_path / "output").write_text("a file where a folder must be")
    with pytest.raises(InputError, match="output"):
        write_universe(output=tmp_path, seed=SEED, threads=1, settings=SETTINGS)
    assert [path.name for path in tmp_path.iterdir()] == ["output"]
    # what a killed run leaves: drawn groups, and files of a universe of more chunks
    (tmp_path / "output").unlink()
    killed = subprocess.Popen(["true"])
    killed.wait()
    drawn = f".groups.{os.uname().nodename}-{killed.pid}.part"
    for stale in (f"{drawn}/group_0.hdf5", "output/snapdir_099/snap_099.9.hdf5"):
        (tmp_path / stale).parent.mkdir(parents=True)
        (tmp_path / stale).write_text("half a file")
    write_universe(output=tmp_path, seed=SEED, threads=1, settings=SETTINGS)
    first, second = datasets(universe), datasets(tmp_path)
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert not list(tmp_path.glob(".groups*"))


@pytest.mark.parametrize(("key", "value"), [("galaxies", 0), ("chunks", 0), ("extent_kpc", 40)])
def test_impossible_numbers_are_one_sentence(key, value):
    with pytest.raises(InputError, match=rf"universe\.{key} is {value}: .* greater than or equal"):
        load_config({"universe": {key: value}})

"""A real snapshot, TNG50-4 Subbox0 at z = 0, against counts and masses found independently."""

import h5py
import numpy as np
import pandas as pd
import pytest

import tng_files
from umbra.config.dataset import ProfileSettings
from umbra.config.sample import ParticleLimits, SelectionSettings
from umbra.dataset.profiles import write_profile
from umbra.errors import InputError
from umbra.simulation.cutout import gather_cutout, read_cutout
from umbra.simulation.selection import write_sample
from umbra.simulation.snapshot import chunk_paths, open_chunk
from umbra.simulation.streaming import stream_shard

CENTRE_CKPC_H = (26107.49, 10139.25, 27269.18)


@pytest.fixture(scope="module")
def chunks(shared_data):
    """Return the ten chunks that are there."""
    return chunk_paths(path=shared_data / "tng50-4-subbox", snapshot=2332, allow_missing=True)


@pytest.fixture(scope="module")
def sample(shared_data, tmp_path_factory):
    """Return the sample file of one halo at the given centre."""
    folder = tmp_path_factory.mktemp("sample")
    write_sample(
        settings=SelectionSettings(
            table=tng_files.write_centres(folder / "table.csv", {0: CENTRE_CKPC_H})
        ),
        path=shared_data / "tng50-4-subbox",
        snapshot=2332,
        galaxies_csv=folder / "galaxies.csv",
        cuts_csv=folder / "cuts.csv",
    )
    return folder / "galaxies.csv"


def test_missing_chunk_is_named(shared_data):
    with pytest.raises(
        InputError, match=r"1 of 11 .* missing: snap_2332\.7\.hdf5; .*allow_missing"
    ):
        chunk_paths(path=shared_data / "tng50-4-subbox", snapshot=2332, allow_missing=False)


def test_counts_of_the_whole_snapshot(chunks, sample, tmp_path):
    """A sphere that reaches every corner of the box holds every particle, once."""
    stream_shard(
        chunks=chunks, galaxies_csv=sample, radius_kpc=50000.0, output=tmp_path / "shard.hdf5"
    )
    with h5py.File(tmp_path / "shard.hdf5") as shard:
        counts = {
            kind: int(shard[f"{kind}/Counts"][...].sum())
            for kind in ("PartType0", "PartType1", "PartType4")
        }
        groups = [item for item in shard["PartType1"].values() if isinstance(item, h5py.Group)]
        ids = np.concatenate([chunk["ParticleIDs"][...] for chunk in groups])
        dm_mass = shard["Header"].attrs["MassTable"][1]
    assert counts == {"PartType0": 24789, "PartType1": 26060, "PartType4": 266}
    assert len(np.unique(ids)) == 26060
    assert dm_mass == pytest.approx(0.01573723, rel=1e-6)


def test_masses_of_the_halo(chunks, sample, tmp_path):
    for number, part in enumerate((chunks[::2], chunks[1::2])):
        stream_shard(
            chunks=part,
            galaxies_csv=sample,
            radius_kpc=100.0,
            output=tmp_path / f"{number}.hdf5",
        )
    gather_cutout(
        shards=[tmp_path / "1.hdf5", tmp_path / "0.hdf5"],
        galaxy=0,
        galaxies_csv=sample,
        radius_kpc=100.0,
        limits=ParticleLimits(min_gas_cells=100, min_star_particles=50),
        output=tmp_path / "cutout.hdf5",
    )
    settings = ProfileSettings(radii=3, min_radius_kpc=2.0, max_radius_kpc=50.0)
    write_profile(cutout=tmp_path / "cutout.hdf5", profiles=settings, output=tmp_path / "p.csv")
    profile = pd.read_csv(tmp_path / "p.csv")
    two, ten, fifty = (row for _, row in profile.iterrows())
    assert ten["radius_kpc"] == pytest.approx(10)
    assert fifty["dm_mass_msun"] == pytest.approx(1.32e11, rel=0.02)
    assert ten["stellar_mass_msun"] == pytest.approx(1.8e9, rel=0.05)
    assert two["dm_particles"] > 0
    gas = read_cutout(tmp_path / "cutout.hdf5").gas
    near = np.linalg.norm(gas.position_kpc, axis=1) < 50
    hydrogen = gas.mass_msun * gas.hydrogen_fraction * gas.neutral_hydrogen_fraction
    assert hydrogen[near].sum() == pytest.approx(5e9, rel=0.25)


def test_empty_chunks_hold_nothing(chunks):
    with open_chunk(chunks[2]) as chunk:
        assert chunk.number == 2
        assert [chunk.count(f"PartType{i}") for i in (0, 1, 4)] == [0, 0, 0]

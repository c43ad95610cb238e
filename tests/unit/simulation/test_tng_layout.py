"""TNG100-1's layout, 448 files of each kind, against illustris_python and a tree of scipy's."""

import resource

import illustris_python
import numpy as np
import pytest
from scipy.spatial import cKDTree

import tng_files
from tng_like import TngLike
from umbra.config.sample import ParticleLimits, SelectionSettings
from umbra.simulation.cutout import gather_cutout, read_cutout
from umbra.simulation.galaxies import read_galaxies
from umbra.simulation.selection import write_sample
from umbra.simulation.snapshot import check_recorded, chunk_paths
from umbra.simulation.streaming import stream_shard

FILES, SELECTED, RADIUS_KPC = 448, 6, 30.0
CUTS = SelectionSettings()  # the paper's
TYPES = {"gas": 0, "dark_matter": 1, "stars": 4}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return the `output` folder of a run without offsets, with its sample.

    Spheres of 30 kpc cut the larger haloes, and the largest lies across the corner of the box.
    """
    folder = tmp_path_factory.mktemp("run")
    plan = TngLike.plan(particles=60_000, chunks=FILES, haloes=300, empty=(0, 17, 447))
    # the largest halo's gas is in many files, and most haloes are in one
    assert np.searchsorted(plan.edges("PartType0"), plan.bound["PartType0"][0]) > 10
    plan.write(folder)
    plan.write_catalogue(folder, files=FILES, selected=SELECTED)
    write_sample(
        settings=CUTS,
        path=folder,
        snapshot=99,
        galaxies_csv=folder / "galaxies.csv",
        cuts_csv=folder / "cuts.csv",
    )
    return folder


def _gather(shards, run, folder):
    """Gather all galaxies."""
    cutouts = {}
    for galaxy in read_galaxies(run / "galaxies.csv").subhalo_id.tolist():
        gather_cutout(
            shards=shards,
            galaxy=galaxy,
            galaxies_csv=run / "galaxies.csv",
            radius_kpc=RADIUS_KPC,
            limits=ParticleLimits(min_gas_cells=1, min_star_particles=1),
            output=folder / f"{galaxy}.hdf5",
        )
        cutouts[galaxy] = read_cutout(folder / f"{galaxy}.hdf5")
    return cutouts


@pytest.fixture(scope="module")
def chunks(run):
    """Return the files of the snapshot."""
    found = chunk_paths(path=run, snapshot=99, allow_missing=False)
    assert len(found) == FILES
    check_recorded(found)
    return found


def _stream(chunks, run, folder, *, chunks_per_job):
    shards = []
    for first in range(0, len(chunks), chunks_per_job):
        shards.append(folder / f"{len(shards)}.shard")
        stream_shard(
            chunks=chunks[first : first + chunks_per_job],
            galaxies_csv=run / "galaxies.csv",
            radius_kpc=RADIUS_KPC,
            output=shards[-1],
        )
    return shards


@pytest.fixture(scope="module")
def shards(chunks, run, tmp_path_factory):
    """Return the shards of jobs of 16 files."""
    return _stream(chunks, run, tmp_path_factory.mktemp("shards"), chunks_per_job=16)


def _counts(cutouts):
    """Return how many particles of each type each galaxy has."""
    return {
        (galaxy, kind): len(getattr(cutout, kind).mass_msun)
        for galaxy, cutout in cutouts.items()
        for kind in TYPES
    }


@pytest.fixture(scope="module")
def expected(run):
    """How many particles of each type are in each galaxy's sphere, from other libraries."""
    centre = illustris_python.groupcat.loadSubhalos(str(run), 99, fields=["SubhaloPos"])
    counts = {}
    for kind, number in TYPES.items():
        # the whole field, for which no offsets are needed
        loaded = illustris_python.snapshot.loadSubset(
            str(run), 99, number, fields=["Coordinates", "ParticleIDs"]
        )
        tree = cKDTree(loaded["Coordinates"], boxsize=tng_files.BOX_CKPC_H)
        for galaxy in range(0, 2 * SELECTED, 2):
            rows = tree.query_ball_point(centre[galaxy], RADIUS_KPC * tng_files.HUBBLE)
            counts[galaxy, kind] = len(rows)
    return counts


def test_particles_are_counted_exactly(shards, run, expected, tmp_path):
    assert len(shards) == 28
    found = _counts(_gather(shards, run, tmp_path))
    assert found == expected
    assert min(found.values()) > 20


def test_one_job_streams_more_chunks_than_it_may_open(chunks, shards, run, tmp_path):
    """It finds what ten jobs find in the same files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(100, hard), hard))
    try:
        at_once = _stream(chunks[:160], run, tmp_path, chunks_per_job=160)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    found = [_counts(_gather(of, run, tmp_path)) for of in (at_once, shards[:10])]
    assert found[0] == found[1] and found[0][0, "dark_matter"] > 1000


@pytest.mark.parametrize("storage", [{}, {"chunks": True, "compression": "gzip", "shuffle": True}])
@pytest.mark.parametrize("float32", [False, True])
def test_precision_and_storage_make_no_difference(tmp_path, storage, float32):
    """The coordinates are numbers of float32 in both precisions, so no particle moves."""

    class Rounded(TngLike):
        def positions(self, kind, chunk):
            return super().positions(kind, chunk).astype(np.float32).astype(float)

    plan = Rounded.plan(particles=30_000, chunks=3, haloes=20)
    chunks = plan.write(tmp_path, float32=float32, storage=storage)
    tng_files.write_centres(tmp_path / "centres.csv", {4: tuple(plan.centre[1].tolist())})
    write_sample(
        settings=SelectionSettings(table=tmp_path / "centres.csv"),
        path=tmp_path,
        snapshot=99,
        galaxies_csv=tmp_path / "galaxies.csv",
        cuts_csv=tmp_path / "cuts.csv",
    )
    shard = tmp_path / "shard.hdf5"
    stream_shard(
        chunks=chunks,
        galaxies_csv=tmp_path / "galaxies.csv",
        radius_kpc=RADIUS_KPC,
        output=shard,
        slab_rows=1000,
    )
    (cutout,) = _gather([shard], tmp_path, tmp_path).values()
    for kind, number in TYPES.items():
        position = np.concatenate(
            [plan.positions(f"PartType{number}", chunk) for chunk in range(3)]
        )
        tree = cKDTree(position % tng_files.BOX_CKPC_H, boxsize=tng_files.BOX_CKPC_H)
        rows = tree.query_ball_point(plan.centre[1], RADIUS_KPC * tng_files.HUBBLE)
        assert len(getattr(cutout, kind).mass_msun) == len(rows) > 20

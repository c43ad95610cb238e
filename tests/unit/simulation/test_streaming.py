"""The pass over the snapshot against a brute-force search of the same particles."""

import tracemalloc

import h5py
import numpy as np
import pandas as pd
import pytest

import tng_files
from sphere_search import all_pairs
from tng_like import MAKERS
from umbra.config.sample import ParticleLimits
from umbra.errors import InputError
from umbra.simulation.cutout import gather_cutout
from umbra.simulation.fields import FIELDS
from umbra.simulation.galaxies import CENTRE_COLUMNS, VELOCITY_COLUMNS, write_galaxies
from umbra.simulation.streaming import stream_shard

BOX = tng_files.BOX_CKPC_H
# at the corner of the box, on a face, inside, and close enough to the third to overlap
CENTRES = np.array(
    [[0.0, 0.0, 0.0], [40000.0, 74990.0, 300.0], [30000.0, 30000.0, 30000.0], [30080.0, 30000, 3e4]]
)
GALAXIES = [11, 5, 700, 701]


def _sample(path):
    centres = dict(zip(CENTRE_COLUMNS, CENTRES.T, strict=True))
    velocities = dict.fromkeys(VELOCITY_COLUMNS, 10.0)
    write_galaxies(path, pd.DataFrame({"subhalo_id": GALAXIES, **centres, **velocities}))
    return path


def _particles(rng, number):
    near = CENTRES[rng.integers(0, 4, number)] + rng.normal(0, 50, (number, 3))
    return np.concatenate([near, rng.uniform(0, BOX, (number // 2, 3))])[rng.permutation(number)]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a folder with a sample and a snapshot of 6 chunks: one empty, one without stars."""
    folder = tmp_path_factory.mktemp("run")
    rng = np.random.default_rng(5)
    chunks, first_id = [], 0
    for number in (900, 0, 700, 1200, 800, 600):
        chunk = {}
        for particle_type, maker in MAKERS.items():
            chunk[particle_type] = maker(_particles(rng, number), first_id=first_id)
            first_id += number
        chunks.append(chunk)
    chunks[3].pop("PartType4")
    tng_files.write_snapshot(folder, chunks=chunks)
    _sample(folder / "galaxies.csv")
    return folder


def _chunks(run):
    return [run / "snapdir_099" / f"snap_099.{i}.hdf5" for i in range(6)]


RADIUS_KPC = {11: 120.0, 5: 70.0, 700: 100.0, 701: 90.0}


def _gather(run, shards, *, galaxy, output):
    gather_cutout(
        shards=shards,
        galaxy=galaxy,
        galaxies_csv=run / "galaxies.csv",
        radius_kpc=RADIUS_KPC[galaxy],
        limits=ParticleLimits(min_gas_cells=1, min_star_particles=1),
        output=output,
    )
    with h5py.File(output) as file:
        return {
            f"{kind}/{name}": file[f"{kind}/{name}"][...] for kind in FIELDS for name in file[kind]
        }


def _stream(run, folder, grouping, **options):
    shards = []
    for number, chunks in enumerate(grouping):
        shards.append(folder / f"shard.{number}.hdf5")
        stream_shard(
            chunks=[_chunks(run)[i] for i in chunks],
            galaxies_csv=run / "galaxies.csv",
            radius_kpc=RADIUS_KPC,
            output=shards[-1],
            **options,
        )
    return shards


def _expected(run, galaxy):
    """Rows of each chunk in the galaxy's sphere, chunk after chunk, by brute force."""
    centre = CENTRES[GALAXIES.index(galaxy)][None]
    radius = [RADIUS_KPC[galaxy] * tng_files.HUBBLE]
    fields = {}
    for path in _chunks(run):
        with h5py.File(path) as file:
            for kind in filter(file.__contains__, FIELDS):
                pairs = all_pairs(
                    file[f"{kind}/Coordinates"][...], centre=centre, radius=radius, box=BOX
                )
                rows = sorted(row for row, _ in pairs)
                for name in file[kind]:
                    fields.setdefault(f"{kind}/{name}", []).append(
                        file[f"{kind}/{name}"][...][rows]
                    )
    return {name: np.concatenate(parts) for name, parts in fields.items()}


@pytest.mark.parametrize("galaxy", GALAXIES)
@pytest.mark.parametrize(
    ("grouping", "slab_rows"),
    [
        ([[0, 1, 2, 3, 4, 5]], 1 << 17),
        ([[5], [4], [3], [2], [1], [0]], 1000),
        ([[2, 0], [5, 1, 3], [4]], 97),
    ],
)
def test_cutouts_hold_every_particle_in_the_order_of_the_snapshot(
    run, tmp_path, galaxy, grouping, slab_rows
):
    shards = _stream(run, tmp_path, grouping, slab_rows=slab_rows)
    cutout = _gather(run, shards, galaxy=galaxy, output=tmp_path / "cutout.hdf5")
    expected = _expected(run, galaxy)
    assert cutout.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(cutout[name], values, err_msg=name)
        assert cutout[name].dtype == values.dtype
    assert len(cutout["PartType1/ParticleIDs"]) > 100


def test_one_radius_for_all(run, tmp_path):
    stream_shard(
        chunks=_chunks(run),
        galaxies_csv=run / "galaxies.csv",
        radius_kpc=100.0,
        output=tmp_path / "shard.hdf5",
    )
    with h5py.File(tmp_path / "shard.hdf5") as shard:
        assert shard["RadiusKpc"][...].tolist() == [100.0] * 4
        counts = shard["PartType1/Counts"][...]
    assert counts[2].sum() == len(_expected(run, 700)["PartType1/Coordinates"])
    assert counts[:, 1].tolist() == [0] * 4


def test_memory_does_not_grow_with_the_chunks_of_a_job(tmp_path):
    position = CENTRES[2] + np.random.default_rng(8).normal(0, 20, (40_000, 3))
    chunks = tng_files.write_snapshot(
        tmp_path,
        chunks=[
            {kind: maker(position, first_id=40_000 * i) for kind, maker in MAKERS.items()}
            for i in range(6)
        ],
    )
    galaxies = _sample(tmp_path / "galaxies.csv")

    def peak(paths):
        """Bytes at once; the first turn also compiles, and is not measured."""
        # large spheres, and so few cells that their table is small beside the particles
        arguments = {
            "galaxies_csv": galaxies,
            "radius_kpc": 20000.0,
            "output": tmp_path / "shard.hdf5",
        }
        stream_shard(chunks=chunks[:1], **arguments)
        tracemalloc.start()
        stream_shard(chunks=paths, **arguments)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(chunks) < 1.1 * peak(chunks[:1])


def test_dark_matter_with_masses_of_its_own(tmp_path):
    position = CENTRES[0] + np.arange(5)[:, None]
    mass = np.arange(1, 6, dtype=np.float32)
    chunk = {
        "PartType0": tng_files.gas(position),
        "PartType1": tng_files.dark_matter(position, Masses=mass),
        "PartType4": tng_files.stars(position),
    }
    tng_files.write_snapshot(tmp_path, chunks=[chunk] + [{}] * 5, dm_mass=0.0)
    _sample(tmp_path / "galaxies.csv")
    shards = _stream(tmp_path, tmp_path, [range(6)])
    cutout = _gather(tmp_path, shards, galaxy=11, output=tmp_path / "cutout.hdf5")
    np.testing.assert_array_equal(cutout["PartType1/Masses"], mass)


def test_chunks_of_two_snapshots(run, tmp_path):
    (other,) = tng_files.write_snapshot(tmp_path, chunks=[{}], Time=0.5, Redshift=1.0)
    with pytest.raises(InputError, match="are not of one snapshot"):
        stream_shard(
            chunks=[_chunks(run)[2], other],
            galaxies_csv=run / "galaxies.csv",
            radius_kpc=100.0,
            output=tmp_path / "shard.hdf5",
        )
    assert not list(tmp_path.glob("*.hdf5"))


def test_totals_that_disagree_with_the_chunks(run, tmp_path):
    folder = tmp_path / "snapdir_099"
    folder.mkdir()
    for path in _chunks(run):
        (folder / path.name).write_bytes(path.read_bytes())
        with h5py.File(folder / path.name, "a") as file:
            total = file["Header"].attrs["NumPart_Total"]
            total[1] += 1
            file["Header"].attrs["NumPart_Total"] = total
    _sample(tmp_path / "galaxies.csv")
    shards = _stream(tmp_path, tmp_path, [range(6)])
    with pytest.raises(
        InputError, match=r"6 chunks of the snapshot hold .* but Header/NumPart_Total says"
    ):
        _gather(tmp_path, shards, galaxy=11, output=tmp_path / "cutout.hdf5")
    assert not (tmp_path / "cutout.hdf5").exists()

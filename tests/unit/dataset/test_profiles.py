"""Enclosed masses against analytic haloes and by conservation."""

import csv

import numpy as np
import pytest

import tng_files
from umbra.config.sample import ParticleLimits, SelectionSettings
from umbra.dataset.profiles import enclosed_masses, radii_kpc, write_profile
from umbra.errors import InputError
from umbra.simulation.cutout import gather_cutout
from umbra.simulation.selection import write_sample
from umbra.simulation.streaming import stream_shard

SETTINGS = {"radii": 20, "min_radius_kpc": 1.0, "max_radius_kpc": 100.0}


def _isotropic(radius: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    direction = rng.normal(size=(len(radius), 3))
    return radius[:, None] * direction / np.linalg.norm(direction, axis=1)[:, None]


def test_radii_are_logarithmic():
    radius = radii_kpc(**SETTINGS)
    assert radius[[0, -1]] == pytest.approx([1, 100])
    assert np.diff(np.log10(radius)) == pytest.approx(2 / 19)


def test_isothermal_sphere():
    """M(<R) is proportional to R; N(<R) is Poisson, so 5 sigma bounds every radius."""
    rng = np.random.default_rng(2)
    number, edge = 200_000, 150.0
    position = _isotropic(edge * rng.random(number), rng)
    radius = radii_kpc(**SETTINGS)
    mass, counts = enclosed_masses(
        radius_kpc=radius, position_kpc=position, mass_msun=np.full(number, 7.5e6)
    )
    expected = number * radius / edge
    assert np.all(np.abs(counts - expected) < 5 * np.sqrt(expected))
    np.testing.assert_allclose(mass, counts * 7.5e6, rtol=1e-12)


def test_nfw_halo():
    """Drawn from an NFW halo by inverting its mass on a grid: M ~ ln(1 + x) - x / (1 + x)."""
    rng = np.random.default_rng(3)
    x = np.geomspace(1e-4, 10, 20000)
    shape = np.log1p(x) - x / (1 + x)
    scale, number, total = 25.0, 100_000, 1e12
    position = _isotropic(scale * np.interp(rng.random(number) * shape[-1], shape, x), rng)
    radius = radii_kpc(**SETTINGS)
    mass, counts = enclosed_masses(
        radius_kpc=radius, position_kpc=position, mass_msun=np.full(number, total / number)
    )
    y = radius / scale
    expected = total * (np.log1p(y) - y / (1 + y)) / shape[-1]
    assert np.all(np.abs(mass - expected) < 5 * np.sqrt(expected * total / number))
    assert counts[-1] > counts[0] > 0


def test_all_mass_is_counted_and_none_within_an_empty_radius():
    position = np.array([[3.0, 0, 0], [0, -4.0, 0], [0, 0, 50.0]])
    mass, counts = enclosed_masses(
        radius_kpc=np.array([1.0, 3.0, 10.0, 60.0]),
        position_kpc=position,
        mass_msun=np.array([1.0, 2.0, 4.0]),
    )
    assert mass.tolist() == [0, 1, 3, 7]
    assert counts.tolist() == [0, 1, 2, 3]


def test_no_particles_at_all():
    mass, counts = enclosed_masses(
        radius_kpc=np.array([1.0, 9.0]), position_kpc=np.empty((0, 3)), mass_msun=np.empty(0)
    )
    assert mass.tolist() == [0, 0]
    assert counts.tolist() == [0, 0]


@pytest.fixture
def cutout(tmp_path):
    """Return the cutout of a galaxy at a corner of the box: shells at 2, 20 and 90 kpc."""
    shells = np.array([2.0, 20.0, 90.0]) * tng_files.HUBBLE
    position = np.concatenate([shell * np.eye(3) for shell in shells])
    chunk = {
        "PartType0": tng_files.gas(-position),
        "PartType1": tng_files.dark_matter(position),
        "PartType4": tng_files.stars(position[:6]),
    }
    chunks = tng_files.write_snapshot(tmp_path, chunks=[chunk])
    galaxies = tmp_path / "galaxies.csv"
    write_sample(
        settings=SelectionSettings(
            table=tng_files.write_centres(tmp_path / "table.csv", {7: (0.0, 0.0, 0.0)})
        ),
        path=tmp_path,
        snapshot=99,
        galaxies_csv=galaxies,
        cuts_csv=tmp_path / "cuts.csv",
    )
    stream_shard(
        chunks=chunks, galaxies_csv=galaxies, radius_kpc=100.0, output=tmp_path / "shard.hdf5"
    )
    gather_cutout(
        shards=[tmp_path / "shard.hdf5"],
        galaxy=7,
        galaxies_csv=galaxies,
        radius_kpc=100.0,
        limits=ParticleLimits(min_gas_cells=1, min_star_particles=1),
        output=tmp_path / "7.hdf5",
    )
    return tmp_path / "7.hdf5"


def test_written_profile(cutout, tmp_path):
    write_profile(cutout=cutout, profiles=SETTINGS, output=tmp_path / "7.csv")
    with open(tmp_path / "7.csv") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    assert len(rows) == 20
    first, last = rows[0], rows[-1]
    assert first["dm_particles"] == first["star_particles"] == first["gas_cells"] == 0
    assert first["dm_mass_msun"] == first["stellar_mass_msun"] == first["gas_mass_msun"] == 0
    assert (last["dm_particles"], last["star_particles"], last["gas_cells"]) == (9, 6, 9)
    per_h = 1e10 / tng_files.HUBBLE
    assert last["dm_mass_msun"] == pytest.approx(9 * tng_files.DM_MASS * per_h)
    assert last["stellar_mass_msun"] == pytest.approx(6 * 1e-4 * per_h)
    assert last["gas_mass_msun"] == pytest.approx(9 * 1e-4 * per_h)
    inside = next(row for row in rows if row["radius_kpc"] > 20)
    assert inside["dm_particles"] == 6


def test_radii_beyond_the_cutout(cutout, tmp_path):
    with pytest.raises(InputError, match=r"profiles\.max_radius_kpc \(200\) is beyond the 100 kpc"):
        write_profile(
            cutout=cutout, profiles=SETTINGS | {"max_radius_kpc": 200.0}, output=tmp_path / "7.csv"
        )

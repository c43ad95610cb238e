"""Enclosed masses against analytic haloes and by conservation."""

import astropy.cosmology.units as cu
import astropy.units as u
import h5py
import numpy as np
import pytest

import tng_files
from observation_case import write_galaxies_csv
from umbra.config.dataset import ProfileSettings
from umbra.config.sample import ParticleLimits, SelectionSettings
from umbra.dataset.inputs import read_mass_profile
from umbra.dataset.profiles import enclosed_masses, radii_kpc, write_profile
from umbra.errors import InputError
from umbra.simulation.catalogue import read_group_catalogue
from umbra.simulation.cutout import gather_cutout
from umbra.simulation.selection import write_sample
from umbra.simulation.streaming import stream_shard

SETTINGS = ProfileSettings(radii=20, min_radius_kpc=1.0, max_radius_kpc=100.0)
RADIUS_KPC = radii_kpc(radii=20, min_radius_kpc=1.0, max_radius_kpc=100.0)


def _isotropic(radius: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    direction = rng.normal(size=(len(radius), 3))
    return radius[:, None] * direction / np.linalg.norm(direction, axis=1)[:, None]


def test_radii_are_logarithmic():
    assert len(RADIUS_KPC) == 20
    assert RADIUS_KPC[[0, -1]] == pytest.approx([1, 100])
    assert np.diff(np.log10(RADIUS_KPC)) == pytest.approx(2 / 19)


def test_isothermal_sphere():
    """M(<R) is proportional to R; N(<R) is Poisson, so 5 sigma bounds every radius."""
    rng = np.random.default_rng(2)
    number, edge = 200_000, 150.0
    position = _isotropic(edge * rng.random(number), rng)
    radius = RADIUS_KPC
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
    radius = RADIUS_KPC
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
    profile = read_mass_profile(tmp_path / "7.csv")
    np.testing.assert_allclose(profile["radius_kpc"], RADIUS_KPC, rtol=1e-8)
    first, last = profile.iloc[0], profile.iloc[-1]
    assert first["dm_particles"] == first["star_particles"] == first["gas_cells"] == 0
    assert first["dm_mass_msun"] == first["stellar_mass_msun"] == first["gas_mass_msun"] == 0
    assert (last["dm_particles"], last["star_particles"], last["gas_cells"]) == (9, 6, 9)
    per_h = 1e10 / tng_files.HUBBLE
    assert last["dm_mass_msun"] == pytest.approx(9 * tng_files.DM_MASS * per_h)
    assert last["stellar_mass_msun"] == pytest.approx(6 * 1e-4 * per_h)
    assert last["gas_mass_msun"] == pytest.approx(9 * 1e-4 * per_h)
    assert profile["dm_particles"][profile["radius_kpc"] > 20].iloc[0] == 6


def test_radii_beyond_the_cutout(cutout, tmp_path):
    beyond = SETTINGS.model_copy(update={"max_radius_kpc": 200.0})
    with pytest.raises(InputError, match=r"profiles\.max_radius_kpc \(200\) is beyond the 100 kpc"):
        write_profile(cutout=cutout, profiles=beyond, output=tmp_path / "7.csv")


@pytest.mark.parametrize("hubble", [0.6774, 0.5])
def test_profile_and_catalogue_agree_in_physical_units(tmp_path, hubble):
    """Two shells of each kind, of which the outer one lies between the radii of the profile.

    Code units are converted by astropy here. A factor h too many or too few in the masses or the
    lengths, of the catalogue or of the cutout, fails: for the second h it is a factor of two.
    """
    h, convert = u.Quantity(1, cu.littleh), cu.with_H0(100 * hubble * u.km / u.s / u.Mpc)
    shell = (np.array([5.0, 30.0]) * u.kpc).to_value(u.kpc / cu.littleh, convert)
    inner, outer = (step * np.concatenate([np.eye(3), -np.eye(3)]) for step in shell)
    position = np.concatenate([inner, outer, outer]) + 1000.0
    code_mass = {"PartType0": 0.3, "PartType1": 60.0, "PartType4": 2.0}  # of all 18 particles
    table = [0.0, code_mass["PartType1"] / 18, 0.0, 0.0, 0.0, 0.0]
    chunk = {
        "PartType0": tng_files.gas(position, Masses=np.full(18, code_mass["PartType0"] / 18)),
        "PartType1": tng_files.dark_matter(position),
        "PartType4": tng_files.stars(position, Masses=np.full(18, code_mass["PartType4"] / 18)),
    }
    chunks = tng_files.write_snapshot(tmp_path, chunks=[chunk], HubbleParam=hubble, MassTable=table)
    of_type = np.zeros((1, 6), dtype=np.float32)
    of_type[0, [0, 1, 4]] = list(code_mass.values())
    half_mass_radius = np.full((1, 6), shell[1], dtype=np.float32)
    (catalogue_file,) = tng_files.write_catalogue(
        tmp_path,
        subhaloes=[
            tng_files.subhaloes(
                [0], SubhaloMassType=of_type, SubhaloHalfmassRadType=half_mass_radius
            )
        ],
        groups=[{"GroupFirstSub": np.zeros(1, dtype=np.int32)}],
    )
    with h5py.File(catalogue_file, "r+") as file:
        file["Header"].attrs["HubbleParam"] = hubble
    catalogue = read_group_catalogue(path=tmp_path, snapshot=99)

    sample = write_galaxies_csv(tmp_path / "galaxies.csv", ids=[0], centre_ckpc_h=1000.0)
    common = {"galaxies_csv": sample, "radius_kpc": 100.0}
    stream_shard(chunks=chunks, output=tmp_path / "shard.hdf5", **common)
    gather_cutout(
        shards=[tmp_path / "shard.hdf5"],
        galaxy=0,
        limits=ParticleLimits(min_gas_cells=1, min_star_particles=1),
        output=tmp_path / "0.hdf5",
        **common,
    )
    write_profile(cutout=tmp_path / "0.hdf5", profiles=SETTINGS, output=tmp_path / "0.csv")
    profile = read_mass_profile(tmp_path / "0.csv")

    radius_kpc = catalogue.stellar_half_mass_radius_kpc[0]
    assert radius_kpc == pytest.approx(30.0, rel=1e-6)
    within_inner = profile[profile["radius_kpc"].between(5, 30)]
    within_outer = profile[profile["radius_kpc"] >= radius_kpc]
    assert len(profile[profile["radius_kpc"] < 5]) and len(within_inner) and len(within_outer)
    for kind, name in (("PartType0", "gas"), ("PartType1", "dm"), ("PartType4", "stellar")):
        mass_msun = (code_mass[kind] * 1e10 * u.Msun / h).to_value(u.Msun, convert)
        (of_catalogue,) = getattr(catalogue, f"{name}_mass_msun")
        assert of_catalogue == pytest.approx(mass_msun, rel=1e-6)
        column = f"{name}_mass_msun"
        np.testing.assert_allclose(within_outer[column], mass_msun, rtol=1e-6)
        np.testing.assert_allclose(within_inner[column], mass_msun / 3, rtol=1e-6)
        assert (profile.loc[profile["radius_kpc"] < 5, column] == 0).all()

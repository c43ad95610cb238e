"""The dust on the mesh, for cells whose density is their mass over their volume, and others."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from umbra.config.sample import ParticleLimits
from umbra.population.dust import EDGE_KPC, mesh_dust_ratio
from umbra.simulation.cutout import gather_cutout, read_cutout
from umbra.simulation.galaxies import CENTRE_COLUMNS, VELOCITY_COLUMNS, write_galaxies
from umbra.simulation.particles import Gas
from umbra.simulation.streaming import stream_shard

DWARF_CKPC_H = (26107.49, 10139.25, 27269.18)
SIDE, HALF_KPC = 16, 10.0
STEP_KPC = 2 * HALF_KPC / SIDE


def lattice(density_factor=1.0, star_forming=True):
    """Return gas cells on a cubic lattice, so that the volumes of the Voronoi cells are known."""
    place = (np.indices((SIDE, SIDE, SIDE)).reshape(3, -1).T + 0.5) * STEP_KPC - HALF_KPC
    # A little off the lattice, so that no two distances are the same; volumes change by less.
    place = place + 1e-3 * np.random.default_rng(0).standard_normal(place.shape)
    mass = 1e6 * np.exp(-np.linalg.norm(place, axis=1) / 4)
    everywhere = np.ones(len(place))
    inner = np.linalg.norm(place, axis=1) < 7.0
    return Gas(
        position_kpc=place,
        velocity_km_s=np.zeros_like(place),
        mass_msun=mass,
        density_msun_kpc3=density_factor * mass / STEP_KPC**3,
        internal_energy_km2_s2=100 * everywhere,
        temperature_k=1e4 * everywhere,
        metallicity=0.02 * everywhere,
        hydrogen_fraction=0.76 * everywhere,
        neutral_hydrogen_fraction=everywhere,
        star_formation_rate_msun_yr=np.where(inner & star_forming, 0.01, 0.0),
    )


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_ratio_is_that_of_density_and_mass_over_volume(factor):
    found = mesh_dust_ratio(lattice(factor), radius_kpc=HALF_KPC + EDGE_KPC)
    assert found == pytest.approx(factor, rel=0.02)


def test_cells_at_the_edge_of_a_cutout_count_in_neither_mass():
    gas = lattice()
    outer = np.linalg.norm(gas.position_kpc, axis=1) > 5.0
    wrong = replace(gas, density_msun_kpc3=np.where(outer, 9.0, 1.0) * gas.density_msun_kpc3)
    found = mesh_dust_ratio(wrong, radius_kpc=5.0 + EDGE_KPC)
    assert found == pytest.approx(1.0, rel=0.05)


def test_gas_that_forms_no_stars_has_no_dust():
    assert np.isnan(mesh_dust_ratio(lattice(star_forming=False), radius_kpc=HALF_KPC + EDGE_KPC))


def test_cells_of_a_real_run_have_a_ratio_of_one(shared_data, tmp_path):
    """A dwarf galaxy of TNG50-4, and the same with all gas within 50 kpc taken for star-forming."""
    centre = dict(zip(CENTRE_COLUMNS, DWARF_CKPC_H, strict=True))
    row = {"subhalo_id": 1} | centre | dict.fromkeys(VELOCITY_COLUMNS, 0.0)
    sample, shard, cutout = (tmp_path / name for name in ("galaxies.csv", "shard", "1.hdf5"))
    write_galaxies(sample, pd.DataFrame([row]))
    chunks = sorted((shared_data / "tng50-4-subbox").glob("snap_2332.*.hdf5"))
    radius = {"galaxies_csv": sample, "radius_kpc": 100.0}
    stream_shard(chunks=chunks, output=shard, **radius)
    limits = ParticleLimits(min_gas_cells=1, min_star_particles=1)
    gather_cutout(shards=[shard], galaxy=1, limits=limits, output=cutout, **radius)
    gas = read_cutout(cutout).gas
    assert mesh_dust_ratio(gas, radius_kpc=100.0) == pytest.approx(1.0, abs=0.05)
    rate = np.where(np.linalg.norm(gas.position_kpc, axis=1) < 50, 1.0, 0.0)
    dense = replace(gas, star_formation_rate_msun_yr=rate)
    assert np.count_nonzero(rate) > 100
    assert mesh_dust_ratio(dense, radius_kpc=100.0) == pytest.approx(1.0, abs=0.05)

"""The HI content of gas cells, against the TNG source of MARTINI itself and known limits."""

from dataclasses import replace

import h5py
import numpy as np
import pytest
from astropy import units as u
from martini.sources import TNGSource

from hi_discs import disc, inclined_realisation
from umbra.constants import WARM_NEUTRAL_MEDIUM_K
from umbra.errors import Rejected
from umbra.hi.source import (
    HiSource,
    atomic_fraction,
    disc_inclination_deg,
    hi_mass_msun,
    hi_source,
    hydrogen_density_cm3,
    line_temperature_k,
    neutral_fraction,
    smoothing_length_kpc,
)
from umbra.simulation.particles import Gas, temperature_k
from umbra.units import CodeUnits

HUBBLE = 0.6774
UNITS = CodeUnits(HUBBLE)
CELLS = 500


@pytest.fixture(scope="module")
def columns() -> dict[str, np.ndarray]:
    """Cells in code units, from hot halo gas to dense gas, a third of them star-forming."""
    rng = np.random.default_rng(1)
    forming = np.arange(CELLS) % 3 == 0
    temperature = np.where(
        forming, 10 ** rng.uniform(4, 4.7, CELLS), 10 ** rng.uniform(4, 6, CELLS)
    )
    electrons = np.where(temperature < 2e4, 0.05, 1.15)
    molecular_weight = 4 / (1 + 3 * 0.76 + 4 * 0.76 * electrons)
    metals = np.zeros((CELLS, 10))
    metals[:, 0] = rng.uniform(0.68, 0.76, CELLS)
    metals[:, 1] = 1 - metals[:, 0]
    density_cm3 = np.where(
        forming, 10 ** rng.uniform(-0.85, 1, CELLS), 10 ** rng.uniform(-5, -0.9, CELLS)
    )
    return {
        "Coordinates": rng.normal(0, 20, (CELLS, 3)) + 1000,
        "Velocities": rng.normal(0, 100, (CELLS, 3)),
        "Masses": rng.uniform(0.5, 2, CELLS) * 1e-4,
        # 1 hydrogen nucleus of X = 0.75 per cm3 is 3.3e7 Msun/kpc3
        "Density": density_cm3 * 3.3e7 / UNITS.msun_kpc3,
        "InternalEnergy": 1.5 * 8.254e-3 * temperature / molecular_weight,
        "ElectronAbundance": electrons,
        "NeutralHydrogenAbundance": np.where(temperature < 2e4, 0.95, 1e-4),
        "StarFormationRate": forming * 1e-3,
        "GFM_Metals": metals,
    }


@pytest.fixture(scope="module")
def gas(columns) -> Gas:
    return Gas(
        position_kpc=(columns["Coordinates"] - 1000) * UNITS.kpc,
        velocity_km_s=columns["Velocities"],
        mass_msun=columns["Masses"] * UNITS.msun,
        density_msun_kpc3=columns["Density"] * UNITS.msun_kpc3,
        internal_energy_km2_s2=columns["InternalEnergy"],
        temperature_k=temperature_k(columns["InternalEnergy"], columns["ElectronAbundance"]),
        metallicity=columns["GFM_Metals"][:, 2:].sum(axis=1),
        hydrogen_fraction=columns["GFM_Metals"][:, 0],
        neutral_hydrogen_fraction=columns["NeutralHydrogenAbundance"],
        star_formation_rate_msun_yr=columns["StarFormationRate"],
    )


@pytest.fixture(scope="module")
def martini_source(columns, tmp_path_factory) -> TNGSource:
    """MARTINI's TNG source of the same cells, in the cutout file it would have downloaded."""
    folder = tmp_path_factory.mktemp("martini")
    np.save(folder / "martini-cutout-grnr-TNG100-1-99-7.npy", 3)
    with h5py.File(folder / "martini-cutout-TNG100-1-99-3.hdf5", "w") as file:
        file.create_group("Header").attrs.update(
            {"HubbleParam": HUBBLE, "Redshift": 0.0, "Time": 1.0}
        )
        file.create_group("7").attrs.update({"pos": np.full(3, 1000.0), "vel": np.zeros(3)})
        for name, values in columns.items():
            file[f"PartType0/{name}"] = values
        file["PartType0/CenterOfMass"] = columns["Coordinates"]
    return TNGSource("TNG100-1", 99, 7, api_key="none", cutout_dir=str(folder), distance=15 * u.Mpc)


def test_hi_mass_is_that_of_martini_cell_by_cell(gas, martini_source):
    expected = martini_source.mHI_g.to_value(u.Msun)
    # beyond the two-phase range MARTINI's formula turns negative or not a number
    physical = expected > 0
    assert physical.sum() > 0.9 * CELLS
    np.testing.assert_allclose(hi_mass_msun(gas)[physical], expected[physical], rtol=1e-3)
    assert hi_mass_msun(gas)[~physical] == pytest.approx(0, abs=1e-6 * expected[physical].max())


def test_smoothing_length_is_that_of_martini(gas, martini_source):
    expected = martini_source.hsm_g.to_value(u.kpc)
    np.testing.assert_allclose(smoothing_length_kpc(gas), expected, rtol=1e-6)


def test_star_forming_gas_is_mostly_neutral_at_the_threshold(gas):
    # 1e4 K at 0.13 cm-3: the hot phase holds little mass (Springel & Hernquist 2003)
    cell = replace(
        gas,
        **{name: np.array([getattr(gas, name)[0]]) for name in Gas.__dataclass_fields__},
    )
    cell = replace(
        cell,
        star_formation_rate_msun_yr=np.array([1e-3]),
        neutral_hydrogen_fraction=np.array([0.0]),
        density_msun_kpc3=np.array([0.13 / 0.75 * 2.47e7]),
        hydrogen_fraction=np.array([0.75]),
        internal_energy_km2_s2=np.array([1.5 * 8.254e-3 * 1e4 / 1.22]),
    )
    assert hydrogen_density_cm3(cell) == pytest.approx(0.13, rel=0.01)
    assert 0.85 < neutral_fraction(cell)[0] < 1


def test_half_of_the_neutral_gas_is_molecular_at_the_transition_pressure(gas):
    # P/k = 1.7e4 K/cm3 is n k T of the neutral gas: (gamma - 1) u rho f_n
    n_hydrogen_cm3, internal_energy = 2.0, 100.0
    neutral = gas.neutral_hydrogen_fraction * 0 + 1
    density = np.full(CELLS, n_hydrogen_cm3 * 2.47e7)  # Msun/kpc3 of n proton masses per cm3
    pressure_k_cm3 = 2 / 3 * internal_energy * 1e6 * n_hydrogen_cm3 * 1.6726e-27 / 1.380649e-23
    cells = replace(
        gas,
        star_formation_rate_msun_yr=np.zeros(CELLS),
        neutral_hydrogen_fraction=neutral,
        density_msun_kpc3=density * 1.7e4 / pressure_k_cm3,
        internal_energy_km2_s2=np.full(CELLS, internal_energy),
    )
    assert atomic_fraction(cells) == pytest.approx(0.5, rel=5e-3)


def test_star_forming_gas_has_the_line_of_the_warm_neutral_medium(gas):
    forming = gas.star_formation_rate_msun_yr > 0
    temperature = line_temperature_k(gas)
    assert np.all(temperature[forming] == WARM_NEUTRAL_MEDIUM_K)
    np.testing.assert_array_equal(temperature[~forming], gas.temperature_k[~forming])


def test_faint_cells_are_left_out_and_hardly_change_the_mass(gas):
    source = hi_source(gas)
    total = hi_mass_msun(gas).sum()
    assert 0 < source.hi_mass_msun.size < CELLS
    assert total * (1 - 1e-4) <= source.hi_mass_msun.sum() <= total
    assert len(source.position_kpc) == len(source.temperature_k) == source.hi_mass_msun.size


def test_a_galaxy_without_hi_is_rejected(gas):
    ionised = replace(
        gas,
        neutral_hydrogen_fraction=np.zeros(CELLS),
        star_formation_rate_msun_yr=np.zeros(CELLS),
    )
    with pytest.raises(Rejected, match="no HI"):
        hi_source(ionised)


@pytest.mark.parametrize("inclination_deg", [5.0, 50.0, 88.0])
def test_inclination_is_that_of_the_inner_disc(inclination_deg):
    inner = disc(rotation_km_s=lambda radius: 120 + 0 * radius, cells=500)
    outer = disc(rotation_km_s=lambda radius: 120 + 0 * radius, cells=500, radius_kpc=60)
    # gas around the disc turns about another axis
    source = HiSource(
        position_kpc=np.concatenate([inner.position_kpc, outer.position_kpc[400:, [2, 0, 1]]]),
        velocity_km_s=np.concatenate([inner.velocity_km_s, outer.velocity_km_s[400:, [2, 0, 1]]]),
        hi_mass_msun=np.full(600, 1e6),
        smoothing_length_kpc=np.ones(600),
        temperature_k=np.full(600, 8e3),
    )
    toward = inclined_realisation(inclination_deg).rotation[2]
    assert disc_inclination_deg(source, toward) == pytest.approx(inclination_deg, abs=0.5)

"""Numbers of constructed populations, in which they are planted."""

import numpy as np
import pandas as pd
import pytest

from umbra.population.references import TNG_QUANTITIES, log10_hi_fraction
from umbra.population.summary import edge_on_reddening, galaxy_numbers, summarise_population
from umbra.universe.tng_relations import percentiles

NUMBER = 400


def planted(offset_dex=0.0, scatter=1.0):
    """Return galaxies with TNG100's relations, but for an offset and a factor of the scatter."""
    rng = np.random.default_rng(1)
    mass = rng.uniform(10.0, 11.0, NUMBER)
    table = {"galaxy": np.arange(NUMBER), "stellar_mass_msun": 10**mass}
    for name, column in TNG_QUANTITIES.items():
        low, median, high = percentiles(name, mass).T
        drawn = rng.standard_normal(NUMBER)
        width = np.where(drawn > 0, high - median, median - low)
        table[column] = 10 ** (median + offset_dex + scatter * drawn * width)
    table["hi_fraction"] = 10 ** (log10_hi_fraction(mass) + 0.36 * rng.standard_normal(NUMBER))
    table["rotation_fraction"] = rng.normal(0.55, 0.1, NUMBER)
    table["misalignment_deg"] = np.where(np.arange(NUMBER) < 20, 60.0, 10.0)
    table["mesh_dust_ratio"] = 1.0
    return pd.DataFrame(table)


def observed(reddening_mag, realisations=3, noise_mag=0.01):
    """Return realisations of galaxies of different colours that redden with their tilt."""
    rng = np.random.default_rng(2)
    galaxy = np.repeat(np.arange(50), realisations)
    tilt = rng.uniform(0, 1, len(galaxy))  # isotropic orientations
    colour = rng.normal(0.6, 0.2, 50)[galaxy] + reddening_mag * tilt
    table = pd.DataFrame(
        {"tilt_from_mean": tilt, "g_minus_r_from_mean_mag": rng.normal(colour, noise_mag)}
    )
    table -= table.groupby(galaxy).transform("mean")
    return table.assign(
        galaxy=galaxy,
        asymmetry=np.where(np.arange(len(galaxy)) % 5 == 0, 0.5, 0.12),
        residual_dex=0.02,
        used=1,
    )


@pytest.mark.parametrize("reddening_mag", [0.0, 0.1, 0.3])
def test_planted_reddening_is_found_in_galaxies_of_any_colour(reddening_mag):
    found, error, number = edge_on_reddening(observed(reddening_mag))
    assert number == 150
    assert error < 0.01
    assert found == pytest.approx(reddening_mag, abs=3 * error)


def test_reddening_takes_two_realisations_of_a_galaxy():
    found, error, _ = edge_on_reddening(observed(0.1, realisations=1))
    assert np.isnan(found) and np.isnan(error)


@pytest.mark.parametrize("name", TNG_QUANTITIES)
def test_planted_offset_and_scatter_are_found(name):
    numbers = galaxy_numbers(planted(offset_dex=0.02, scatter=1.5))
    value, error, number = numbers[f"{name}_offset"]
    assert (value, number) == (pytest.approx(0.02, abs=4 * error), NUMBER)
    value, error, _ = numbers[f"{name}_scatter"]
    assert value == pytest.approx(1.5, abs=4 * error)


def test_a_population_like_the_references_agrees_with_all_but_what_is_planted():
    summary = summarise_population(planted(), observed(0.1)).set_index("name")
    assert summary.index[summary["agrees"] == 0].tolist() == ["merging_fraction"]
    assert summary.loc["misaligned_fraction", "value"] == pytest.approx(0.05)
    assert summary.loc["merging_fraction", "value"] == pytest.approx(0.20)
    assert summary.loc["asymmetry", "value"] == pytest.approx(0.12)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("nothing", [0.0, np.nan])
def test_galaxies_without_hi_or_star_formation_are_left_out(nothing):
    galaxies = planted()
    galaxies.loc[:9, ["hi_fraction", "sfr_msun_yr"]] = nothing
    galaxies.loc[:9, "misalignment_deg"] = np.nan
    numbers = galaxy_numbers(galaxies)
    for name in ("hi_offset", "sfr_offset", "misalignment"):
        value, error, number = numbers[name]
        assert number == NUMBER - 10
        assert np.isfinite(value) and np.isfinite(error)
    assert numbers["gas_mass_offset"][2] == NUMBER


def test_a_population_with_twice_the_masses_does_not_agree():
    summary = summarise_population(planted(offset_dex=0.3), observed(0.1)).set_index("name")
    assert not summary.loc[[f"{name}_offset" for name in TNG_QUANTITIES], "agrees"].any()

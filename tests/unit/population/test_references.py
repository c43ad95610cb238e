"""The references: curves against the tables they are from."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import tng100
from umbra.population.references import POPULATION_REFERENCES, relation_curves

UNIVERSE_PAGE = Path(__file__).parents[3] / "docs/universe.md"
CURVES = relation_curves().set_index("relation")


def test_ranges_and_curves_are_in_order():
    assert all(one.low < one.high for one in POPULATION_REFERENCES.values())
    rising = CURVES["median"].between(CURVES["low"], CURVES["high"])
    # The slope of a reddening turns its range over where the tilt is negative.
    assert (rising | (CURVES.index == "edge_on_reddening")).all()


@pytest.mark.parametrize("name", POPULATION_REFERENCES)
def test_every_reference_is_in_the_docs(name):
    one = POPULATION_REFERENCES[name]
    cells = [one.label, f"{one.low:g} to {one.high:g}", one.source, "yes" if one.checked else "no"]
    assert f"| {' | '.join(cells)} |" in UNIVERSE_PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("relation", "column", "logarithmic"),
    [
        ("half_mass_radius", "r_half", False),
        ("sfr", "log10_sfr", True),
        ("dm_mass", "log10_mdm", True),
        ("gas_mass", "log10_mgas", True),
    ],
)
def test_curves_of_tng100_are_its_medians(relation, column, logarithmic):
    table = tng100.relations()
    middle = (table["log10_mstar_lo"] + table["log10_mstar_hi"]) / 2
    median = table[f"{column}_50"] if logarithmic else np.log10(table[f"{column}_50"])
    curve = CURVES.loc[relation]
    found = np.interp(middle, np.log10(curve["x"]), np.log10(curve["median"]))
    # The curve is a line whose means over the bins are the medians.
    np.testing.assert_allclose(found, median, atol=0.12)


def test_the_numbers_of_tng100_are_those_of_the_reference(shared_reference):
    folder = shared_reference / "tng100"
    reference = pd.read_csv(folder / "relations.csv", comment="#")
    kept = tng100.relations()
    pd.testing.assert_frame_equal(kept, reference[kept.columns], check_dtype=False)
    concentrations = tng100.concentrations()
    reference = pd.read_csv(folder / "concentration.csv", comment="#")
    both = concentrations.merge(reference, on="log10_m200c", suffixes=("", "_reference"))
    assert len(both) == len(concentrations)
    for name in ("c200c", "scatter_ln_c200c"):
        np.testing.assert_array_equal(both[name], both[f"{name}_reference"])


def test_late_types_have_the_hi_of_xgass_and_more():
    """xGASS's medians are of all galaxies (Catinella et al. 2018, table 1, as in public code)."""
    curve = CURVES.loc["hi_fraction"]
    mass, of_all = [10.07, 10.34, 10.65, 10.95, 11.2], [-0.854, -1.278, -1.223, -1.707, -1.785]
    found = np.interp(mass, np.log10(curve["x"]), np.log10(curve["median"]))
    assert 0.05 < np.median(found - of_all) < 0.5


def test_baryonic_masses_follow_the_fourth_power_of_the_velocity():
    """50 Msun (V / km/s)^4, McGaugh 2005 (unverified), within some tenths of a dex."""
    curve = CURVES.loc["baryonic_tully_fisher"]
    fast = curve["x"] > 100
    ratio = curve["median"][fast] / (50 * curve["x"][fast] ** 4)
    np.testing.assert_allclose(np.log10(ratio), 0, atol=0.15)

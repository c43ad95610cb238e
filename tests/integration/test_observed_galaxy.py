"""A real galaxy out of the box: NGC 2903, from the cube in a package to its page."""

import numpy as np
import pandas as pd
import pytest

import sparc_case
from umbra.classical.rotation_curve.rings import read_rings

# TiRiFiC's fit to this cube, in pyhiard's wheel (pyHIARD/Resources/Cubes/NGC_2903/NGC_2903.def).
TIRIFIC_ARCSEC = np.array(
    [
        11.4833,
        68.8996,
        126.316,
        183.732,
        241.148,
        298.565,
        355.981,
        413.397,
        470.814,
        528.23,
        585.646,
    ]
)
TIRIFIC_KM_S = np.array(
    [
        91.2774,
        186.058,
        209.165,
        206.269,
        199.416,
        195.928,
        195.302,
        194.378,
        190.786,
        184.672,
        178.696,
    ]
)
INCLINATION_DEG, POSITION_ANGLE_DEG = 65.6371, 201.723
SPARC_MPC = 6.6


@pytest.fixture
def folder(finished):
    """Return the folder of the galaxy."""
    return finished.folder / "results" / "observed" / "NGC2903"


def test_the_rings_are_those_of_tirific(folder):
    rings = read_rings(folder / "rings.csv")
    assert np.median(rings.inclination_deg) == pytest.approx(INCLINATION_DEG, abs=4)
    assert np.median(rings.position_angle_deg) == pytest.approx(POSITION_ANGLE_DEG, abs=2)
    assert np.median(rings.systemic_velocity_km_s) == pytest.approx(554.8, abs=8)
    # The first ring is within two beams, and few have gas further out.
    chosen = slice(1, 10)
    expected = np.interp(rings.radius_arcsec[chosen], TIRIFIC_ARCSEC, TIRIFIC_KM_S)
    off = rings.velocity_km_s[chosen] - expected
    print(f"{off.size} rings beyond the first: rms {np.sqrt(np.mean(off**2)):.1f} km/s")
    assert off.size >= 8
    assert np.sqrt(np.mean(off**2)) < 6


def test_its_dark_matter_is_that_of_sparc(folder):
    """With SPARC's light and gas: 11.13 within 20 kpc, as from SPARC's own curve."""
    rings = read_rings(folder / "rings.csv")
    of_cube, of_sparc = (
        sparc_case.log10_mass_dm_within_20_kpc(
            "NGC2903", distance_mpc=SPARC_MPC, inclination_deg=inclination, rings=curve
        )
        for curve, inclination in ((rings, np.median(rings.inclination_deg)), (None, 66.0))
    )
    print(f"log10 M_DM (< 20 kpc): {of_cube:.2f} of the cube, {of_sparc:.2f} of SPARC's curve")
    assert of_cube == pytest.approx(11.13, abs=0.1)
    assert of_sparc == pytest.approx(11.13, abs=0.1)


def test_its_page_has_numbers_of_all_methods(folder):
    numbers = pd.read_csv(folder / "numbers.csv").set_index(["method", "quantity"])["median"]
    # Without an image the stars are a guess, and the mass is that of SPARC all the same.
    known = pytest.approx(11.13, abs=0.2)
    assert numbers["rotation curve", "dark matter within 20 kpc"] == known
    assert numbers["rotation curve", "circular velocity at 10 kpc"] == pytest.approx(195, rel=0.07)
    assert ("networks", "dark matter within 20 kpc") in numbers
    assert "starlight" not in numbers.index.get_level_values("method")


def test_the_pages_of_a_run_in_a_browser(finished, browser):
    results = finished.folder / "results"
    for page in ("figures/index.html", "observed/index.html", "observed/NGC2903/page.html"):
        for width in (400, 1300):
            seen = browser.open(results / page, width)
            assert (seen.broken, seen.errors, seen.wide, seen.overflow) == ([], [], [], 0), page

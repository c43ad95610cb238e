"""The light of a user's galaxy: a disc and a stellar mass that are known."""

from dataclasses import replace

import numpy as np
import pytest

from umbra.classical.rotation_curve.light.disc_table import read_disc
from umbra.classical.rotation_curve.posterior import read_mass_dm
from umbra.config.model import Config
from umbra.errors import Rejected
from umbra.observed.maps import ObservedMaps, write_observed_maps
from umbra.observed.stellar_light import (
    STELLAR_MASS_COLUMNS,
    log10_stellar_mass,
    measure_observed_light,
    write_stellar_halo,
)
from umbra.observed.training_images import TrainingImages
from umbra.tables import read_table

CONFIG = Config()
TRAINING = TrainingImages(
    seed=1,
    observation=CONFIG.observation.model_dump(include={"pixels", "field_of_view_arcmin"}),
    photometry=CONFIG.photometry.model_dump(
        include={"seeing_fwhm_arcsec", "sky", "sky_mag_arcsec2"}
    ),
    hi={},
    moments={},
)
PIXEL_ARCSEC, SCALE_ARCSEC, COLOUR = 8.0625, 45.0, 0.6
RADII_KPC = np.geomspace(1, 100, 20)


@pytest.fixture(scope="module")
def shown():
    """Return a galaxy of r = 9.5 at 10 Mpc, which is really at 6.6 Mpc: an exponential disc."""
    y, x = np.indices((128, 128)) - 63.5
    disc = np.exp(-np.hypot(x, y / 0.6) * PIXEL_ARCSEC / SCALE_ARCSEC)
    red = 10 ** (0.4 * (22.5 - 9.5))
    fluxes = {"g": red * 10 ** (-0.4 * COLOUR), "r": red}
    rng = np.random.default_rng(1)
    return ObservedMaps(
        name="disc",
        channels={
            band: flux * disc / disc.sum() + rng.normal(0, 0.1, disc.shape)
            for band, flux in fluxes.items()
        },
        distance_mpc=6.6,
        distance_error_mpc=0.66,
        shown_distance_mpc=10.0,
        observables={f"flux_{band}_nanomaggy": flux for band, flux in fluxes.items()},
    )


def test_the_disc_of_light_is_found(shown, tmp_path):
    write_observed_maps(shown, tmp_path / "maps.fits")
    files = {name: tmp_path / f"{name}.csv" for name in ("light", "disc")}
    measure_observed_light(maps=tmp_path / "maps.fits", training=TRAINING, **files)
    found = read_disc(files["disc"])
    assert found.disc.scale_length_arcsec == pytest.approx(SCALE_ARCSEC, rel=0.1)
    assert found.disc.ellipticity == pytest.approx(0.4, abs=0.05)
    assert found.colour_g_r_mag == pytest.approx(COLOUR, abs=0.02)


def test_the_stellar_mass_is_that_of_the_light(shown):
    """M_r = 9.5 - 30 = -20.5; M/L = 10^(-0.306 + 1.097 (g - r) - 0.15), M_r of the Sun = 4.65."""
    mass, error = log10_stellar_mass(shown)
    expected = 0.4 * (4.65 + 20.5) - 0.306 + 1.097 * COLOUR - 0.15
    assert mass == pytest.approx(expected, abs=1e-3)
    # 0.1 dex of the relation, and a tenth of the distance twice.
    assert error == pytest.approx(np.hypot(0.1, 2 * 0.1 / np.log(10)), rel=1e-6)


def test_the_halo_of_such_galaxies_is_written(shown, tmp_path):
    write_observed_maps(shown, tmp_path / "maps.fits")
    files = {"masses": tmp_path / "masses.csv", "profile": tmp_path / "profile.csv"}
    write_stellar_halo(maps=tmp_path / "maps.fits", radius_kpc=RADII_KPC, seed=1, **files)
    masses = read_table(files["masses"], STELLAR_MASS_COLUMNS).set_index("quantity")
    stars, halo = masses["log10_median"][["stellar_mass", "m200"]]
    # Such galaxies have about a fortieth of their halo in stars.
    assert 1.3 < halo - stars < 1.9
    radius, median, lower, upper = read_mass_dm(files["profile"]).to_numpy().T
    assert np.all((lower < median) & (median < upper)) and np.all(np.diff(median) > 0)
    assert median[-1] < halo


@pytest.mark.parametrize("channels", [("r",), ()])
def test_without_g_and_r_there_is_no_stellar_mass(shown, tmp_path, channels):
    few = replace(shown, channels={name: shown.channels[name] for name in channels})
    write_observed_maps(few, tmp_path / "maps.fits")
    files = {"masses": tmp_path / "masses.csv", "profile": tmp_path / "profile.csv"}
    with pytest.raises(Rejected, match="no image in g"):
        write_stellar_halo(maps=tmp_path / "maps.fits", radius_kpc=RADII_KPC, seed=1, **files)


def test_an_image_without_light_has_no_stellar_mass(shown):
    dark = replace(shown, observables=shown.observables | {"flux_g_nanomaggy": -3.0})
    with pytest.raises(Rejected, match="no light"):
        log10_stellar_mass(dark)

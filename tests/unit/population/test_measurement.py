"""The files of a small universe, measured as those of a run.

The numbers are those of the particles before they are written. Whether a universe agrees with the
references is tested with more galaxies, without files (`tests/unit/universe/test_population.py`).
"""

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

from sky_case import write_image, write_moment_maps
from umbra.channels import BANDS
from umbra.config.sample import ParticleLimits, SelectionSettings
from umbra.config.universe import UniverseSettings
from umbra.errors import InputError
from umbra.files import write_rejection
from umbra.population.light import measure_bands
from umbra.population.measurement import (
    measure_galaxies,
    measure_realisations,
    write_population,
)
from umbra.population.references import POPULATION_REFERENCES
from umbra.simulation.cutout import gather_cutout
from umbra.simulation.selection import write_sample
from umbra.simulation.streaming import stream_shard
from umbra.universe.writer import write_universe
from written_galaxies import GAS, STARS, written_galaxies

GALAXIES, RADIUS_KPC, EXTENT_KPC, SEED = 3, 100.0, 150.0, 1


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return the folder with the sample and the cutouts of a small universe."""
    folder = tmp_path_factory.mktemp("population")
    settings = UniverseSettings(galaxies=GALAXIES, extent_kpc=EXTENT_KPC, chunks=2)
    write_universe(output=folder / "universe", seed=SEED, settings=settings, threads=1)
    galaxies_csv = folder / "galaxies.csv"
    write_sample(
        settings=SelectionSettings(),
        path=folder / "universe/output",
        snapshot=99,
        galaxies_csv=galaxies_csv,
        cuts_csv=folder / "cuts.csv",
    )
    shard = folder / "all.shard"
    chunks = sorted((folder / "universe/output/snapdir_099").glob("*.hdf5"))
    stream_shard(chunks=chunks, galaxies_csv=galaxies_csv, radius_kpc=RADIUS_KPC, output=shard)
    for galaxy in pd.read_csv(galaxies_csv)["subhalo_id"]:
        gather_cutout(
            shards=[shard],
            galaxy=galaxy,
            galaxies_csv=galaxies_csv,
            radius_kpc=RADIUS_KPC,
            limits=ParticleLimits(),
            output=folder / f"{galaxy}.hdf5",
        )
    return folder


@pytest.fixture(scope="module")
def galaxies(run):
    return measure_galaxies(sorted(run.glob("*.hdf5")), galaxies_csv=run / "galaxies.csv")


def test_all_galaxies_are_measured_and_ordered_by_mass(galaxies):
    assert len(galaxies) == GALAXIES
    assert galaxies["stellar_mass_msun"].is_monotonic_increasing
    assert np.isfinite(galaxies.to_numpy()).all()


def test_numbers_are_those_of_the_particles_that_were_written(galaxies):
    written = written_galaxies(seed=SEED, number=GALAXIES, extent_kpc=EXTENT_KPC)
    by_mass = sorted(written, key=lambda galaxy: galaxy.log10_stars)
    for row, galaxy in zip(galaxies.itertuples(), by_mass, strict=True):
        assert np.log10(row.stellar_mass_msun) == pytest.approx(galaxy.log10_stars, abs=1e-4)
        hi_msun = galaxy.hydrogen[galaxy.radius(GAS) < 70.0].sum()
        # Satellites are in the cutout, but not among the particles of the galaxy.
        assert np.log10(row.hi_mass_msun / hi_msun) == pytest.approx(0.0, abs=0.05)
        assert row.rotation_fraction == pytest.approx(galaxy.rotation_fraction(30.0), abs=0.02)
        cosine = galaxy.spin(STARS, 30.0) @ galaxy.spin(GAS, 30.0, galaxy.hydrogen)
        angle_deg = np.degrees(np.arccos(cosine))
        assert row.misalignment_deg == pytest.approx(angle_deg, abs=2.0)
        assert row.mesh_dust_ratio == pytest.approx(1.0, abs=0.05)


@pytest.fixture(scope="module")
def tables(run, tmp_path_factory):
    """Measure two galaxies with images of a made-up disc, and a third that is rejected."""
    tmp_path = tmp_path_factory.mktemp("tables")
    cutouts = sorted(run.glob("*.hdf5"))[:3]
    names = [int(path.stem) for path in cutouts]
    images = [write_image(tmp_path / f"{name}_i.fits", name) for name in names[:2]]
    moments = [write_moment_maps(tmp_path / f"{name}_m.fits", name) for name in names[:2]]
    for files, kind in ((images, "i"), (moments, "m")):
        files.append(tmp_path / f"{names[2]}_{kind}.fits")
        write_rejection(files[2], "no light")
    written = {
        name: tmp_path / f"{name}.csv"
        for name in ("galaxies", "realisations", "relations", "summary")
    }
    write_population(
        cutouts=cutouts,
        images=images,
        moments=moments,
        galaxies_csv=run / "galaxies.csv",
        **written,
    )
    planes = fits.getdata(images[0], "R0").astype(float)
    bands = dict(zip(BANDS, planes, strict=True))
    return names, {name: pd.read_csv(path) for name, path in written.items()}, bands


def test_rejected_galaxies_are_left_out(tables):
    names, written, _ = tables
    assert sorted(written["galaxies"]["galaxy"]) == sorted(names[:2])
    assert sorted(written["realisations"]["galaxy"]) == sorted(2 * names[:2])


def test_images_are_measured_in_physical_units(tables):
    """The disc has 2 : 3 of its light in g and r, and pixels of 16 arcsec at 15 Mpc."""
    _, written, bands = tables
    rows = written["realisations"]
    np.testing.assert_allclose(rows["g_minus_r_mag"], 2.5 * np.log10(3 / 2), atol=0.01)
    pixel_kpc = np.radians(16 / 3600) * 15e3
    pixels = measure_bands(bands, pixel_kpc=0.5).petrosian_pixels
    np.testing.assert_allclose(rows["petrosian_radius_kpc"], pixels * pixel_kpc, rtol=0.01)
    np.testing.assert_allclose(rows["asymmetry"], 0, atol=0.02)
    np.testing.assert_allclose(rows["rotation_km_s"], 130 / np.sin(np.radians(60)), rtol=1e-5)


def test_every_reference_has_a_row(tables):
    summary = tables[1]["summary"]
    assert summary["name"].tolist() == list(POPULATION_REFERENCES)
    assert np.isnan(summary.set_index("name").loc["edge_on_reddening", "value"])  # one inclination


def test_a_damaged_cutout_is_named(run, tmp_path):
    cutout = tmp_path / "7.hdf5"
    cutout.write_bytes(b"no HDF5")
    with pytest.raises(InputError, match=r"7\.hdf5"):
        measure_galaxies([cutout], galaxies_csv=run / "galaxies.csv")


@pytest.mark.parametrize("card", ["DISTMPC", "CDELT2", "REALISAT"])
def test_an_image_without_a_card_is_named(run, tmp_path, card):
    galaxy = int(pd.read_csv(run / "galaxies.csv")["subhalo_id"].iloc[0])
    image = write_image(tmp_path / "image.fits", galaxy)
    moments = write_moment_maps(tmp_path / "moments.fits", galaxy)
    fits.delval(image, card, "R1")
    with pytest.raises(InputError, match=rf"image\.fits.*{card}"):
        measure_realisations(images=[image], moments=[moments], galaxies_csv=run / "galaxies.csv")


def test_without_any_galaxy_there_is_one_sentence(tmp_path):
    write_rejection(tmp_path / "1.fits", "no light")
    paths = dict.fromkeys(("galaxies", "realisations", "relations", "summary"), tmp_path / "out")
    with pytest.raises(InputError, match="all galaxies are rejected"):
        write_population(
            **dict.fromkeys(("cutouts", "images", "moments"), [tmp_path / "1.fits"]),
            galaxies_csv=tmp_path / "galaxies.csv",
            **paths,
        )

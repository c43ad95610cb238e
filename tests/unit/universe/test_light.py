"""Images of discs, face-on and edge-on, against observed ones."""

from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits

from umbra.config.photometry import SkiSettings
from umbra.observation.realisations import Realisation
from umbra.observation.sky_grid import SkyGrid
from umbra.photometry import particle_tables as tables
from umbra.photometry import ski
from umbra.photometry.ski_template import STAR_FAMILY, YOUNG_STAR_FAMILY
from umbra.simulation.particles import Gas, Stars
from umbra.skirt_engine import cli
from umbra.universe.fields import PARTICLE_MASS_MSUN
from umbra.universe.galaxy import build_galaxy
from umbra.universe.particle_types import GAS_INDEX, STAR_INDEX
from umbra.universe.relations import draw_properties

FACE_ON = np.eye(3)
EDGE_ON = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])


def disc_images(log10_mass, number, folder):
    """Return images in ugriz of a disc in the plane of its star-forming gas."""
    rng = np.random.default_rng(number)
    drawn = draw_properties(log10_stellar_mass=np.array([log10_mass]), rng=rng)[0]
    flat = replace(drawn, spheroid=np.False_, merger=np.False_)
    particles = build_galaxy(
        properties=flat, outer_kpc=150.0, particle_mass_msun=PARTICLE_MASS_MSUN, rng=rng
    )
    gas, stars = particles[GAS_INDEX], particles[STAR_INDEX]
    forming = gas["sfr_msun_yr"] > 0
    _, axes = np.linalg.eigh(np.cov(gas["position_kpc"][forming].T))
    for fields in (gas, stars):
        fields["position_kpc"] = fields["position_kpc"] @ axes[:, ::-1]
    old, young = tables.star_tables(
        Stars(**{name: stars.get(name) for name in Stars.__dataclass_fields__})
    )
    names = {name: gas.get(name) for name in Gas.__dataclass_fields__}
    cells = tables.gas_table(Gas(**(names | {"star_formation_rate_msun_yr": gas["sfr_msun_yr"]})))
    for name, columns, rows in (
        (ski.STARS_FILE, tables.STAR_COLUMNS, old),
        (ski.YOUNG_STARS_FILE, tables.YOUNG_STAR_COLUMNS, young),
        (ski.GAS_FILE, tables.GAS_COLUMNS, cells),
    ):
        tables.write_skirt_table(folder / name, "a disc", columns, rows)
    text = ski.ski_text(
        realisations=[Realisation(0, i, 15.0, axis) for i, axis in enumerate((FACE_ON, EDGE_ON))],
        grid=SkyGrid(pixels=64, field_of_view_arcmin=17.2),
        families={ski.STARS_FILE: STAR_FAMILY, ski.YOUNG_STARS_FILE: YOUNG_STAR_FAMILY},
        radius_kpc=100.0,
        seed=1,
        photometry=SkiSettings(packets=2e5),
    )
    (folder / "galaxy.ski").write_text(text)
    run = ["-t", "1", "-i", str(folder), "-o", str(folder), str(folder / "galaxy.ski")]
    assert cli.main(run) == 0
    return [fits.getdata(folder / f"galaxy_r{i}_total.fits") for i in (0, 1)]


def test_discs_are_redder_and_fainter_edge_on(tmp_path):
    """Masters et al. 2010, MNRAS 404, 792: 0.7, 0.6, 0.5 and 0.4 mag in u, g, r and i.

    The discs of the simulation, in which half of the stars are in bulge and halo, have some 0.8 of
    that.
    """
    dimming = []
    for number, mass in enumerate((10.2, 10.6)):
        folder = tmp_path / str(number)
        folder.mkdir()
        face, edge = (image.sum(axis=(1, 2)) for image in disc_images(mass, number, folder))
        dimming.append(2.5 * np.log10(face / edge)[:4])
    mean = np.mean(dimming, axis=0)
    assert mean == pytest.approx([0.7, 0.6, 0.5, 0.4], rel=0.5)
    assert 0.04 < mean[1] - mean[2] < 0.12

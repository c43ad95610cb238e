"""A small galaxy, and the files that are written of it for SKIRT."""

import dataclasses
import xml.etree.ElementTree as ElementTree
from io import StringIO
from pathlib import Path

import numpy as np

from umbra.config.observation import ImageSettings
from umbra.config.photometry import SkiSettings
from umbra.photometry.ski import write_inputs
from umbra.simulation.cutout import Cutout, DarkMatter, Gas, Stars

OBSERVATION = ImageSettings(realisations=3, field_of_view_arcmin=17.2, pixels=128)
PHOTOMETRY = SkiSettings(
    packets=1e7, simulation_mode="DustEmission", instrument_grid="bands", dust_to_metals=0.3
)


def particles(kind, count, **values):
    """Return particles in a ball of 10 kpc; what is not given is zero."""
    rng = np.random.default_rng(count)
    direction = rng.normal(size=(count, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    values["position_kpc"] = 10 * direction * rng.random((count, 1)) ** (1 / 3)
    for field in dataclasses.fields(kind):
        values.setdefault(field.name, np.zeros(count))
    return kind(**values)


def galaxy() -> Cutout:
    """Return a cutout with 20 young and 180 old stars, and 300 cells of which 100 form stars."""
    rng = np.random.default_rng(1)
    stars = particles(
        Stars,
        200,
        initial_mass_msun=rng.uniform(1e6, 2e6, 200),
        mass_msun=rng.uniform(5e5, 1e6, 200),
        metallicity=rng.uniform(0.005, 0.03, 200),
        age_yr=np.r_[rng.uniform(0, 1e7, 20), rng.uniform(1.1e7, 1.3e10, 180)],
    )
    gas = particles(
        Gas,
        300,
        mass_msun=rng.uniform(1e6, 2e6, 300),
        density_msun_kpc3=rng.uniform(1e5, 1e7, 300),
        metallicity=rng.uniform(0.005, 0.03, 300),
        temperature_k=rng.uniform(1e4, 1e6, 300),
        star_formation_rate_msun_yr=np.r_[np.full(100, 0.01), np.zeros(200)],
    )
    return Cutout(
        subhalo_id=42, radius_kpc=100.0, gas=gas, stars=stars, dark_matter=particles(DarkMatter, 1)
    )


def write(galaxy: Cutout, folder: Path, photometry: SkiSettings = PHOTOMETRY) -> Path:
    """Write the ski file and the tables of a galaxy, and return their folder."""
    write_inputs(
        galaxy=galaxy, seed=5, observation=OBSERVATION, photometry=photometry, output=folder
    )
    return folder


def read_ski(folder: Path) -> ElementTree.Element:
    """Return the root of a ski file."""
    return ElementTree.parse(folder / "galaxy.ski").getroot()


def read_skirt_table(path: Path) -> tuple[list[str], np.ndarray]:
    """Return the column names of a table, as SKIRT understands its header, and the rows."""
    lines = path.read_text().splitlines()
    header = [line for line in lines if line.startswith("#")]
    names = [line.split(": ", 1)[1] for line in header if line.startswith("# column")]
    assert [line.split(":")[0] for line in header[1:]] == [
        f"# column {number}" for number in range(1, len(names) + 1)
    ]
    body = StringIO("\n".join(lines[len(header) :]))
    rows = np.loadtxt(body, ndmin=2) if len(lines) > len(header) else np.empty((0, len(names)))
    return names, rows

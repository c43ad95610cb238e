"""The ski file: what SKIRT accepts, the options, and the direction of each instrument."""

import dataclasses
import itertools

import numpy as np
import pytest

import ski_case
from ski_case import OBSERVATION, PHOTOMETRY, particles, read_ski, read_skirt_table, write
from skirt_schema import KEPT, Schema
from umbra.config.cutouts import CutoutSettings
from umbra.config.observation import ImageSettings
from umbra.config.photometry import SkiSettings
from umbra.errors import Rejected
from umbra.observation.cutout_radius import cutout_radius_kpc
from umbra.observation.realisations import draw_realisations
from umbra.observation.sky_grid import SkyGrid
from umbra.photometry.ski import ski_text
from umbra.photometry.ski_template import STAR_FAMILY, YOUNG_STAR_FAMILY
from umbra.simulation.cutout import Gas, Stars
from umbra.skirt_engine.geometry import observer_axes
from umbra.skirt_engine.ski import read_ski as read_engine_ski


@pytest.fixture
def galaxy():
    return ski_case.galaxy()


@pytest.fixture
def schema():
    return Schema(KEPT)


@pytest.mark.parametrize("mode", ["DustEmission", "ExtinctionOnly"])
@pytest.mark.parametrize("grid", ["bands", "log"])
@pytest.mark.parametrize("missing", [None, "old", "young"])
def test_skirt_and_the_engine_accept_it(galaxy, tmp_path, schema, mode, grid, missing):
    age_yr = {None: galaxy.stars.age_yr, "old": np.full(200, 1e6), "young": np.full(200, 1e9)}
    stars = dataclasses.replace(galaxy.stars, age_yr=age_yr[missing])
    photometry = PHOTOMETRY.model_copy(update={"simulation_mode": mode, "instrument_grid": grid})
    folder = write(dataclasses.replace(galaxy, stars=stars), tmp_path, photometry=photometry)
    schema.check(folder / "galaxy.ski")
    read_engine_ski(folder / "galaxy.ski")
    root = read_ski(folder)
    assert root.find("MonteCarloSimulation").get("simulationMode") == mode
    expected = "PredefinedBandWavelengthGrid" if grid == "bands" else "LogWavelengthGrid"
    assert root.find(".//defaultWavelengthGrid")[0].tag == expected
    assert len(root.findall(".//ParticleSource")) == (1 if missing else 2)


def limits(model, key):
    """Return the least and the greatest value that a configuration may have."""
    found = {type(one).__name__: one for one in model.model_fields[key].metadata}
    return found["Ge"].ge, found["Le"].le


def extreme_options():
    """Yield settings with each option that reaches the ski at an end of its range."""
    for packets in limits(SkiSettings, "packets"):
        yield OBSERVATION, SkiSettings(packets=packets), 100.0
    for fraction in limits(SkiSettings, "dust_to_metals"):
        yield OBSERVATION, SkiSettings(dust_to_metals=fraction), 100.0
    for radius_kpc in limits(CutoutSettings, "radius_kpc"):
        yield OBSERVATION, PHOTOMETRY, radius_kpc
    for key in ("realisations", "pixels"):
        for value in limits(ImageSettings, key):
            yield ImageSettings(**{key: value}), PHOTOMETRY, 100.0
    distances = limits(ImageSettings, "min_distance_mpc")
    fields = limits(ImageSettings, "field_of_view_arcmin")
    for distance, field in itertools.product(distances, fields):
        observation = ImageSettings(
            min_distance_mpc=distance, max_distance_mpc=distance, field_of_view_arcmin=field
        )
        yield (
            observation,
            PHOTOMETRY,
            cutout_radius_kpc(seed=1, galaxy=42, observation=observation, radius_kpc=100.0),
        )


@pytest.mark.parametrize(("observation", "photometry", "radius_kpc"), list(extreme_options()))
def test_skirt_accepts_all_that_the_configuration_does(
    tmp_path, schema, observation, photometry, radius_kpc
):
    path = tmp_path / "galaxy.ski"
    path.write_text(text_of(42, 1, observation, photometry, radius_kpc))
    schema.check(path)
    assert len(read_engine_ski(path).instruments) == observation.realisations


def text_of(galaxy, seed, observation=OBSERVATION, photometry=PHOTOMETRY, radius_kpc=100.0):
    return ski_text(
        realisations=draw_realisations(seed=seed, galaxy=galaxy, settings=observation),
        grid=SkyGrid.from_settings(observation),
        families={"stars.txt": STAR_FAMILY, "young_stars.txt": YOUNG_STAR_FAMILY},
        radius_kpc=radius_kpc,
        seed=seed,
        photometry=photometry,
    )


@pytest.mark.parametrize("seed", [0, 1, 2**31, 2**63])
def test_every_galaxy_has_a_seed_that_skirt_accepts(tmp_path, seed):
    """The engine knows SKIRT's bounds, so this needs no schema."""
    path, seeds = tmp_path / "galaxy.ski", []
    for galaxy in range(100):
        path.write_text(text_of(galaxy * 7919, seed))
        seeds.append(read_engine_ski(path).seed)
    assert 0 < min(seeds) and max(seeds) <= 1_000_000  # 0 would be SKIRT's default
    assert len(set(seeds)) > 95 and np.ptp(seeds) > 8e5


def test_wavelengths_are_those_of_the_paper(galaxy, tmp_path):
    root = read_ski(
        write(galaxy, tmp_path, photometry=PHOTOMETRY.model_copy(update={"instrument_grid": "log"}))
    )
    source, dust = root.find(".//SourceSystem"), root.find(".//dustEmissionWLG/LogWavelengthGrid")
    instrument = root.find(".//defaultWavelengthGrid/LogWavelengthGrid")
    for item, longest in ((source, "100 micron"), (dust, "100 micron"), (instrument, "3.7 micron")):
        assert (item.get("minWavelength"), item.get("maxWavelength")) == ("0.09 micron", longest)
    assert dust.get("numWavelengths") == instrument.get("numWavelengths") == "1000"


def test_extinction_alone_has_no_dust_emission(galaxy, tmp_path):
    photometry = PHOTOMETRY.model_copy(update={"simulation_mode": "ExtinctionOnly"})
    root = read_ski(write(galaxy, tmp_path, photometry=photometry))
    for tag in ("dustEmissionOptions", "secondaryEmissionOptions", "radiationFieldWLG"):
        assert root.find(f".//{tag}") is None
    source = root.find(".//SourceSystem")
    shortest, longest = (float(source.get(f"{end}Wavelength").split()[0]) for end in ("min", "max"))
    assert shortest < 0.298 and longest > 1.123  # where SDSS u begins and z ends


def test_one_instrument_a_realisation_that_looks_from_where_the_realisation_does(galaxy, tmp_path):
    root = read_ski(write(galaxy, tmp_path))
    instruments = root.findall(".//FrameInstrument")
    realisations = draw_realisations(seed=5, galaxy=42, settings=OBSERVATION)
    assert [one.get("instrumentName") for one in instruments] == ["r0", "r1", "r2"]
    for realisation, instrument in zip(realisations, instruments, strict=True):
        distance_mpc, unit = instrument.get("distance").split()
        assert unit == "Mpc" and float(distance_mpc) == pytest.approx(
            realisation.distance_mpc, rel=1e-14
        )
        angles = [instrument.get(name).split() for name in ("inclination", "azimuth", "roll")]
        assert {unit for _, unit in angles} == {"deg"}
        inclination_deg, azimuth_deg, roll_deg = (float(angle) for angle, _ in angles)
        rotation = observer_axes(
            inclination_deg=inclination_deg, azimuth_deg=azimuth_deg, roll_deg=roll_deg
        )
        np.testing.assert_allclose(rotation, realisation.rotation, atol=1e-9)
        side_pc = realisation.distance_mpc * 1e6 * 17.2 / 60 * np.pi / 180
        for axis in "XY":
            side, unit = instrument.get(f"fieldOfView{axis}").split()
            assert unit == "pc" and float(side) == pytest.approx(side_pc, rel=1e-9)
            assert instrument.get(f"numPixels{axis}") == "128"


def test_options_reach_the_ski(galaxy, tmp_path):
    root = read_ski(
        write(galaxy, tmp_path, photometry=PHOTOMETRY.model_copy(update={"dust_to_metals": 0.4}))
    )
    medium, grid = root.find(".//VoronoiMeshMedium"), root.find(".//VoronoiMeshSpatialGrid")
    assert float(root.find("MonteCarloSimulation").get("numPackets")) == 1e7
    assert medium.get("massFraction") == "0.4"
    for axis in "XYZ":
        for item in (medium, grid):
            assert (item.get(f"min{axis}"), item.get(f"max{axis}")) == ("-100000 pc", "100000 pc")
    seed = int(root.find(".//Random").get("seed"))
    assert 0 < seed <= 1_000_000  # SKIRT refuses more; 0 would be its default
    files = [source.get("filename") for source in root.iter("ParticleSource")]
    assert files == ["stars.txt", "young_stars.txt"] and medium.get("filename") == "gas.txt"


def test_a_source_without_particles_is_left_out(galaxy, tmp_path):
    old = dataclasses.replace(galaxy.stars, age_yr=galaxy.stars.age_yr + 1e8)
    folder = write(dataclasses.replace(galaxy, stars=old), tmp_path)
    files = [source.get("filename") for source in read_ski(folder).iter("ParticleSource")]
    assert files == ["stars.txt"]
    names, rows = read_skirt_table(folder / "young_stars.txt")
    assert len(names) == 9 and len(rows) == 0


@pytest.mark.parametrize(("missing", "reason"), [("stars", "no star"), ("gas", "no gas")])
def test_a_galaxy_without_stars_or_gas_is_rejected(galaxy, tmp_path, missing, reason):
    kind = {"stars": Stars, "gas": Gas}[missing]
    empty = dataclasses.replace(galaxy, **{missing: particles(kind, 0)})
    with pytest.raises(Rejected, match=reason):
        write(empty, tmp_path)

"""The ski file: what SKIRT accepts, the options, and the direction of each instrument."""

import dataclasses
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import ski_case
from ski_case import OBSERVATION, PHOTOMETRY, particles, read_ski, read_skirt_table, write
from umbra.errors import Rejected
from umbra.observation.realisations import draw_realisations
from umbra.simulation.cutout import Gas, Stars
from umbra.skirt_engine.geometry import observer_axes


@pytest.fixture
def galaxy():
    return ski_case.galaxy()


@pytest.mark.parametrize("mode", ["DustEmission", "ExtinctionOnly"])
@pytest.mark.parametrize("grid", ["bands", "log"])
def test_says_nothing_that_skirt_does_not_know(galaxy, tmp_path, shared_reference, mode, grid):
    """Both references ran in SKIRT 9; an item has exactly the attributes that it has there."""
    known, parents = {}, set()
    for name in ("tng_like.ski", "tng_ref_ext.ski"):
        for element in ElementTree.parse(shared_reference / "skirt" / name).iter():
            known.setdefault(element.tag, []).append(set(element.attrib))
            parents |= {(element.tag, child.tag) for child in element}
    photometry = PHOTOMETRY.model_copy(update={"simulation_mode": mode, "instrument_grid": grid})
    root = read_ski(write(galaxy, tmp_path, photometry=photometry))
    parents.add(("defaultWavelengthGrid", "PredefinedBandWavelengthGrid"))
    optional = {"time"}
    for element in root.iter():
        assert set(element.attrib) | optional in [names | optional for names in known[element.tag]]
        assert {(element.tag, child.tag) for child in element} <= parents
    assert root.find("MonteCarloSimulation").get("simulationMode") == mode
    expected = "PredefinedBandWavelengthGrid" if grid == "bands" else "LogWavelengthGrid"
    assert root.find(".//defaultWavelengthGrid")[0].tag == expected


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
    assert 0 < seed < 2**31  # 0 would be SKIRT's default
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

"""The ski and its tables: what SKIRT accepts, units, conserved masses, and who looks from where."""

import dataclasses
import xml.etree.ElementTree as ElementTree
from io import StringIO

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from umbra.config.observation import ObservationSettings
from umbra.config.photometry import SkiSettings
from umbra.errors import Rejected
from umbra.observation.realisations import draw_realisations
from umbra.photometry.particle_tables import smoothing_length, write_skirt_table
from umbra.photometry.ski import write_inputs
from umbra.simulation.cutout import Cutout, DarkMatter, Gas, Stars
from umbra.skirt_engine.geometry import observer_axes

OBSERVATION = ObservationSettings(realisations=3, field_of_view_arcmin=17.2, pixels=128)
PHOTOMETRY = SkiSettings(
    packets=1e7, simulation_mode="DustEmission", instrument_grid="bands", dust_to_metals=0.3
)
PARTICLE = ["x-coordinate (pc)", "y-coordinate (pc)", "z-coordinate (pc)", "smoothing length (pc)"]


def particles(kind, count, **values):
    """Return particles in a ball of 10 kpc; what is not given is zero."""
    rng = np.random.default_rng(count)
    direction = rng.normal(size=(count, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    values["position_kpc"] = 10 * direction * rng.random((count, 1)) ** (1 / 3)
    for field in dataclasses.fields(kind):
        values.setdefault(field.name, np.zeros(count))
    return kind(**values)


@pytest.fixture
def galaxy():
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


def write(galaxy, folder, observation=OBSERVATION, photometry=PHOTOMETRY):
    write_inputs(
        galaxy=galaxy, seed=5, observation=observation, photometry=photometry, output=folder
    )
    return folder


def read_ski(folder):
    return ElementTree.parse(folder / "galaxy.ski").getroot()


def read_table(path):
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


def test_stars_table(galaxy, tmp_path):
    names, rows = read_table(write(galaxy, tmp_path) / "stars.txt")
    assert names == [*PARTICLE, "initial mass (Msun)", "metallicity (1)", "age (yr)"]
    stars = galaxy.stars
    np.testing.assert_allclose(rows[:, :3], 1e3 * stars.position_kpc[20:], rtol=1e-6)
    np.testing.assert_allclose(
        rows[:, 4:],
        np.column_stack([stars.initial_mass_msun, stars.metallicity, stars.age_yr])[20:],
        rtol=1e-6,
    )
    neighbours = np.sort(cdist(stars.position_kpc, stars.position_kpc), axis=1)
    np.testing.assert_allclose(rows[:, 3], 1e3 * neighbours[20:, 32], rtol=1e-6)


def test_young_stars_table(galaxy, tmp_path):
    names, rows = read_table(write(galaxy, tmp_path) / "young_stars.txt")
    assert names == [
        *PARTICLE,
        "star formation rate (Msun/yr)",
        "metallicity (1)",
        "logC compactness (1)",
        "ISM pressure (Pa)",
        "PDR covering factor (1)",
    ]
    # 1e5 K/cm3 times k, as in the reference ski's table
    np.testing.assert_allclose(rows[:, 6:], np.tile([5, 1.380649e-12, 0.2], (20, 1)), rtol=1e-6)
    stars = galaxy.stars
    neighbours = np.sort(cdist(stars.position_kpc, stars.position_kpc), axis=1)
    np.testing.assert_allclose(rows[:, 3], 1e3 * neighbours[:20, 32], rtol=1e-6)
    np.testing.assert_allclose(rows[:, 5], stars.metallicity[:20], rtol=1e-6)


def test_all_mass_that_formed_is_in_one_table_or_the_other(galaxy, tmp_path):
    folder = write(galaxy, tmp_path)
    old_msun = read_table(folder / "stars.txt")[1][:, 4].sum()
    young_msun = 1e7 * read_table(folder / "young_stars.txt")[1][:, 4].sum()
    initial_mass_msun = galaxy.stars.initial_mass_msun
    assert old_msun + young_msun == pytest.approx(initial_mass_msun.sum(), rel=1e-7)
    assert young_msun == pytest.approx(initial_mass_msun[galaxy.stars.age_yr < 1e7].sum(), rel=1e-7)


def test_gas_table_keeps_every_cell_and_the_dust_mass(galaxy, tmp_path):
    names, rows = read_table(write(galaxy, tmp_path) / "gas.txt")
    assert names == [
        *PARTICLE[:3],
        "gas mass density (Msun/pc3)",
        "metallicity (1)",
        "temperature (K)",
    ]
    gas = galaxy.gas
    np.testing.assert_allclose(rows[:, :3], 1e3 * gas.position_kpc, rtol=1e-6)
    assert np.all(rows[100:, 3] == 0) and np.all(rows[:100, 3] > 0)
    # No cell with dust may be hotter than where SKIRT drops it.
    limit_k = read_ski(tmp_path).find(".//VoronoiMeshMedium").get("maxTemperature")
    assert rows[:100, 5].max() < float(limit_k.split()[0])
    np.testing.assert_allclose(rows[100:, 5], gas.temperature_k[100:], rtol=1e-6)
    dust_msun = 0.3 * np.sum(rows[:, 3] * rows[:, 4] * 1e9 * gas.volume_kpc3)
    metals_msun = np.sum((gas.mass_msun * gas.metallicity)[:100])
    assert dust_msun == pytest.approx(0.3 * metals_msun, rel=1e-6)


def test_a_source_without_particles_is_left_out(galaxy, tmp_path):
    old = dataclasses.replace(galaxy.stars, age_yr=galaxy.stars.age_yr + 1e8)
    folder = write(dataclasses.replace(galaxy, stars=old), tmp_path)
    files = [source.get("filename") for source in read_ski(folder).iter("ParticleSource")]
    assert files == ["stars.txt"]
    names, rows = read_table(folder / "young_stars.txt")
    assert len(names) == 9 and len(rows) == 0


@pytest.mark.parametrize(("missing", "reason"), [("stars", "no star"), ("gas", "no gas")])
def test_a_galaxy_without_stars_or_gas_is_rejected(galaxy, tmp_path, missing, reason):
    kind = {"stars": Stars, "gas": Gas}[missing]
    empty = dataclasses.replace(galaxy, **{missing: particles(kind, 0)})
    with pytest.raises(Rejected, match=reason):
        write(empty, tmp_path)


def test_smoothing_of_few_particles_reaches_the_farthest():
    line = np.column_stack([np.arange(5.0), np.zeros(5), np.zeros(5)])
    np.testing.assert_array_equal(smoothing_length(line), [4, 3, 2, 3, 4])
    assert smoothing_length(line[:1]).tolist() == [0]
    assert smoothing_length(line[:0]).shape == (0,)


def test_long_tables_lose_no_row(tmp_path):
    rows = np.random.default_rng(0).normal(size=(10_001, 3)) * 10.0 ** np.arange(-10, 11, 10)
    write_skirt_table(tmp_path / "table.txt", "three columns", ["a (1)", "b (1)", "c (1)"], rows)
    np.testing.assert_allclose(read_table(tmp_path / "table.txt")[1], rows, rtol=1e-7)

"""What SKIRT refuses, the engine refuses: both read skis with one thing changed."""

import itertools
import xml.etree.ElementTree as ElementTree

import pytest

import ski_case
from skirt_schema import KEPT, SCHEMA, Refused, Schema
from umbra.errors import InputError
from umbra.skirt_engine.node import UNITS
from umbra.skirt_engine.schema import ITEMS
from umbra.skirt_engine.ski import read_ski
from umbra.skirt_engine.ski_rules import BOOL, DOUBLE, ENUM, INT, TEXT

KINDS = {
    "BoolProperty": BOOL,
    "IntProperty": INT,
    "DoubleProperty": DOUBLE,
    "EnumProperty": ENUM,
    "StringProperty": TEXT,
}
REFERENCES = ("skirt/tng_like.ski", "skirt/tng_ref_ext.ski", "skirt_clumpy/galaxy.ski")
# Something wrong of each kind, in the ski of a galaxy with emission by dust: the text, what stands
# in its place, and a part of SKIRT's sentence.
FAULTS = [
    ("<LocalUniverseCosmology/>", "<LocalUniverseCosmology><x/></LocalUniverseCosmology>", "'x'"),
    ('<Random seed="', '<Random seed="844150990" x="', "no property named 'x'"),
    ('importBias="false"', 'importBias="maybe"', "can't be converted to bool"),
    ('numPixelsX="128"', 'numPixelsX="128.5"', "can't be converted to integer"),
    ('numPixelsX="128"', 'numPixelsX="1e2"', "can't be converted to integer"),
    ('numPixelsX="128"', 'numPixelsX="10001"', "is out of range"),
    ('numPixelsX="128"', 'numPixelsX="0"', "is out of range"),
    ('massFraction="0.3"', 'massFraction="1.5"', "is out of range"),
    ('massFraction="0.3"', 'massFraction="nan"', "can't be converted to double"),
    ('massFraction="0.3"', 'massFraction="0.3 pc"', "can't be converted to double"),
    ('maxTemperature="75000 K"', 'maxTemperature="75000 F"', "can't be converted to double"),
    ('maxTemperature="75000 K"', 'maxTemperature="2e6 K"', "is out of range"),
    ('wavelength="0.55 micron"', 'wavelength="0.55 A"', "can't be converted to double"),
    ('wavelength="0.55 micron"', 'wavelength="1.1 m"', "is out of range"),
    ('sourceBias="0.5"', 'sourceBias="-0.1"', "is out of range"),
    ('secondaryPacketsMultiplier="1"', 'secondaryPacketsMultiplier="0"', "is out of range"),
    ('minWeightReduction="1e4"', 'minWeightReduction="999"', "is out of range"),
    ('resolution="Low"', 'resolution="low"', "is an invalid enumeration key"),
    ('filename="gas.txt"', 'filename=""', "required property 'filename'"),
    ('probeName="cnv"', "", "required property 'probeName'"),
    ('numWavelengths="1000"', 'numWavelengths="1"', "is out of range"),
    ('type="Units"', 'type="Random"', "does not match base type 'Units'"),
    ("<MappingsSEDFamily/>", "<ZubkoDustMix/>", "does not inherit 'SEDFamily'"),
    ("<MappingsSEDFamily/>", "", "Expected element"),
    ("<MappingsSEDFamily/>", "<MappingsSEDFamily/><MappingsSEDFamily/>", "Unexpected element"),
    ("<MappingsSEDFamily/>", "<SEDFamily/>", "Can't create item"),
    ("<LocalUniverseCosmology/>", '<LocalUniverseCosmology h="1"/>', "no property named 'h'"),
    ("<MappingsSEDFamily/>", "<MappingsSEDFamily/>x", "unsupported text"),
    ("<MappingsSEDFamily/>", "<MappingsSEDFamily>", "not XML"),
    ("</MonteCarloSimulation>", "</MonteCarloSimulation><Random/>", "Expected element"),
    ('type="MonteCarloSimulation"', "", "Top-level base type"),
]


@pytest.fixture
def schema():
    return Schema(KEPT)


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """Return a ski with everything in it that umbra writes."""
    folder = ski_case.write(ski_case.galaxy(), tmp_path_factory.mktemp("ski"))
    return (folder / "galaxy.ski").read_text()


def changed(text, old, new, folder):
    assert old in text
    path = folder / "galaxy.ski"
    path.write_text(text.replace(old, new, 1))
    return path


def test_what_is_kept_of_the_schema_is_that_of_skirt(schema, shared_reference):
    whole = Schema(shared_reference / "skirt" / SCHEMA)
    assert schema.types.items() <= whole.types.items()
    assert schema.quantities.items() <= whole.quantities.items()


@pytest.mark.parametrize("name", REFERENCES)
def test_skis_that_ran_in_skirt_are_accepted(schema, shared_reference, name):
    schema.check(shared_reference / name)
    read_ski(shared_reference / name)


@pytest.mark.parametrize(("old", "new", "sentence"), FAULTS)
def test_the_check_finds_each_kind_of_fault(schema, text, tmp_path, old, new, sentence):
    with pytest.raises(Refused, match=sentence):
        schema.check(changed(text, old, new, tmp_path))


@pytest.mark.parametrize(("old", "new", "sentence"), FAULTS)
def test_the_engine_refuses_each_kind_of_fault(text, tmp_path, old, new, sentence):
    with pytest.raises(InputError):
        read_ski(changed(text, old, new, tmp_path))


@pytest.mark.parametrize("seed", ["844150990", "1000001", "-1", "1e3", "\u0665"])
def test_a_seed_that_skirt_refuses_is_named(text, tmp_path, seed):
    root = ElementTree.fromstring(text)
    root.find(".//Random").set("seed", seed)
    path = tmp_path / "galaxy.ski"
    path.write_bytes(ElementTree.tostring(root))
    with pytest.raises(InputError, match=rf'galaxy.ski: seed="{seed}" of Random is'):
        read_ski(path)


def without(root, tag):
    for parent in root.iter():
        for child in parent.findall(tag):
            parent.remove(child)


@pytest.mark.parametrize(
    "tag", ["mediumSystem", "media", "radiationFieldWLG", "dustEmissionWLG", "dustEmissionOptions"]
)
def test_what_is_required_in_a_mode_cannot_be_left_out(schema, text, tmp_path, tag):
    """SKIRT would make it with its defaults, but not all of these have some."""
    root = ElementTree.fromstring(text)
    without(root, tag)
    path = tmp_path / "galaxy.ski"
    path.write_bytes(ElementTree.tostring(root))
    with pytest.raises(Refused, match="has no default value"):
        schema.check(path)
    with pytest.raises(InputError, match="lacks the element"):
        read_ski(path)


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("RadiationFieldOptions", "storeRadiationField"),
        ("MonteCarloSimulation", "iteratePrimaryEmission"),
    ],
)
def test_a_stored_radiation_field_needs_wavelengths(schema, text, tmp_path, tag, name):
    root = ElementTree.fromstring(text)
    root[0].set("simulationMode", "ExtinctionOnly")
    without(root, "radiationFieldWLG")
    path = tmp_path / "galaxy.ski"
    path.write_bytes(ElementTree.tostring(root))
    schema.check(path)
    read_ski(path)
    root.find(f".//{tag}").set(name, "true")
    path.write_bytes(ElementTree.tostring(root))
    with pytest.raises(Refused, match="Wavelength' in item of type 'LogWavelengthGrid'"):
        schema.check(path)
    with pytest.raises(InputError, match="lacks the element radiationFieldWLG"):
        read_ski(path)


def test_bands_that_skirt_adds_by_default_with_emission_by_dust_are_refused(text, tmp_path):
    path = changed(text, 'includeWISE="false"', "", tmp_path)
    with pytest.raises(InputError, match='not support includeWISE="true"'):
        read_ski(path)
    alone = text.replace('simulationMode="DustEmission"', 'simulationMode="ExtinctionOnly"')
    read_ski(changed(alone, 'includeWISE="false"', "", tmp_path))


def test_what_is_not_given_is_as_skirt_has_it(text, tmp_path):
    root, path = ElementTree.fromstring(text), tmp_path / "galaxy.ski"
    without(root, "random")
    for tag, names in (
        ("MonteCarloSimulation", ("numPackets", "simulationMode")),
        ("SourceSystem", ("minWavelength", "maxWavelength")),
        ("VoronoiMeshMedium", ("massFraction", "importTemperature", "maxTemperature")),
        ("FrameInstrument", ("numPixelsX", "numPixelsY", "inclination", "roll", "centerX")),
    ):
        for name in names:
            del root.find(f".//{tag}").attrib[name]
    path.write_bytes(ElementTree.tostring(root))
    found = read_ski(path)
    assert (found.seed, found.packets, found.source_range_micron) == (0, 1e6, (0.09, 100))
    assert not any("Emission by dust" in note for note in found.notes)  # ExtinctionOnly
    medium, instrument = found.medium, found.instruments[0]
    assert (medium.mass_fraction, medium.has_temperature, medium.max_temperature_k) == (1, False, 0)
    assert (instrument.pixels, instrument.center_pc[0]) == ((250, 250), 0)
    assert (instrument.inclination_deg, instrument.roll_deg) == (0, 0)


@pytest.mark.parametrize("item", ITEMS)
def test_every_declared_item_is_that_of_skirt(schema, item):
    theirs, ours = schema.properties(item), ITEMS[item]
    assert schema.types[item]["concrete"]
    for name, rule in ours.attributes.items():
        fact = theirs[name]
        default = fact.get("default", "" if fact.get("requiredIf") == "false" else None)
        bounds = (fact.get("min", ""), fact.get("max", ""), fact.get("quantity", ""))
        assert (rule.kind, rule.default) == (KINDS[fact["kind"]], default), name
        assert (rule.low, rule.high, rule.quantity) == bounds, name
        assert rule.choices == tuple(fact.get("values", ())), name
        if rule.choices:
            assert set(rule.only) <= set(rule.choices), name
        assert not (rule.free and rule.only)
    for name, ours_of in ours.properties.items():
        assert ours_of.base == theirs[name]["base"], name
        assert ours_of.many == (theirs[name]["kind"] == "ItemListProperty"), name
        for one in ours_of.items:
            assert ours_of.base in schema.ancestors(one), one


def test_a_default_that_counts_depends_on_nothing_but_the_mode(schema):
    modes = schema.types["MonteCarloSimulation"]["properties"]["simulationMode"]["values"]
    for item in ITEMS.values():
        for rule in item.attributes.values():
            if rule.free or rule.default is None or ":" not in rule.default:
                continue
            condition = rule.default.partition(":")[0]
            assert condition in modes or condition == "wavelengthOutputStyleEnergy"


def test_units_are_those_of_skirt(schema):
    for quantity, known in UNITS.items():
        if not quantity:
            continue
        assert set(known) <= set(schema.quantities[quantity])
        (base,) = [unit for unit, factor in known.items() if factor == 1]
        one = schema.quantity(quantity, f"1 {base}")
        for unit, factor in known.items():
            theirs = schema.quantity(quantity, f"1 {unit}") / one
            assert factor == pytest.approx(theirs, rel=1e-9), unit


def values_around(fact):
    """Yield values of an attribute: on its bounds, beyond them, and of other kinds."""
    yield from ("", "x", "1.5", "2", "-1", "1e30", "true", "0", *fact.get("values", ()))
    for end, away in (("min", -1), ("max", 1)):
        bound = fact.get(end, "").strip("[]")
        if bound:
            number, _, unit = bound.partition(" ")
            outside = float(number) + away * (abs(float(number)) / 100 or 1e-9)
            yield bound
            yield f"{outside:.15g} {unit}".strip()
    for unit in ("pc", "deg", "K", "micron", "A", "m") if "quantity" in fact else ("pc",):
        yield f"0.5 {unit}"


def test_no_value_is_refused_by_skirt_alone(schema, text, tmp_path):
    """One attribute of each kind of fact; that all facts are those of SKIRT is tested above."""
    root, path = ElementTree.fromstring(text), tmp_path / "galaxy.ski"
    tried, accepted, refused = [], 0, 0
    for element in root.iter():
        for name, given in list(element.attrib.items()) if element.tag in ITEMS else []:
            fact = schema.properties(element.tag)[name]
            if fact in tried:
                continue
            tried.append(fact)
            for value in dict.fromkeys(values_around(fact)):
                element.set(name, value)
                path.write_bytes(ElementTree.tostring(root))
                try:
                    schema.check(path)
                    accepted += 1
                except Refused as reason:
                    refused += 1
                    with pytest.raises(InputError):
                        read_ski(path)
                        pytest.fail(f'{element.tag} {name}="{value}": {reason}')
            element.set(name, given)
    assert len(tried) > 30 and accepted > 100 and refused > 300


@pytest.mark.parametrize(
    ("tag", "name", "value"),
    [
        *itertools.product(["Random"], ["seed"], ["0", "1000000"]),
        *itertools.product(["VoronoiMeshMedium"], ["massFraction"], ["0", "1"]),
        *itertools.product(["VoronoiMeshMedium"], ["maxTemperature"], ["0", "1000000 K"]),
        *itertools.product(["FrameInstrument"], ["inclination"], ["0 deg", "180 deg", "1 rad"]),
        *itertools.product(["FrameInstrument"], ["azimuth", "roll"], ["-360 deg", "360 deg"]),
        *itertools.product(["MonteCarloSimulation"], ["numPackets"], ["1", "1e19"]),
        *itertools.product(["VoronoiMeshMedium"], ["importVelocity"], ["no", "F", "0"]),
    ],
)
def test_values_on_skirts_bounds_are_accepted(text, tmp_path, tag, name, value):
    root, path = ElementTree.fromstring(text), tmp_path / "galaxy.ski"
    root.find(f".//{tag}").set(name, value)
    path.write_bytes(ElementTree.tostring(root))
    read_ski(path)

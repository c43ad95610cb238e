"""The house: what may import what, and one public name for one thing."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "workflow" / "umbra"
FOUNDATIONS = (
    "errors faults programs constants units seeds environment files hdf5 source_code"
    " code_fingerprint compiled tables stage fork_server performance channels"
).split()
# A folder imports what stands above it, and the foundations (docs/architecture.md).
FOLDERS = (
    "config physics skirt_engine simulation universe observation photometry hi dataset predictions"
    " networks evaluation classical observed population figures checks"
).split()
_OF_THE_ENGINE = "skirt_engine errors faults constants files code_fingerprint compiled".split()
# Names of methods that a module has for itself.
OWN = {"logger", "main"}


def modules():
    """Return the syntax tree of each module, by its dotted name in the package."""
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): ast.parse(path.read_text())
        for path in sorted(PACKAGE.rglob("*.py"))
    }


MODULES = modules()


def imports(tree):
    """Yield the dotted names that a module imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            # `from umbra... import`, which umbra.source_code follows
            assert not any(name.split(".")[0] == "umbra" for name in names), names
            yield from names
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rank(name):
    """Return how far down the house a module of the package is."""
    room = name.split(".")[0]
    return 0 if room in (*FOUNDATIONS, "__init__") else 1 + FOLDERS.index(room)


def test_every_folder_has_its_place():
    rooms = {name.split(".")[0] for name in MODULES} - {"__init__"}
    assert rooms == {*FOUNDATIONS, *FOLDERS}


@pytest.mark.parametrize("name", MODULES)
def test_a_folder_imports_only_what_stands_above_it(name):
    for imported in imports(MODULES[name]):
        if imported.startswith("umbra."):
            other = imported.removeprefix("umbra.")
            assert rank(other) <= rank(name), f"{name} imports {other}"


def test_the_engine_knows_nothing_of_the_rest():
    for name in filter(lambda name: name.startswith("skirt_engine"), MODULES):
        for imported in imports(MODULES[name]):
            if imported.startswith("umbra."):
                room = imported.split(".")[1]
                assert room in _OF_THE_ENGINE, imported


@pytest.mark.parametrize(
    ("library", "room"),
    [
        ("keras", "networks"),
        ("tensorflow", "networks"),
        ("jax", "networks"),
        ("matplotlib", "figures"),
        ("martini", "hi"),
        ("csv", "nowhere"),
        ("snakemake", "nowhere"),
    ],
)
def test_a_library_has_one_room(library, room):
    users = {
        name
        for name, tree in MODULES.items()
        if any(imported.split(".")[0] == library for imported in imports(tree))
    }
    assert {name for name in users if name.split(".")[0] != room} == set()
    assert users or room == "nowhere"


def public(tree):
    """Yield the public names that a module defines."""
    for node in tree.body:
        targets = []
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            targets = [ast.Name(node.name)]
        elif isinstance(node, ast.Assign):
            targets = [part for target in node.targets for part in ast.walk(target)]
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and not target.id.startswith("_"):
                yield target.id


@pytest.mark.parametrize("of_engine", [True, False])
def test_no_two_public_things_share_a_name(of_engine):
    homes = defaultdict(set)
    for name, tree in MODULES.items():
        if name.startswith("skirt_engine") is of_engine:
            for thing in public(tree):
                homes[thing].add(name)
    shared = {thing: sorted(found) for thing, found in homes.items() if len(found) > 1}
    assert {thing: found for thing, found in shared.items() if thing not in OWN} == {}


def given_names(tree):
    """Yield the names of functions, classes, arguments, fields and variables of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


@pytest.mark.parametrize("name", MODULES)
def test_a_thing_has_one_name(name):
    """A realisation is no view, a generator of random numbers is ``rng``, dark matter ``dm``."""
    names = [name.split(".")[-1], *given_names(MODULES[name])]
    words = re.findall(
        r"(?<!field_of)_view_|_views_|_random_|_dark_(?!matter)",
        "_ _".join(["", *names, ""]).lower(),
    )
    assert words == []


def test_folders_of_the_tests_mirror_the_package():
    tests = Path(__file__).parent
    tested = {path.parent.relative_to(tests) for path in tests.rglob("test_*.py")}
    folders = {Path(*name.split(".")[:-1]) for name in MODULES if not name.endswith("__init__")}
    assert tested == folders


def test_documentation_lists_the_folders_in_their_order():
    text = (PACKAGE.parents[1] / "docs" / "architecture.md").read_text()
    listed = re.findall(r"^      (\w+)/ ", text, re.M)
    assert listed == FOLDERS
    foundations = re.search(r"^      (errors [\w ]+)$", text, re.M)[1].split()
    assert foundations == FOUNDATIONS


def test_one_module_opens_hdf5():
    """The others would ask for locks, and take a fault of the disk for damage."""
    users = {name for name in MODULES if "h5py.File(" in ast.unparse(MODULES[name])}
    assert users == {"hdf5"}
    hiding = re.compile(r"\b(file|attrs)\.get\(")
    assert {name for name in MODULES if hiding.search(ast.unparse(MODULES[name]))} == set()

"""Rules, scripts and the package fit together: seen without running anything."""

import ast
import functools
import json
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

import rule_files
from umbra.code_fingerprint import reached_definitions

REPOSITORY = Path(__file__).resolve().parents[2]
WORKFLOW = REPOSITORY / "workflow"
SCRIPTS = {path.name: path for path in sorted((WORKFLOW / "scripts").glob("*.py"))}
RULES = {rule: rule_files.sections(rule) for rule in rule_files.bodies()}
RULE_OF = {f"{rule_files.script(rule)}.py": rule for rule in RULES}
ORDER = (
    "input output log benchmark wildcard_constraints retries localrule priority group threads"
    " resources params message script"
).split()
# What `snakemake --lint` may say. Every rule runs in the locked environment of `make setup`.
ACCEPTED_LINTS = ["Specify a conda environment or container for each rule."]


def called(script):
    """Return the definition of the function that a script runs, and the call."""
    tree = ast.parse(SCRIPTS[script].read_text())
    (call,) = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("run", "run_galaxy")
    ]
    name = call.args[0].id
    local = [node for node in tree.body if getattr(node, "name", None) == name]
    if local:
        return local[0], call
    (imported,) = [
        (node.module, alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if (alias.asname or alias.name) == name
    ]
    module = WORKFLOW / (imported[0].replace(".", "/") + ".py")
    (definition,) = [
        node
        for node in ast.parse(module.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name == imported[1]
    ]
    return definition, call


def test_every_script_belongs_to_one_rule_and_every_rule_has_one():
    assert len(RULE_OF) == len(RULES)  # no script twice
    assert sorted(RULE_OF) == sorted(SCRIPTS)


@pytest.mark.parametrize("rule", RULES)
def test_keywords_of_rules_stand_in_one_order(rule):
    """As CONTRIBUTING.md has it."""
    body = rule_files.bodies()[rule]
    indent = re.match(r" +", body)[0]
    keywords = re.findall(rf"^{indent}(\w+):", body, re.M)
    assert keywords == sorted(keywords, key=ORDER.index)


def test_no_script_hides_a_module():
    """Snakemake puts the folder of the scripts before all others in which modules are sought."""
    sought = {*sys.stdlib_module_names, *packages_distributions(), "coverage"}  # numba tries it
    assert sought.isdisjoint(Path(script).stem for script in SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS)
def test_script_asks_for_what_its_rule_gives(script):
    sections = RULES[RULE_OF[script]]
    text = SCRIPTS[script].read_text()
    asked = re.findall(r"snakemake\.(input|output|params)\.(\w+)", text)
    for section, name in asked:
        assert name in sections[section][1], f"{section}.{name}"
    assert sections.keys() >= {"log", "message", "script"}
    assert "benchmark" in sections or RULE_OF[script] == "performance"
    used = {name for section, name in asked if section == "params"}
    assert used == sections.get("params", ("", set()))[1], "a parameter that nothing reads"


@pytest.mark.parametrize("script", SCRIPTS)
def test_script_passes_what_the_function_takes(script):
    definition, call = called(script)
    arguments = definition.args
    taken = {argument.arg for argument in arguments.args + arguments.kwonlyargs}
    without_default = {argument.arg for argument in arguments.args}
    without_default |= {
        argument.arg
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is None
    }
    passed = {keyword.arg for keyword in call.keywords}
    assert passed - {None} <= taken
    if None not in passed:  # no **section
        assert without_default <= passed


@functools.cache
def libraries(path):
    """Return the libraries that are imported when a file starts, before a function is called."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        node = node.body[0] if isinstance(node, ast.With) else node
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            places = [WORKFLOW / name.replace(".", "/") for name in names]
            modules = [place.with_suffix(".py") for place in places]
            modules += [place.parent / "__init__.py" for place in places]
            found |= {names[0].split(".")[0]}
            found |= {library for own in modules if own.exists() for library in libraries(own)}
    return found


def test_only_the_scripts_of_networks_import_keras():
    """Its import costs 3 CPU seconds, in every job."""
    expected = {"network", "ensemble_part", "sensitivity", "importance"}
    expected |= {"saved_networks", "observed_predictions"}
    found = {path.stem for path in SCRIPTS.values() if "keras" in libraries(path)}
    assert found == expected


@pytest.fixture(scope="module", params=["universe", "api"])
def parsed(request, tmp_path_factory):
    """Return what there is to say of the rules as Snakemake reads them."""
    folder = tmp_path_factory.mktemp("parsed")
    (folder / "config.json").write_text(json.dumps({"simulation": {"source": request.param}}))
    command = [sys.executable, REPOSITORY / "tests" / "builders" / "parsed_rules.py", "config.json"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert len(found["rules"]) > 40
    return found


def test_snakemake_finds_nothing_else_to_better(parsed):
    assert parsed["lints"] == ACCEPTED_LINTS


def profile(name):
    return yaml.safe_load((WORKFLOW / "profiles" / name / "config.yaml").read_text())


def rules_made_of_others():
    """Return for each such rule the one that it is made of."""
    text = "".join(path.read_text() for path in (WORKFLOW / "rules").glob("*.smk"))
    return {name: of for of, name in re.findall(r"^ *use rule (\w+) as (\w+)", text, re.M)}


def test_jobs_that_compute_networks_share_a_gpu_one_at_a_time():
    backend = ("umbra.networks.backend", "prepare_backend")
    found = {
        RULE_OF[script] for script, path in SCRIPTS.items() if backend in reached_definitions(path)
    }
    found |= {name for name, of in rules_made_of_others().items() if of in found}
    assert "network" in found
    assert profile("gpu")["resources"] == {"gpu": 1}
    assert profile("gpu")["set-resources"] == {name: {"gpu": 1} for name in found}


def test_a_cluster_is_told_of_rules_that_exist():
    given = profile("slurm")
    named = {*given["set-resources"], *given["set-threads"], *given["groups"]}
    assert len(named) > 20
    assert named <= {*RULES, *rules_made_of_others()}


def test_what_snakemake_does_not_compare_changes_no_result(parsed):
    """A model among the parameters is not recorded: a rule would not run again when it changes."""
    wrong = {name: keys for name, keys in parsed["uncompared"].items() if keys != []}
    assert wrong == {}

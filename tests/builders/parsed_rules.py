"""The rules of the workflow as Snakemake reads them, without running anything.

python tests/builders/parsed_rules.py configuration.json

Prints a JSON object. `rules` has their names, `lints` the titles of what `snakemake --lint` says.
`uncompared` has each parameter that Snakemake does not record and so never compares: for a section
of the configuration, its keys that change results; null for anything else.
"""

import contextlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace

REPOSITORY = Path(__file__).resolve().parents[2]
# What Snakemake records of the parameters of a job.
RECORDED = (int, float, str, list, tuple, dict, set, bool, type(None))
WILDCARDS = {
    "architecture": "B",
    "channels": "urz",
    "kind": "bootstrap",
    "name": "NGC2903",
    "part": "0",
    "percent": "50",
}


def _given(parameter, plots):
    """Return the value of a parameter, which may be a function of the wildcards."""
    if not callable(parameter):
        return parameter
    for figure in plots:
        with contextlib.suppress(AttributeError, KeyError):  # a figure of another rule
            return parameter(SimpleNamespace(**WILDCARDS, figure=figure))
    raise RuntimeError("no figure fits a parameter")


def _uncompared(workflow):
    """Return the parameters that are not recorded."""
    from umbra.config.section import CHANGES_NO_RESULT, Section

    found = {}
    for rule in workflow.rules:
        for name, parameter in rule.params.items():
            value = _given(parameter, workflow.globals["PLOTS"])
            if isinstance(value, Section):
                fields = type(value).model_fields
                found[f"{rule.name}.{name}"] = [
                    key
                    for key, field in fields.items()
                    if field.json_schema_extra != CHANGES_NO_RESULT
                ]
            elif not isinstance(value, RECORDED):
                found[f"{rule.name}.{name}"] = None
    return found


def main(configfile):
    """Read the workflow with a configuration and print what there is to say of it."""
    from snakemake.api import SnakemakeApi
    from snakemake.linting.rules import RuleLinter
    from snakemake.linting.snakefiles import SnakefileLinter
    from snakemake.settings.types import ConfigSettings, ResourceSettings

    with SnakemakeApi() as api:
        workflow_api = api.workflow(
            snakefile=REPOSITORY / "Snakefile",
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(configfiles=[Path(configfile)]),
        )
        workflow_api.lint()
        workflow = workflow_api._workflow_store
        # Snakemake 9.27 cannot write its lints as JSON.
        lints = [
            *SnakefileLinter(workflow, workflow.included).lint(json=True)[0],
            *RuleLinter(workflow, workflow.rules).lint(json=True)[0],
        ]
        found = {
            "rules": [rule.name for rule in workflow.rules],
            "lints": sorted({lint["title"] for item in lints for lint in item["lints"]}),
            "uncompared": _uncompared(workflow),
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])

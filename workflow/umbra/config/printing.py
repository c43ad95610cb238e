"""Print ``config/config.yaml`` and ``config/schema.json`` from the models.

The first shows every key with its meaning, range and default. The second is a JSON schema, for
editors and other programs that check a configuration file.
"""

import argparse
import json
from decimal import Decimal
from typing import Any

import yaml
from pydantic.json_schema import GenerateJsonSchema

from umbra.config.model import Config
from umbra.config.section import Section

HEADER = """\
# The embedded default: a laptop, a small synthetic universe, the whole chain.
# `python -m umbra.config.printing` prints this file. Put what differs for you into a file of your
# own and name it with `snakemake --configfile` (config/README.md).

"""
SIGNS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}


def reference(values: Section, indent: str = "") -> str:
    """Return a section of the configuration as YAML in which every key is explained."""
    lines = []
    for name, field in type(values).model_fields.items():
        value = getattr(values, name)
        if isinstance(value, Section):
            lines += ["", f"{indent}# {type(value).__doc__}", f"{indent}{name}:"]
            lines.append(reference(value, indent + "  "))
            continue
        lines.append(f"{indent}# {field.description}{_range(field)}")
        plain = values.model_dump(mode="json")[name]
        if isinstance(value, dict) and not _is_short(value):
            lines.append(f"{indent}{name}:")
            if _holds_sections(value):
                lines += _keys_of(next(iter(value.values())), indent + "  ")
            lines += [f"{indent}  {key}: {_flow(item)}" for key, item in plain.items()]
        else:
            lines.append(f"{indent}{name}: {_flow(plain)}")
    return "\n".join(lines)


class _WithoutTitles(GenerateJsonSchema):
    """The schema without a title for each key, which would repeat the key."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema() -> dict[str, Any]:
    """Return the JSON schema of a configuration file."""
    found = Config.model_json_schema(schema_generator=_WithoutTitles)
    for section in found["$defs"].values():
        section["type"] = ["object", "null"]  # it may be empty
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        **found,
        "title": "Configuration of umbra",
    }


def schema_text() -> str:
    """Return ``config/schema.json``."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def reference_text() -> str:
    """Return ``config/config.yaml``."""
    return HEADER + reference(Config()) + "\n"


def _is_short(mapping: dict) -> bool:
    return all(isinstance(item, float) for item in mapping.values())


def _holds_sections(mapping: dict) -> bool:
    return all(isinstance(item, Section) for item in mapping.values())


def _keys_of(section: Section, indent: str) -> list[str]:
    return [
        f"{indent}# {name}: {field.description}{_range(field)}"
        for name, field in type(section).model_fields.items()
    ]


class _Dumper(yaml.SafeDumper):
    """Writes large and small numbers with an exponent: 1.0e+10."""

    def represent_float(self, value: float) -> yaml.Node:
        if value == 0 or 1e-3 <= abs(value) < 1e5:
            return super().represent_float(value)
        digits, exponent = f"{Decimal(repr(value)).normalize():e}".split("e")
        # Without a point, YAML would take it for a text.
        digits += "" if "." in digits else ".0"
        return self.represent_scalar("tag:yaml.org,2002:float", f"{digits}e{exponent}")


_Dumper.add_representer(float, _Dumper.represent_float)


def _flow(value) -> str:
    text = yaml.dump(value, Dumper=_Dumper, default_flow_style=True, sort_keys=False, width=1000)
    return text.removesuffix("...\n").strip()


def _range(field) -> str:
    bounds = [
        f"{sign} {getattr(item, key):g}"
        for item in field.metadata
        for key, sign in SIGNS.items()
        if getattr(item, key, None) is not None
    ]
    return f" ({', '.join(bounds)})" if bounds else ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Print config/config.yaml.")
    parser.add_argument("--schema", action="store_true", help="print config/schema.json instead")
    print(schema_text() if parser.parse_args().schema else reference_text(), end="")

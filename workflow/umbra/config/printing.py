"""Print ``config/config.yaml``: every key with its meaning, range and default, from the models."""

from decimal import Decimal

import yaml

from umbra.config.model import Config
from umbra.config.section import Section

HEADER = """\
# The embedded default: a laptop, a small synthetic universe, the whole chain.
# Printed by `python -m umbra.config.printing`. Put what differs for you into a file of your own
# and name it with `snakemake --configfile`.

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
    print(HEADER + reference(Config()))

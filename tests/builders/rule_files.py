"""The rules of the workflow as their files have them, without Snakemake."""

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "workflow" / "rules"
_RULE = re.compile(
    r"^ *(?:rule|checkpoint) (\w+):\n(.*?)(?=^ *(?:use rule|rule|checkpoint) \w+|\Z)", re.M | re.S
)
_SECTION = re.compile(r"^( +)(\w+):\n((?:\1 +.*\n|\n)+)", re.M)
_SCRIPT = re.compile(r"/scripts/(\w+)\.py")
_MEMORY = re.compile(r"mem_mb=memory\((\d+)")


@cache
def bodies():
    """Return the text of each rule."""
    texts = [path.read_text() for path in sorted(FOLDER.glob("*.smk"))]
    return {rule: body for text in texts for rule, body in _RULE.findall(text)}


def sections(rule):
    """Return the sections of a rule: of each its text, and the names that are given there."""
    return {
        section: (text, set(re.findall(rf"^{indent}    (\w+)=", text, re.M)))
        for indent, section, text in _SECTION.findall(bodies()[rule])
    }


def script(rule):
    """Return the name of the script that a rule runs."""
    return _SCRIPT.search(bodies()[rule])[1]


def is_local(rule):
    """Return whether a rule runs where Snakemake runs, and not in a submission to a cluster."""
    return "localrule: True" in bodies()[rule]


def memory_mb(rule):
    """Return the memory that a rule asks for, but for what grows with its input, or None."""
    asked = _MEMORY.search(bodies()[rule])
    return int(asked[1]) if asked else None

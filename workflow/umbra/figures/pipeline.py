"""The pipeline: the workflow's own graph of rules, drawn by Graphviz."""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping
from html import escape
from pathlib import Path

from umbra.errors import InputError
from umbra.figures import style
from umbra.figures.graphviz import run_graphviz
from umbra.files import atomic

# Parts of the pipeline: colour, and the files in ``workflow/rules`` whose rules belong to it.
PIPELINE_PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "simulation and truth": (style.YELLOW, ("universe", "api", "sample", "cutouts", "profiles")),
    "photometry": (style.SKY, ("ski", "radiative_transfer", "photometry")),
    "HI": (style.PURPLE, ("hi",)),
    "dataset and networks": (
        style.ORANGE,
        (
            *("dataset", "networks", "ensembles", "uncertainty", "sensitivity", "metrics"),
            "learning_curve",
        ),
    ),
    "classical methods": (style.GREEN, ("tully_fisher", "rotation_curves")),
    "observed galaxies": (style.VERMILLION, ("observed", "observed_networks", "observed_pages")),
    "figures": (
        style.MASKED,
        (
            *("figures", "figures_images", "figures_networks", "figures_classical"),
            *("population", "performance"),
        ),
    ),
}
_OTHER = "other"
_SPELLING = {"hi": "HI", "tully fisher": "Tully-Fisher"}
_FONT = style.RC["font.family"]
_FONT_POINTS = 11
_TIME = re.compile(rb"\(D:\d{14}Z\)")


def rules_by_part(folder: Path) -> dict[str, str]:
    """Return the part of the pipeline that each rule belongs to.

    Parameters
    ----------
    folder : Path
        ``workflow/rules``.

    Returns
    -------
    dict
        Rule -> key of `PIPELINE_PARTS`, or "other" for a rule in a file that none names.
    """
    part_of_file = {file: part for part, (_, files) in PIPELINE_PARTS.items() for file in files}
    rule = re.compile(r"^ *(?:rule|checkpoint|use rule \w+ as) (\w+)", flags=re.MULTILINE)
    return {
        name: part_of_file.get(path.stem, _OTHER)
        for path in sorted(folder.glob("*.smk"))
        for name in rule.findall(path.read_text(encoding="utf-8"))
    }


def rule_graph(*, snakefile: Path, config: Mapping) -> str:
    """Ask Snakemake for the graph of the rules that make the figures.

    Parameters
    ----------
    snakefile : Path
    config : mapping
        What differs from the default configuration.

    Returns
    -------
    str
        The graph in the dot language.

    Raises
    ------
    RuntimeError
        If Snakemake fails.
    """
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".json") as file:
        json.dump(config, file)
        file.flush()
        # The run that draws the figure holds the lock, and has unfinished files.
        command = [sys.executable, "-m", "snakemake", "results/figures", "--rulegraph", "dot"]
        command += ["--snakefile", str(snakefile), "--nolock", "--rerun-incomplete"]
        # This is not the configuration of the run. If the difference counted as a change, the
        # sample would have to be made again, and the graph would end there.
        command += ["--configfile", file.name, "--cores", "1", "--rerun-triggers", "mtime"]
        answer = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if answer.returncode:
        raise RuntimeError(f"Snakemake cannot draw its graph: {answer.stderr.strip()}")
    return answer.stdout


def read_rule_graph(graph: str) -> tuple[list[str], set[tuple[str, str]]]:
    """Read the rules and their dependencies.

    Parameters
    ----------
    graph : str
        As `rule_graph` returns it.

    Returns
    -------
    rules : list of str
    edges : set of (str, str)
        From a rule to one that uses its output.

    Raises
    ------
    InputError
        If the text has no rule.
    """
    found = re.findall(r'^\s*(\w+)\s*\[\s*label\s*=\s*"([^"\\]+)', graph, flags=re.MULTILINE)
    names = {number: label.strip() for number, label in found}
    if not names:
        raise InputError("The graph of the pipeline has no rule: pass `snakemake --rulegraph dot`.")
    arrows = re.findall(r"^\s*(\w+)\s*->\s*(\w+)", graph, flags=re.MULTILINE)
    edges = {(names[start], names[end]) for start, end in arrows}
    return list(dict.fromkeys(names.values())), {edge for edge in edges if edge[0] != edge[1]}


def in_words(rule: str) -> str:
    """Return a rule's name as it is printed."""
    known = "|".join(_SPELLING)
    spelt = re.compile(rf"\b({known})\b")
    return spelt.sub(lambda found: _SPELLING[found[0]], rule.replace("_", " "))


def without_implied(edges: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the edges without those that a longer path stands for (transitive reduction).

    Raises
    ------
    InputError
        If Graphviz is not installed.
    """
    lines = "\n".join(f"{start} -> {end};" for start, end in sorted(edges))
    answer = run_graphviz("tred", f"digraph {{\n{lines}\n}}").decode()
    return set(re.findall(r"(\w+) -> (\w+)", answer))


def boxes(
    rules: Collection[str], edges: Collection[tuple[str, str]], parts: Mapping[str, str]
) -> dict[tuple[str, ...], str]:
    """Join rules of figures that share all their neighbours, so that the drawing is narrower.

    Returns
    -------
    dict
        The rules of each box -> its part of the pipeline.
    """
    groups: dict[tuple, list[str]] = {}
    for rule in rules:
        part = parts.get(rule, _OTHER)
        before = frozenset(start for start, end in edges if end == rule)
        after = frozenset(end for start, end in edges if start == rule)
        alone = None if part == "figures" else rule
        groups.setdefault((part, before, after, alone), []).append(rule)
    return {tuple(sorted(group)): part for (part, *_), group in groups.items()}


def pipeline_dot(graph: str, parts: Mapping[str, str]) -> str:
    """Return the drawing in the dot language: one box for each rule, in the colour of its part.

    Parameters
    ----------
    graph : str
        As `rule_graph` returns it.
    parts : mapping
        Rule -> part, as `rules_by_part` returns it.

    Returns
    -------
    str

    Raises
    ------
    InputError
        If the graph has no rule, or Graphviz is not installed.
    """
    rules, edges = read_rule_graph(graph)
    edges = without_implied(edges)
    drawn = boxes(rules, edges, parts)
    box_of = {rule: box[0] for box in drawn for rule in box}
    present = [part for part in (*PIPELINE_PARTS, _OTHER) if part in drawn.values()]
    lines = [
        f'graph [fontname="{_FONT}", fontsize={_FONT_POINTS}, bgcolor=white, pad=0.15,',
        f"  nodesep=0.18, ranksep=0.32, labelloc=t, label=<{_legend(present)}>];",
        f'node [shape=box, style="rounded,filled", fontname="{_FONT}", fontsize={_FONT_POINTS},',
        '  height=0.3, margin="0.1,0.05"];',
        f'edge [color="{style.GREY}", arrowsize=0.7];',
    ]
    for box, part in drawn.items():
        label = r"\n".join(in_words(rule) for rule in box)
        lines.append(f'{box[0]} [label="{label}", fillcolor="{_colour(part)}"];')
    for start, end in sorted({(box_of[start], box_of[end]) for start, end in edges}):
        # Arrows to the figures may take a long way round; the others are to be straight.
        weight = 1 if parts.get(end) == "figures" else 5
        lines.append(f"{start} -> {end} [weight={weight}];")
    return "digraph pipeline {\n" + "\n".join(lines) + "\n}\n"


def _colour(part: str) -> str:
    return PIPELINE_PARTS[part][0] if part in PIPELINE_PARTS else "#FFFFFF"


def _legend(parts: Collection[str]) -> str:
    cells = "".join(
        f'<td bgcolor="{_colour(part)}" border="1" width="22"></td>'
        f'<td align="left">{escape(part)}&nbsp;&nbsp;</td>'
        for part in parts
    )
    return f'<table border="0" cellspacing="4"><tr>{cells}</tr></table>'


def draw_pipeline(*, snakefile: Path, config: Mapping, pdf: Path, png: Path) -> None:
    """Draw the pipeline of a run.

    Parameters
    ----------
    snakefile : Path
        The rules are in ``workflow/rules`` beside it.
    config : mapping
        What differs from the default configuration and shapes the graph.
    pdf, png : Path
        The figure's files.

    Raises
    ------
    InputError
        If Graphviz is not installed.
    RuntimeError
        If Snakemake cannot draw its graph.
    """
    parts = rules_by_part(snakefile.parent / "workflow" / "rules")
    dot = pipeline_dot(rule_graph(snakefile=snakefile, config=config), parts)
    for path, options in ((pdf, ["-Tpdf"]), (png, ["-Tpng", f"-Gdpi={style.DPI}"])):
        # Without the time of drawing, the same graph gives the same file.
        picture = _TIME.sub(b"(D:19700101000000Z)", run_graphviz("dot", dot, *options))
        with atomic(path) as temporary:
            temporary.write_bytes(picture)

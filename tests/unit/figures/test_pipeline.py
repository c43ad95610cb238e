"""The drawing of the pipeline: every rule in its colour, and Graphviz makes the files."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from umbra.errors import InputError
from umbra.figures import pipeline

RULES = Path(__file__).resolve().parents[3] / "workflow" / "rules"
PARTS = pipeline.rules_by_part(RULES)
GRAPH = """digraph snakemake_dag {
    graph[bgcolor=white, margin=0];
    node[shape=box, style=rounded, fontname=sans,                 fontsize=10, penwidth=2];
    edge[penwidth=2, color=grey];
	0[label = "figures", color = "0.17 0.6 0.85", style="rounded"];
	1[label = "sample", color = "0.50 0.6 0.85", style="rounded"];
	2[label = "hi_cubes", color = "0.00 0.6 0.85", style="rounded"];
	3[label = "photometry", color = "0.33 0.6 0.85", style="rounded,dashed"];
	4[label = "dataset", color = "0.33 0.6 0.85", style="rounded"];
	5[label = "network", color = "0.33 0.6 0.85", style="rounded"];
	6[label = "figure_errors", color = "0.33 0.6 0.85", style="rounded"];
	7[label = "figure_profiles", color = "0.33 0.6 0.85", style="rounded"];
	8[label = "figure_pipeline", color = "0.33 0.6 0.85", style="rounded"];
	1 -> 2
	1 -> 3
	2 -> 4
	3 -> 4
	1 -> 4
	4 -> 5
	5 -> 6
	5 -> 7
	6 -> 0
	7 -> 0
	8 -> 0
	1 -> 0
}
"""


@pytest.fixture(scope="module")
def drawn():
    """The drawing as Graphviz lays it out: objects by name, and edges by their ends."""
    dot = pipeline.pipeline_dot(GRAPH, PARTS)
    plain = subprocess.run(
        ["dot", "-Tplain"], input=dot, capture_output=True, text=True, check=True
    )
    lines = [line.split() for line in plain.stdout.replace("\\\n", "").splitlines()]
    places = {
        words[1]: tuple(float(number) for number in words[2:6])
        for words in lines
        if words[0] == "node"
    }
    return dot, places, {(words[1], words[2]) for words in lines if words[0] == "edge"}


def test_every_rule_is_named_and_figures_are_joined(drawn):
    dot, places, edges = drawn
    labels = re.findall(r'(\w+) \[label="([^"]+)", fillcolor="(#\w+)"\]', dot)
    named = [line for _, label, _ in labels for line in label.split(r"\n")]
    rules = re.findall(r'label = "(\w+)"', GRAPH)
    assert sorted(named) == sorted(pipeline.in_words(rule) for rule in rules)
    assert ("figure_errors", r"figure errors\nfigure profiles") in [one[:2] for one in labels]
    assert set(places) == {name for name, _, _ in labels}
    colours = {name: colour for name, _, colour in labels}
    for rule, part in (
        ("sample", "simulation and truth"),
        ("hi_cubes", "HI"),
        ("photometry", "photometry"),
        ("network", "dataset and networks"),
        ("figures", "figures"),
    ):
        assert colours[rule] == pipeline.PIPELINE_PARTS[part][0]
        assert part in dot.split("</table>")[0], "the legend has the part"
    assert "classical methods" not in dot, "no rule of the graph is of that part"


def test_rules_stand_below_those_whose_files_they_use_and_implied_arrows_are_left_out(drawn):
    _, places, edges = drawn
    assert edges == {
        ("sample", "hi_cubes"),
        ("sample", "photometry"),
        ("hi_cubes", "dataset"),
        ("photometry", "dataset"),
        ("dataset", "network"),
        ("network", "figure_errors"),
        ("figure_errors", "figures"),
        ("figure_pipeline", "figures"),
    }
    for start, end in edges:
        # x, y, width, height: y grows upwards
        assert places[start][1] - places[start][3] / 2 > places[end][1] + places[end][3] / 2


def test_implied_edges():
    edges = {("a", "b"), ("b", "c"), ("a", "c"), ("d", "c"), ("c", "e"), ("a", "e")}
    kept = {("a", "b"), ("b", "c"), ("d", "c"), ("c", "e")}
    assert pipeline.without_implied(edges) == kept


def test_parts_of_rules():
    part = {
        "hi_cubes": "HI",
        "ski": "photometry",
        "radiative_transfer": "photometry",
        "cutout": "simulation and truth",
        "baselines": "dataset and networks",
        "figure_photometry": "figures",
        "mass_model": "classical methods",
        "rings_cubes": "classical methods",
        "halo": "simulation and truth",
        "sample": "simulation and truth",
    }
    assert {rule: PARTS[rule] for rule in part} == part


def test_every_rule_has_a_part():
    assert [rule for rule, part in PARTS.items() if part == "other"] == []


def test_rule_of_an_unknown_file_is_drawn_in_white(tmp_path):
    (tmp_path / "new.smk").write_text("rule sample:\n    input:\n        'a'\n")
    parts = pipeline.rules_by_part(tmp_path)
    assert parts == {"sample": "other"}
    assert 'sample [label="sample", fillcolor="#FFFFFF"]' in pipeline.pipeline_dot(GRAPH, parts)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("hi_cubes", "HI cubes"),
        ("figure_tully_fisher", "figure Tully-Fisher"),
        ("half_radii", "half radii"),
    ],
)
def test_rules_in_words(rule, words):
    assert pipeline.in_words(rule) == words


def test_pipeline_without_rules_is_refused():
    with pytest.raises(InputError, match="rulegraph"):
        pipeline.pipeline_dot("digraph {}", PARTS)


def test_files_are_drawn_and_the_same_every_time(monkeypatch, tmp_path):
    monkeypatch.setattr(pipeline, "rule_graph", lambda **_: GRAPH)
    snakefile = RULES.parents[1] / "Snakefile"
    for name in ("first", "second"):
        files = {kind: tmp_path / f"{name}.{kind}" for kind in ("pdf", "png")}
        pipeline.draw_pipeline(snakefile=snakefile, config={}, **files)
    for kind, beginning in (("pdf", b"%PDF"), ("png", b"\x89PNG")):
        first, second = ((tmp_path / f"{name}.{kind}").read_bytes() for name in ("first", "second"))
        assert first == second and first.startswith(beginning) and len(first) > 5000
    assert b"DejaVu" in (tmp_path / "first.pdf").read_bytes(), "the font of the other figures"


def test_without_graphviz_the_remedy_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match=r"Graphviz, .* not installed: run `apt-get install"):
        pipeline.pipeline_dot(GRAPH, PARTS)


def test_a_configuration_that_snakemake_refuses_is_told(tmp_path):
    snakefile = tmp_path / "Snakefile"
    snakefile.write_text("raise SystemExit('no such option')\n")
    with pytest.raises(RuntimeError, match="Snakemake cannot draw its graph"):
        pipeline.rule_graph(snakefile=snakefile, config={})


def test_the_graph_is_asked_of_snakemake(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Snakefile").write_text(
        "rule figures:\n    input: 'a'\n    output: config['where'] + '/figures'\n"
        "rule first:\n    output: 'a'\n"
    )
    graph = pipeline.rule_graph(snakefile=tmp_path / "Snakefile", config={"where": "results"})
    assert pipeline.read_rule_graph(graph) == (["figures", "first"], {("first", "figures")})


def test_the_graph_goes_on_after_the_sample_though_its_configuration_is_another(
    monkeypatch, tmp_path
):
    """The rules after a checkpoint are known only if it need not run again."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Snakefile").write_text(
        "def later(wildcards):\n"
        "    checkpoints.sample.get()\n"
        "    return 'b'\n"
        "rule figures:\n    input: later\n    output: 'results/figures'\n"
        "rule dataset:\n    output: 'b'\n"
        "checkpoint sample:\n    output: 'a'\n    params: config.get('galaxies', 60)\n"
        "    shell: 'touch a'\n"
    )
    command = [sys.executable, "-m", "snakemake", "a", "--cores", "1", "--config", "galaxies=6"]
    subprocess.run(command, check=True, capture_output=True)
    graph = pipeline.rule_graph(snakefile=tmp_path / "Snakefile", config={})
    assert "dataset" in pipeline.read_rule_graph(graph)[0]

"""The drawing of the pipeline: every rule, in order, without overlaps."""

import re
from itertools import combinations
from pathlib import Path

import pytest

from figure_case import assert_legible, texts
from umbra.errors import InputError
from umbra.figures import layout, pipeline

RULES = Path(__file__).resolve().parents[3] / "workflow" / "rules"
DOT = """digraph snakemake_dag {
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


def test_pipeline_names_every_rule_and_joins_figures():
    figure = pipeline.plot_pipeline(DOT)
    rules = re.findall(r'label = "(\w+)"', DOT)
    named = [line for text in texts(figure) for line in text.split("\n")]
    for rule in rules:
        assert pipeline.in_words(rule) in named
    assert "figure errors\nfigure profiles" in texts(figure)
    assert_legible(figure)


def test_pipeline_boxes_hold_their_names_and_do_not_overlap():
    figure = pipeline.plot_pipeline(DOT)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    patches = [patch for patch in axes.patches if hasattr(patch, "get_boxstyle")]
    frames = [patch.get_window_extent() for patch in patches]
    assert len(frames) == len(axes.texts) == 8
    for frame, text in zip(frames, axes.texts, strict=True):
        inside = text.get_window_extent()
        assert frame.x0 < inside.x0 < inside.x1 < frame.x1
        assert frame.y0 < inside.y0 < inside.y1 < frame.y1
    assert not any(first.overlaps(second) for first, second in combinations(frames, 2))


def test_pipeline_parts():
    part = {
        "hi_cubes": "HI",
        "ski": "photometry",
        "radiative_transfer": "photometry",
        "cutout_shard": "simulation and truth",
        "baseline": "dataset and networks",
        "figure_photometry": "figures and reports",
        "something_else": "other",
    }
    assert {rule: pipeline.part_of(rule) for rule in part} == part


def test_every_rule_has_a_part():
    files = sorted(RULES.glob("*.smk"))
    rules = re.findall(
        r"^ *(?:rule|checkpoint|use rule \w+ as) (\w+)",
        "".join(file.read_text() for file in files),
        re.M,
    )
    assert {"mass_model", "rings_cubes", "halo", "sample"} <= set(rules)
    assert [rule for rule in rules if pipeline.part_of(rule) == "other"] == []


def test_pipeline_without_rules_is_refused():
    with pytest.raises(InputError, match="rulegraph"):
        pipeline.plot_pipeline("digraph {}")


def test_layout_puts_every_node_below_its_inputs_and_drops_implied_edges():
    nodes = list("abcde")
    edges = {("a", "b"), ("b", "c"), ("a", "c"), ("d", "c"), ("c", "e"), ("a", "e")}
    kept = layout.reduced(nodes, edges)
    assert kept == {("a", "b"), ("b", "c"), ("d", "c"), ("c", "e")}
    places, routes = layout.layered(nodes, edges, width=lambda node: 1.0, space=0.5)
    for start, end in edges:
        assert places[start][1] < places[end][1]
        assert [layer for _, layer in routes[start, end]] == list(
            range(places[start][1], places[end][1] + 1)
        )
    assert places["d"][1] == places["c"][1] - 1, "a source stands just above its first use"
    for first, second in combinations(nodes, 2):
        if places[first][1] == places[second][1]:
            assert abs(places[first][0] - places[second][0]) >= 1.5 - 1e-9


def test_layout_untangles_crossed_edges():
    edges = {("a", "y"), ("b", "x")}
    places, _ = layout.layered(list("abxy"), edges, width=lambda node: 1.0, space=0.5)
    assert (places["a"][0] - places["b"][0]) * (places["y"][0] - places["x"][0]) > 0

"""What a user looks at after a run: the gallery, the drawn pipeline and Snakemake's report."""

import json
import re
from itertools import product
from pathlib import Path

from umbra.channels import PAPER_CHANNEL_SETS
from umbra.figures.catalogue import SHOWN_TABLES, configured
from umbra.figures.pipeline import draw_pipeline, read_rule_graph, rule_graph
from workflow_case import REPOSITORY, succeed

# those of config/test.yaml
ARCHITECTURES = ["B", "SymmetricResNet"]
CHANNEL_SETS = {name: PAPER_CHANNEL_SETS[name] for name in ("hi", "urz", "i_v", "urz_hi")}


def test_gallery_shows_every_figure(finished):
    gallery = finished.folder / "results/figures"
    page = (gallery / "index.html").read_text()
    for name in configured(architectures=ARCHITECTURES, channel_sets=CHANNEL_SETS):
        assert (gallery / f"{name}.pdf").stat().st_size > 5000
        assert (gallery / f"{name}.png").stat().st_size > 10000
        assert f"{name}.png" in page
    figures = re.findall(r'<figure id="([^"]+)"', page)
    assert figures[-1] == "observed_NGC2903"
    assert (gallery / "observed_NGC2903.png").stat().st_size > 50_000


def test_the_pipeline_is_drawn_as_it_is_once_all_is_known(finished, tmp_path, monkeypatch):
    """Rules after a checkpoint are missing from a graph that is drawn before it."""
    monkeypatch.chdir(finished.folder)
    asked = {
        "snakefile": REPOSITORY / "Snakefile",
        "config": {"rotation_curve": {"light": "photutils"}},
    }
    rules, edges = read_rule_graph(rule_graph(**asked))
    assert {("rings", "mass_model"), ("light_profile", "mass_model")} <= edges
    assert {"universe", "cutout", "network", "figure_corner"} <= set(rules)
    files = {kind: tmp_path / f"again.{kind}" for kind in ("pdf", "png")}
    draw_pipeline(**asked, **files)
    during = Path("results/plots/fig03_pipeline.pdf")
    assert files["pdf"].read_bytes() == during.read_bytes()


def shown_in(page, name):
    """Return one of the objects that a report of Snakemake has in its page."""
    _, _, rest = page.partition(f'<script id="{name}">')
    found, _ = json.JSONDecoder().raw_decode(rest.partition("=")[2].lstrip())
    return found


def expected_tables():
    """Yield path, entry and title of each table of the report."""
    folders = {
        "sample": ("cuts", "galaxies", "observations"),
        "metrics": ("errors", "differences"),
        "uncertainty": ("methods", "thirds"),
        "sensitivity": ("half_radii",),
        "classical": (
            *("tully_fisher_summary", "line_widths_summary"),
            *("rotation_curve_galaxies", "idealised_curves"),
        ),
    }
    yield "results/rejected.csv", SHOWN_TABLES["rejected"], SHOWN_TABLES["rejected"].title
    for folder, names in folders.items():
        for name in names:
            yield f"results/{folder}/{name}.csv", SHOWN_TABLES[name], SHOWN_TABLES[name].title
    for kind, channels in product(("bootstrap", "gaussian"), ("hi", "urz_hi")):
        path = f"results/ensemble/{kind}/SymmetricResNet/{channels}/members.csv"
        title = f"Members of the ensemble: {kind}, SymmetricResNet, {channels}"
        yield path, SHOWN_TABLES["members"], title


def test_report(finished, tmp_path):
    report = tmp_path / "report.html"
    succeed(finished.snakemake("results/figures", "--report", report))
    page = report.read_text()
    results, categories = shown_in(page, "results"), shown_in(page, "categories")
    places = {
        path: (subject, kind)
        for subject, kinds in categories.items()
        for kind, paths in kinds.items()
        for path in paths
    }
    figures = configured(architectures=ARCHITECTURES, channel_sets=CHANNEL_SETS)
    expected = (
        {
            f"results/plots/{name}.png": (
                (entry.subject, "Figures"),
                {"figure": entry.number, "title": entry.title},
            )
            for name, entry in figures.items()
        }
        | {
            "results/observed/NGC2903/page.png": (
                ("Observed galaxies", "Figures"),
                {"figure": 99, "title": "NGC2903: dark matter of an observed galaxy"},
            )
        }
        | {
            path: ((entry.subject, "Tables"), {"title": title})
            for path, entry, title in expected_tables()
        }
    )
    assert {path: (places[path], results[path]["labels"]) for path in places} == expected
    assert set(results) == set(places)
    assert all(result["caption"].startswith("<p>") for result in results.values())
    # one caption is filled in for each figure of errors
    for name, entry in figures.items():
        assert entry.label in results[f"results/plots/{name}.png"]["caption"]
    title = "Input channels compared: architecture B"
    labels = {"figure": 5, "title": title}
    assert results["results/plots/fig05_channels_b.png"]["labels"] == labels

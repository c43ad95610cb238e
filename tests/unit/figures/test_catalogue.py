"""Which figures there are, and their titles and captions."""

import re
from pathlib import Path

import pytest

from figure_case import GRI
from umbra.channels import PAPER_CHANNEL_SETS
from umbra.figures.catalogue import (
    OBSERVED_CAPTION,
    PROFILE_FIGURE,
    SHOWN_TABLES,
    configured,
    profile_network,
)

CAPTIONS = Path(__file__).resolve().parents[3] / "workflow" / "report"
ARCHITECTURES = ["A", "B", "C", "ResNet50", "SymmetricResNet"]
ALL = {"architectures": ARCHITECTURES, "channel_sets": PAPER_CHANNEL_SETS}
WITH_GRI = {**PAPER_CHANNEL_SETS, "gri": GRI.channels}


def test_catalogue_covers_the_paper_and_its_captions_exist():
    figures = configured(**ALL)
    assert [entry.number for entry in figures.values()] == list(range(1, 26))
    for name, entry in figures.items():
        assert name.startswith(f"fig{entry.number:02d}_")
    for entry in (*figures.values(), *SHOWN_TABLES.values()):
        assert entry.title and entry.subject
        assert (CAPTIONS / entry.caption).read_text().strip()


def test_the_gallery_gets_every_table():
    rule = (CAPTIONS.parent / "rules" / "figures.smk").read_text()
    shown = set(SHOWN_TABLES) - {"members"}  # in the report alone
    assert shown <= set(re.findall(r"^        (\w+)=", rule, flags=re.MULTILINE))


def test_every_caption_is_used():
    used = {entry.caption for entry in (*configured(**ALL).values(), *SHOWN_TABLES.values())}
    used |= {"workflow.rst", OBSERVED_CAPTION}
    assert {path.name for path in CAPTIONS.glob("*.rst")} == used


def test_the_figures_of_the_paper_keep_their_names():
    names = [name for name, entry in configured(**ALL).items() if entry.kind == "errors"]
    assert names == [
        "fig04_architectures_urz_hi",
        "fig05_channels_b",
        "fig10_channels_a",
        "fig11_channels_c",
        "fig12_channels_resnet50",
        "fig13_architectures_v",
        "fig14_architectures_hi",
        "fig15_architectures_i",
        "fig16_architectures_urz",
        "fig17_architectures_i_v",
        "fig18_architectures_urz_hi",
        "fig25_channels_symmetricresnet",
    ]


def test_catalogue_leaves_out_what_is_not_trained():
    sets = {"urz_hi": PAPER_CHANNEL_SETS["urz_hi"]}
    few = configured(architectures=["A"], channel_sets=sets)
    numbers = [1, 2, 3, 4, 6, 7, 8, 9, 10, 18, 19, 20, 21, 22, 23, 24]
    assert [entry.number for entry in few.values()] == numbers
    assert PROFILE_FIGURE in few


@pytest.mark.parametrize("paper_sets", [PAPER_CHANNEL_SETS, {"i": ("i",)}])
def test_a_further_channel_set_comes_last_and_moves_no_other(paper_sets):
    before = configured(architectures=ARCHITECTURES, channel_sets=paper_sets)
    sets = {"gri": GRI.channels, **paper_sets, "uz_v": ("u", "z", "HI1")}
    after = configured(architectures=ARCHITECTURES, channel_sets=sets)
    new = {name: entry for name, entry in after.items() if name not in before}
    assert list(new) == ["fig26_architectures_gri", "fig27_architectures_uz_v"]
    assert {name: after[name] for name in before} == before
    assert list(after)[-2:] == list(new)
    first, second = new.values()
    assert first.title == "Architectures compared: SDSS g, r, i"
    assert first.label == "SDSS g, r, i"
    assert first.fixed == {"channels": "gri"}
    assert second.title == "Architectures compared: SDSS u, z + HI velocity"


def test_a_set_of_the_paper_with_other_channels_is_named_by_its_channels():
    figures = configured(architectures=["A"], channel_sets={"urz": ("u", "g")})
    assert figures["fig16_architectures_urz"].title == "Architectures compared: SDSS u, g"


@pytest.mark.parametrize(
    ("architectures", "channel_sets", "chosen"),
    [
        (["A", "B"], ["i", "urz_hi"], ("B", "urz_hi")),
        (["ResNet50"], ["i"], ("ResNet50", "i")),
        (["C", "A"], ["gri", "ri"], ("C", "gri")),
        (["A"], ["gri", "v"], ("A", "v")),
        (["Mine", "Other"], ["i"], ("Mine", "i")),
    ],
)
def test_network_of_the_profile_figure(architectures, channel_sets, chosen):
    found = profile_network(architectures=architectures, channel_sets=channel_sets)
    assert found == chosen

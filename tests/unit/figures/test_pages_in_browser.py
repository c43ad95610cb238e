"""The HTML pages in a real browser: the gallery, and the pages of a user's galaxies."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from observed_page_case import write_belonging, write_observed_folder
from umbra.channels import HI_MAPS, PAPER_CHANNEL_SETS
from umbra.figures import gallery, style
from umbra.figures.catalogue import SHOWN_TABLES, configured
from umbra.figures.observed_index import write_observed_index
from umbra.figures.observed_page import draw_observed_page

CAPTIONS = Path(__file__).resolve().parents[3] / "workflow" / "report"
WIDTHS = (400, 1300)


@pytest.fixture(scope="module")
def observed(tmp_path_factory):
    """Return the folder of three observed galaxies, one of which could not be used."""
    folder = tmp_path_factory.mktemp("observed")
    names = ["NGC 2903", "M51#outer_disc_of_a_very_long_name_without_a_break_anywhere", "void"]
    belonging = write_belonging(folder / "belonging.csv", *names)
    options = [{}, {"channels": HI_MAPS, "extrapolation": True}, {"without": ["maps"]}]
    folders = [folder / name for name in names]
    for own, option in zip(folders, options, strict=True):
        write_observed_folder(own, **option)
        files = {"pdf": own / "page.pdf", "png": own / "page.png"}
        draw_observed_page(folder=own, belonging=belonging, **files)
    index = folder / "index.html"
    write_observed_index(folders=folders, belonging=belonging, index=index)
    return folder


@pytest.fixture(scope="module")
def figures(tmp_path_factory, observed):
    """Return the folder of a gallery with all figures, a wide table and an observed galaxy."""
    folder = tmp_path_factory.mktemp("gallery")
    files = {"pdf": folder / "a.pdf", "png": folder / "a.png"}
    style.save(Figure(figsize=(11, 4)), **files)
    table = folder / "errors.csv"
    table.write_text(",".join(f"a_long_column_{n}" for n in range(30)) + "\n")
    entries = configured(
        architectures=["A", "B", "C", "ResNet50", "SymmetricResNet"],
        channel_sets=PAPER_CHANNEL_SETS,
    )
    shown = [
        gallery.ShownFigure(name, entry, files["png"], files["pdf"])
        for name, entry in entries.items()
    ]
    shown.append(gallery.shown_page(observed / "NGC 2903" / "page.png"))
    gallery.write_gallery(
        figures=shown,
        tables=[(SHOWN_TABLES["errors"], table)],
        captions=CAPTIONS,
        config={"simulation": {"path": "/a/path" * 50}},
        output=folder / "figures",
    )
    return folder / "figures", len(shown)


def assert_sound(browser, page, *, images):
    for width in WIDTHS:
        seen = browser.open(page, width)
        assert (seen.images, seen.broken, seen.errors) == (images, [], []), width
        assert (seen.overflow, seen.wide) == (0, []), width


def test_the_gallery(browser, figures):
    folder, count = figures
    assert_sound(browser, folder / "index.html", images=count)


def test_the_pages_of_observed_galaxies(browser, observed):
    assert_sound(browser, observed / "index.html", images=0)
    pages = sorted(observed.glob("*/page.html"))
    assert len(pages) == 3
    for page in pages:
        assert_sound(browser, page, images=1)


def test_the_browser_sees_what_is_wrong(browser, tmp_path):
    page = tmp_path / "bad.html"
    body = '<img src="no.png"><div style="width:900px">x</div><script>throw 1</script>'
    page.write_text(f"<!DOCTYPE html><html><body>{body}</body></html>")
    seen = browser.open(page, 400)
    assert seen.broken == [(tmp_path / "no.png").as_uri()]
    assert seen.overflow > 0 and seen.wide and len(seen.errors) == 2

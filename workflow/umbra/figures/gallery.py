"""The gallery: one folder with all figures, and a page that shows them with their captions."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from types import SimpleNamespace
from urllib.parse import quote

from umbra.figures.catalogue import Entry, FigureEntry, observed_entry
from umbra.figures.html import html_page, html_table
from umbra.files import scratch
from umbra.tables import read_table

_TITLE = "Dark-matter profiles of simulated galaxies"
_BODY = Template("""<nav aria-label="Figures"><ol>
$contents
</ol></nav>
$figures
$tables
<details><summary>Configuration of this run</summary><pre>$configuration</pre></details>""")

_FIGURE = Template("""<figure id="$name">
<h2>$heading</h2>
<a href="$pdf"><img src="$png" alt="$heading" loading="lazy"></a>
<figcaption>$caption
<p><a href="$pdf">PDF</a> &middot; <a href="$png">PNG</a></p></figcaption>
</figure>""")


@dataclass(frozen=True)
class ShownFigure:
    """A figure of the gallery.

    Parameters
    ----------
    name : str
        That of its files in the gallery, without their ends.
    entry : FigureEntry
        Its title and caption.
    png, pdf : Path
        Its files.
    """

    name: str
    entry: FigureEntry
    png: Path
    pdf: Path


def shown_page(png: Path) -> ShownFigure:
    """Return the page of one of the user's galaxies as a figure; its folder has its name."""
    name = png.parent.name
    return ShownFigure(f"observed_{name}", observed_entry(name), png, png.with_suffix(".pdf"))


def caption_html(
    template: str, *, fixed: Mapping[str, str] | None = None, label: str | None = None
) -> str:
    """Return a caption as a fragment of HTML, as Snakemake's report shows it.

    Parameters
    ----------
    template : str
        reStructuredText, and a template of Jinja2.
    fixed : mapping, optional
    label : str, optional
        Those of a `FigureEntry`. The template calls them ``snakemake.params.fixed`` and
        ``snakemake.params.label``, for the report takes them from the parameters of the rule.

    Returns
    -------
    str

    Raises
    ------
    jinja2.UndefinedError
        If the template uses a parameter that is not given.
    docutils.utils.SystemMessage
        If the caption is not valid.
    """
    from docutils.core import publish_parts  # only the gallery needs both
    from jinja2 import Environment, StrictUndefined

    # The report has these options too.
    jinja = Environment(trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    given = {"fixed": fixed, "label": label}
    params = {name: value for name, value in given.items() if value is not None}
    known = SimpleNamespace(params=SimpleNamespace(**params))
    caption = jinja.from_string(template).render(snakemake=known)
    strict = {"halt_level": 2, "report_level": 2, "raw_enabled": False, "warning_stream": False}
    return publish_parts(caption, writer="html5", settings_overrides=strict)["body"].strip()


def table_html(path: Path) -> str:
    """Return a CSV file as an HTML table, and its number of rows as a sentence above.

    Parameters
    ----------
    path : Path
        CSV file with a header.

    Returns
    -------
    str
    """
    header = path.read_text(encoding="utf-8-sig").partition("\n")[0]
    table = read_table(path, dict.fromkeys(header.strip().split(","), str))
    count = {0: "no rows", 1: "1 row"}.get(len(table), f"{len(table)} rows")
    return f"<p>{count}</p>{html_table(table)}"


def _page(
    figures: Sequence[ShownFigure],
    tables: Sequence[tuple[Entry, Path]],
    captions: Path,
    config: Mapping,
) -> str:
    import yaml  # only the gallery needs it

    blocks, contents = [], []
    for shown in figures:
        name, heading = escape(shown.name), escape(shown.entry.title)
        caption = (captions / shown.entry.caption).read_text(encoding="utf-8")
        contents.append(f'<li><a href="#{name}">{heading}</a></li>')
        blocks.append(
            _FIGURE.substitute(
                name=name,
                heading=heading,
                pdf=f"{quote(shown.name)}.pdf",
                png=f"{quote(shown.name)}.png",
                caption=caption_html(caption, fixed=shown.entry.fixed, label=shown.entry.label),
            )
        )
    details = [
        f"<details><summary>{escape(entry.title)}</summary>"
        f"{caption_html((captions / entry.caption).read_text(encoding='utf-8'))}"
        f"{table_html(path)}</details>"
        for entry, path in tables
    ]
    body = _BODY.substitute(
        contents="\n".join(contents),
        figures="\n".join(blocks),
        tables="\n".join(details),
        configuration=escape(yaml.safe_dump(dict(config), sort_keys=False)),
    )
    return html_page(_TITLE, body)


def write_gallery(
    *,
    figures: Sequence[ShownFigure],
    tables: Sequence[tuple[Entry, Path]],
    captions: Path,
    config: Mapping,
    output: Path,
) -> None:
    """Copy the figures into one folder and write the page that shows them.

    Parameters
    ----------
    figures : sequence of ShownFigure
        In order.
    tables : sequence of (Entry, Path)
        Title and caption, and CSV file, of tables to show below the figures.
    captions : Path
        Folder of the captions, ``workflow/report``.
    config : mapping
        The run's configuration in plain types, to be printed.
    output : Path
        The folder; it appears whole or not at all, and replaces an older one.
    """
    with scratch(output) as temporary:
        for shown in figures:
            shutil.copyfile(shown.png, temporary / f"{shown.name}.png")
            shutil.copyfile(shown.pdf, temporary / f"{shown.name}.pdf")
        page = _page(figures, tables, captions, config)
        (temporary / "index.html").write_text(page, encoding="utf-8")
        shutil.rmtree(output, ignore_errors=True)
        temporary.rename(output)

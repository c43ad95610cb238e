"""The gallery: one folder with all figures, and a page that shows them with their captions."""

import csv
import shutil
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template

_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { font: 1rem/1.55 system-ui, sans-serif; color: #1b1b1b; background: #fafafa; margin: 0; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem; }
nav ol { columns: 20rem; padding-left: 1.4rem; }
figure, details { background: #fff; border: 1px solid #ddd; border-radius: 6px; }
figure { margin: 2rem 0; padding: 1rem; }
figure img { display: block; max-width: 100%; max-height: 90vh; height: auto; margin: 0 auto; }
figcaption { max-width: 50rem; margin: 0.75rem auto 0; }
h2 { font-size: 1.15rem; margin: 0 0 0.75rem; }
a { color: #0072b2; }
details { margin: 1rem 0; padding: 0.6rem 1rem; }
summary { cursor: pointer; font-weight: 600; }
pre, .table { overflow-x: auto; font-size: 0.85rem; }
table { border-collapse: collapse; font-size: 0.85rem; }
th, td { border-bottom: 1px solid #e5e5e5; padding: 0.2rem 0.8rem 0.2rem 0; text-align: left; }
</style>
</head>
<body>
<main>
<h1>$title</h1>
<nav aria-label="Figures"><ol>
$contents
</ol></nav>
$figures
$tables
<details><summary>Configuration of this run</summary><pre>$configuration</pre></details>
</main>
</body>
</html>
""")

_FIGURE = Template("""<figure id="$name">
<h2>$heading</h2>
<a href="$pdf"><img src="$png" alt="$heading" loading="lazy"></a>
<figcaption>$caption
<p><a href="$pdf">PDF</a> &middot; <a href="$png">PNG</a></p></figcaption>
</figure>""")


def caption_html(caption: str) -> str:
    """Return a caption in reStructuredText as a fragment of HTML.

    Parameters
    ----------
    caption : str

    Returns
    -------
    str

    Raises
    ------
    docutils.utils.SystemMessage
        If the caption is not valid.
    """
    from docutils.core import publish_parts  # only the gallery needs it

    strict = {"halt_level": 2, "report_level": 2, "raw_enabled": False, "warning_stream": False}
    return publish_parts(caption, writer="html5", settings_overrides=strict)["body"].strip()


def table_html(path: Path) -> str:
    """Return a CSV file as an HTML table, and its number of rows as a sentence above.

    Parameters
    ----------
    path : pathlib.Path
        CSV file with a header.

    Returns
    -------
    str
    """
    with open(path, newline="") as file:
        header, *rows = list(csv.reader(file)) or [[]]
    count = "no rows" if not rows else "1 row" if len(rows) == 1 else f"{len(rows)} rows"
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f'<p>{count}</p><div class="table"><table><tr>{head}</tr>\n{body}</table></div>'


def _page(
    figures: Sequence[tuple[str, Path, Path, str]],
    config: Mapping,
    tables: Sequence[tuple[str, Path]],
    title: str,
) -> str:
    import yaml  # only the gallery needs it

    blocks, contents = [], []
    for heading, png, pdf, caption in figures:
        contents.append(f'<li><a href="#{escape(png.stem)}">{escape(heading)}</a></li>')
        blocks.append(
            _FIGURE.substitute(
                name=escape(png.stem),
                heading=escape(heading),
                pdf=escape(pdf.name),
                png=escape(png.name),
                caption=caption_html(caption),
            )
        )
    details = [
        f"<details><summary>{escape(heading)}</summary>{table_html(path)}</details>"
        for heading, path in tables
    ]
    return _PAGE.substitute(
        title=escape(title),
        contents="\n".join(contents),
        figures="\n".join(blocks),
        tables="\n".join(details),
        configuration=escape(yaml.safe_dump(dict(config), sort_keys=False)),
    )


def write_gallery(
    *,
    figures: Sequence[tuple[str, Path, Path, str]],
    config: Mapping,
    output: Path,
    title: str = "Dark-matter profiles of simulated galaxies",
    tables: Sequence[tuple[str, Path]] = (),
) -> None:
    """Copy the figures into one folder and write the page that shows them.

    Parameters
    ----------
    figures : sequence of (str, pathlib.Path, pathlib.Path, str)
        Heading, PNG, PDF and caption (reStructuredText) of each figure, in order.
    config : mapping
        The run's configuration in plain types.
    output : pathlib.Path
        The folder; it appears whole or not at all, and replaces an older one.
    title : str
        Title of the page.
    tables : sequence of (str, pathlib.Path)
        Heading and CSV file of tables to show below the figures.
    """
    output = Path(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    temporary = output.with_name(f".{output.name}.part")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir()
        for _, png, pdf, _ in figures:
            shutil.copyfile(png, temporary / png.name)
            shutil.copyfile(pdf, temporary / pdf.name)
        page = _page(figures, config, tables, title)
        (temporary / "index.html").write_text(page, encoding="utf-8")
        shutil.rmtree(output, ignore_errors=True)
        temporary.rename(output)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)

"""The frame and the tables of HTML pages, which need nothing from elsewhere."""

from html import escape
from string import Template

import pandas as pd

_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>$title</title>
<style>
body { font: 1rem/1.55 system-ui, sans-serif; color: #1b1b1b; background: #fafafa; margin: 0; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem; overflow-wrap: break-word; }
nav ol { columns: 20rem; padding-left: 1.4rem; }
figure, details { background: #fff; border: 1px solid #ddd; border-radius: 6px; }
figure { margin: 2rem 0; padding: 1rem; }
figure img { display: block; max-width: 100%; max-height: 90vh; height: auto; margin: 0 auto; }
figure.whole img { max-height: none; }
figcaption { max-width: 50rem; margin: 0.75rem auto 0; }
h2 { font-size: 1.15rem; margin: 0 0 0.75rem; }
a { color: #0072b2; }
details { margin: 1rem 0; padding: 0.6rem 1rem; }
summary { cursor: pointer; font-weight: 600; }
pre, .table { overflow-x: auto; font-size: 0.85rem; }
table { border-collapse: collapse; font-size: 0.85rem; }
th, td { border-bottom: 1px solid #e5e5e5; padding: 0.2rem 0.8rem 0.2rem 0; text-align: left; }
.warning { color: #d55e00; font-weight: 600; }
</style>
</head>
<body>
<main>
<h1>$title</h1>
$body
</main>
</body>
</html>
""")


def html_page(title: str, body: str) -> str:
    """Return a whole page.

    Parameters
    ----------
    title : str
        Plain text.
    body : str
        HTML.
    """
    return _PAGE.substitute(title=escape(title), body=body)


def html_table(table: pd.DataFrame) -> str:
    """Return a table of plain texts, which scrolls for itself where the page is narrow."""
    head = "".join(f"<th>{escape(name)}</th>" for name in table)
    return _table(head, [[escape(cell) for cell in row] for row in table.itertuples(index=False)])


def html_table_of_links(table: pd.DataFrame, links: list[str]) -> str:
    """Return a table of plain texts whose first column has links."""
    head = "".join(f"<th>{escape(name)}</th>" for name in table)
    rows = []
    for (first, *rest), link in zip(table.itertuples(index=False), links, strict=True):
        anchor = f'<a href="{escape(link)}">{escape(first)}</a>'
        rows.append([anchor, *map(escape, rest)])
    return _table(head, rows)


def _table(head: str, rows: list[list[str]]) -> str:
    body = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="table"><table><tr>{head}</tr>\n{body}</table></div>'

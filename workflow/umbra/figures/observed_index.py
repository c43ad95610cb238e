"""The HTML pages of a user's galaxies, and the table that leads to them."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote

import numpy as np
import pandas as pd

from umbra.figures.html import html_page, html_table, html_table_of_links
from umbra.figures.observed_page import number_text
from umbra.figures.observed_results import ObservedResults, read_observed_results
from umbra.files import atomic
from umbra.observed.numbers import DM_WITHIN, METHODS

_PAGE_NAME = "page.html"
_TITLE = "Dark matter of observed galaxies"
_PAGE = Template("""<p><a href="../index.html">All galaxies</a></p>
<p$kind>$verdict</p>
<figure class="whole"><a href="page.pdf"><img src="page.png" alt="$title"></a>
<figcaption><a href="page.pdf">PDF</a> &middot; <a href="page.png">PNG</a></figcaption></figure>
<h2>Numbers</h2>
$numbers
<h2>Is it like the galaxies of the training?</h2>
$checks
<h2>What was assumed, changed or left out</h2>
<ul>
$notes
</ul>""")


def write_observed_index(*, folders: Sequence[Path], belonging: Path, index: Path) -> None:
    """Write a page for each galaxy, and the table of all.

    Parameters
    ----------
    folders : sequence of Path
        ``results/observed/{name}`` of the galaxies, each with its ``page.png`` and ``page.pdf``. It
        gets ``page.html``.
    belonging : Path
        ``belonging.csv``.
    index : Path
        ``index.html``, in the folder that has these.
    """
    found = [read_observed_results(folder, belonging=belonging) for folder in folders]
    for folder, results in zip(folders, found, strict=True):
        with atomic(folder / _PAGE_NAME) as temporary:
            temporary.write_text(_page(results), encoding="utf-8")
    links = [f"{quote(folder.name)}/{_PAGE_NAME}" for folder in folders]
    table = pd.DataFrame([_summary(results) for results in found])
    body = (
        "<p>log10 of the mass of dark matter within 20 kpc [Msun] with its 68 % interval, by each"
        f" method.</p>{html_table_of_links(table, links)}"
    )
    with atomic(index) as temporary:
        temporary.write_text(html_page(_TITLE, body), encoding="utf-8")


def _page(results: ObservedResults) -> str:
    numbers = pd.DataFrame(
        {
            "method": results.numbers["method"],
            "quantity": results.numbers["quantity"],
            "value": [_value(row) for _, row in results.numbers.iterrows()],
            "unit": results.numbers["unit"],
        }
    )
    body = _PAGE.substitute(
        title=escape(results.title),
        kind=' class="warning"' if results.extrapolation else "",
        verdict=escape(results.verdict),
        numbers=html_table(numbers),
        checks=html_table(_checks(results)),
        notes="\n".join(f"<li>{escape(sentence)}</li>" for sentence in results.sentences),
    )
    return html_page(results.title, body)


def _value(row: pd.Series) -> str:
    return number_text(row["median"], row["lower_68"], row["upper_68"])


def _checks(results: ObservedResults) -> pd.DataFrame:
    checks = results.checks
    return pd.DataFrame(
        {
            "channel": checks["channel"],
            "quantity": checks["quantity"],
            "value": [f"{value:.4g}" for value in checks["value"]],
            "training, from": [f"{value:.4g}" for value in checks["least"]],
            "to": [f"{value:.4g}" for value in checks["greatest"]],
            "unit": checks["unit"],
            "within": checks["within"],
        }
    )


def _summary(results: ObservedResults) -> dict[str, str]:
    """Return a row of the table of all galaxies."""
    numbers = results.numbers
    dm = numbers[numbers["quantity"] == DM_WITHIN.format(20)].set_index("method")
    values = {method: _value(dm.loc[method]) if method in dm.index else "" for method in METHODS}
    distance = results.maps.distance_mpc if results.maps else np.nan
    flag = "extrapolation" if results.extrapolation else "like the training"
    return {
        "galaxy": results.name,
        "distance [Mpc]": f"{distance:g}",
        **values,
        "networks' answer": flag if results.profile is not None else "none",
    }

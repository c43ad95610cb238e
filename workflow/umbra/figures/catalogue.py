"""Which figures and tables a run shows: their names, titles and captions, in one place.

The gallery and Snakemake's report both take titles and captions from here. No plotting library is
imported, so that the workflow can read the catalogue while it plans.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from umbra.channels import PAPER_CHANNEL_SETS, ChannelSet, channel_sets_of

PROFILE_FIGURE = "fig19_predicted_profiles"
# The caption of all figures of errors: a template, filled with what is held fixed.
_ERRORS_CAPTION = "errors_curves.rst"

# Numbers of the figures that compare architectures: of the paper's channel sets, and of others.
_FIRST_SET_NUMBER = 13
_FIRST_FURTHER_NUMBER = 26
# Numbers of the figures that compare the input channels of an architecture.
_ARCHITECTURE_NUMBERS = {5: "B", 10: "A", 11: "C", 12: "ResNet50", 25: "SymmetricResNet"}
# The profile figure shows the first of these networks that is trained: the paper's benchmark first.
_PREFERRED_ARCHITECTURES = ("B", "C", "A", "ResNet50", "SymmetricResNet")
_PREFERRED_CHANNEL_SETS = ("urz_hi", "i_v", "hi", "v", "urz", "i")


@dataclass(frozen=True)
class Entry:
    """A figure or table as the gallery and the report show it.

    Parameters
    ----------
    title : str
        Its heading.
    subject : str
        The category of the report that it belongs to.
    caption : str
        File in ``workflow/report``: reStructuredText, and a template of Jinja2.
    """

    title: str
    subject: str
    caption: str


@dataclass(frozen=True)
class FigureEntry(Entry):
    """A figure.

    Parameters
    ----------
    number : int
        The paper's number, or one after the paper's last.
    kind : {"errors", "other"}
        The figures of errors are all drawn by one rule.
    fixed : mapping
        For kind ``errors``: the column of the error table that is held fixed, and its value.
    label : str
        That value in words.
    """

    number: int
    kind: Literal["errors", "other"] = "other"
    fixed: Mapping[str, str] = field(default_factory=dict)
    label: str = ""


_SAMPLE, _PIPELINE, _ERRORS = "Sample", "Pipeline", "Errors"
_UNCERTAINTY, _SENSITIVITY, _CLASSICAL = "Uncertainty", "Sensitivity", "Classical methods"
_OBSERVED = "Observed galaxies"
OBSERVED_CAPTION = "observed_page.rst"
# The pages of the user's galaxies stand after all other figures.
_OBSERVED_NUMBER = 99

# Name (also that of the caption's file) -> title and subject. The first two digits are its number.
_PLAIN_FIGURES = {
    "fig01_photometry": ("SDSS images of example galaxies", _SAMPLE),
    "fig02_hi_moments": ("HI maps of the same galaxies", _SAMPLE),
    "fig03_pipeline": ("The pipeline", _PIPELINE),
    "fig06_bootstrap": ("Intervals of the bootstrap", _UNCERTAINTY),
    "fig07_sensitivity": ("What the network looks at", _SENSITIVITY),
    "fig08_tully_fisher": ("Against the Tully-Fisher relation", _CLASSICAL),
    "fig09_rotation_curves": ("Against rotation curves", _CLASSICAL),
    PROFILE_FIGURE: ("Predicted and true profiles of test galaxies", _ERRORS),
    "fig20_calibration": ("Are the intervals right?", _UNCERTAINTY),
    "fig21_sensitivity_radius": ("How far out the network looks", _SENSITIVITY),
    "fig22_channel_importance": ("Which channels the network needs", _SENSITIVITY),
    "fig23_rotation_curve_errors": (
        "Errors of rotation curves and of the network on the same galaxies",
        _CLASSICAL,
    ),
    "fig24_baryonic_tully_fisher": ("Baryonic mass against line width", _CLASSICAL),
}

SHOWN_TABLES: dict[str, Entry] = {
    name: Entry(title, subject, f"{name}.rst")
    for name, title, subject in (
        ("cuts", "Galaxies that pass each cut", _SAMPLE),
        ("galaxies", "The sample", _SAMPLE),
        ("observations", "Distance and orientation of every realisation", _SAMPLE),
        ("rejected", "Rejected galaxies", _SAMPLE),
        ("errors", "Errors on the test split", _ERRORS),
        ("differences", "Which is better than the baselines", _ERRORS),
        ("members", "Members of the ensemble", _UNCERTAINTY),
        ("methods", "Statements of uncertainty compared", _UNCERTAINTY),
        ("thirds", "Intervals of near and far, face-on and edge-on galaxies", _UNCERTAINTY),
        ("half_radii", "Where half of the sensitivity falls", _SENSITIVITY),
        ("tully_fisher_summary", "Tully-Fisher and network compared", _CLASSICAL),
        ("line_widths_summary", "Line widths and baryonic masses", _CLASSICAL),
        ("rotation_curve_galaxies", "Rotation curves", _CLASSICAL),
        ("idealised_curves", "Idealised rotation curves", _CLASSICAL),
    )
}


def _plain_figures() -> Iterator[tuple[str, FigureEntry]]:
    for name, (title, subject) in _PLAIN_FIGURES.items():
        yield name, FigureEntry(title, subject, f"{name}.rst", number=int(name[3:5]))


def _compare_channel_sets(number: int, architecture: str) -> tuple[str, FigureEntry]:
    return f"fig{number:02d}_channels_{architecture.lower()}", FigureEntry(
        f"Input channels compared: architecture {architecture}",
        _ERRORS,
        _ERRORS_CAPTION,
        number=number,
        kind="errors",
        fixed={"architecture": architecture},
        label=architecture,
    )


def _compare_architectures(number: int, channel_set: ChannelSet) -> tuple[str, FigureEntry]:
    return f"fig{number:02d}_architectures_{channel_set.name}", FigureEntry(
        f"Architectures compared: {channel_set.label}",
        _ERRORS,
        _ERRORS_CAPTION,
        number=number,
        kind="errors",
        fixed={"channels": channel_set.name},
        label=channel_set.label,
    )


def observed_entry(name: str) -> FigureEntry:
    """Return the page of one of the user's galaxies, by its name, as a figure."""
    title = f"{name}: dark matter of an observed galaxy"
    return FigureEntry(title, _OBSERVED, OBSERVED_CAPTION, number=_OBSERVED_NUMBER)


def configured(
    *, architectures: Collection[str], channel_sets: Mapping[str, Sequence[str]]
) -> dict[str, FigureEntry]:
    """Return the figures that a run with these networks can make.

    Parameters
    ----------
    architectures : collection of str
        Architectures that the run trains.
    channel_sets : mapping
        Channel set -> its channels, for each set that the run trains.

    Returns
    -------
    dict
        Name -> entry, by number. The paper's figures keep its numbers, whatever is trained;
        channel sets that the paper does not have follow after the last, in their order.
    """
    sets = {one.name: one for one in channel_sets_of(channel_sets)}
    numbered = dict(enumerate(PAPER_CHANNEL_SETS, start=_FIRST_SET_NUMBER))
    further = [name for name in sets if name not in PAPER_CHANNEL_SETS]
    numbered |= dict(enumerate(further, start=_FIRST_FURTHER_NUMBER))
    entries = dict(_plain_figures())
    entries |= [
        _compare_architectures(number, sets[name])
        for number, name in {4: "urz_hi", **numbered}.items()
        if name in sets
    ]
    entries |= [
        _compare_channel_sets(number, name)
        for number, name in _ARCHITECTURE_NUMBERS.items()
        if name in architectures
    ]
    return dict(sorted(entries.items(), key=lambda item: item[1].number))


def profile_network(
    *, architectures: Collection[str], channel_sets: Collection[str]
) -> tuple[str, str]:
    """Choose the network whose profiles are drawn: B on urz_hi, or the nearest to it.

    Parameters
    ----------
    architectures, channel_sets : collection of str
        Names of what the run trains; not empty.

    Returns
    -------
    tuple of str
        Architecture and channel set.
    """
    return (
        _first(_PREFERRED_ARCHITECTURES, architectures),
        _first(_PREFERRED_CHANNEL_SETS, channel_sets),
    )


def _first(preferred: Sequence[str], names: Collection[str]) -> str:
    """Return the first of `preferred` among the names, or the first name if none is."""
    return next(iter([*(name for name in preferred if name in names), *names]))

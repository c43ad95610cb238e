"""Which figures a run makes: their names, kinds, captions and what each holds fixed.

Imports no plotting library, so that the workflow can read it while it plans.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

# Channel sets in words, in the order of the paper's last figures.
CHANNEL_NAMES = {
    "v": "HI velocity",
    "hi": "HI intensity, velocity, dispersion",
    "i": "SDSS i",
    "urz": "SDSS u, r, z",
    "i_v": "SDSS i + HI velocity",
    "urz_hi": "SDSS u, r, z + HI intensity, velocity, dispersion",
}
PROFILE_FIGURE = "fig19_predicted_profiles"
# What all figures of errors have in common.
ERRORS_CAPTION = "errors_curves.rst"

# Order in which the network of the profile figure is chosen: the paper's benchmark first.
_PREFERRED_ARCHITECTURES = ("B", "C", "A", "ResNet50")
_PREFERRED_CHANNELS = ("urz_hi", "i_v", "hi", "v", "urz", "i")


@dataclass(frozen=True)
class Entry:
    """One figure of the catalogue.

    Parameters
    ----------
    kind : str
        Which ``draw_*`` function makes it.
    title : str
        Heading in the gallery and in the report.
    captions : tuple of str
        Files in ``workflow/report`` whose texts, one after the other, are the caption.
    fixed : mapping
        For kind ``errors``: the column of the error table that is held fixed, and its value.
    """

    kind: Literal[
        "photometry",
        "moments",
        "pipeline",
        "errors",
        "bootstrap",
        "sensitivity",
        "tully_fisher",
        "rotation_curves",
        "profiles",
        "calibration",
        "sensitivity_radius",
        "importance",
        "rotation_curve_errors",
    ]
    title: str
    captions: tuple[str, ...]
    fixed: Mapping[str, str] = field(default_factory=dict)


def _errors(number: int, column: str, value: str) -> tuple[str, Entry]:
    """Return name and entry of a figure of errors that holds `column` fixed at `value`."""
    if column == "architecture":
        name, title = f"channels_{value.lower()}", f"Input channels compared: architecture {value}"
    else:
        name, title = f"architectures_{value}", f"Architectures compared: {CHANNEL_NAMES[value]}"
    name = f"fig{number:02d}_{name}"
    return name, Entry("errors", title, (f"{name}.rst", ERRORS_CAPTION), {column: value})


def _plain(name: str, kind: str, title: str) -> tuple[str, Entry]:
    return name, Entry(kind, title, (f"{name}.rst",))


# Numbered as in the paper, which ends with figure 18.
FIGURES: dict[str, Entry] = dict(
    [
        _plain("fig01_photometry", "photometry", "SDSS images of example galaxies"),
        _plain("fig02_hi_moments", "moments", "HI maps of the same galaxies"),
        _plain("fig03_pipeline", "pipeline", "The pipeline"),
        _errors(4, "channels", "urz_hi"),
        _errors(5, "architecture", "B"),
        _plain("fig06_bootstrap", "bootstrap", "Intervals of the bootstrap for two inputs"),
        _plain("fig07_sensitivity", "sensitivity", "What the network looks at"),
        _plain("fig08_tully_fisher", "tully_fisher", "Against the Tully-Fisher relation"),
        _plain("fig09_rotation_curves", "rotation_curves", "Against rotation curves"),
        _errors(10, "architecture", "A"),
        _errors(11, "architecture", "C"),
        _errors(12, "architecture", "ResNet50"),
        *(_errors(number, "channels", name) for number, name in enumerate(CHANNEL_NAMES, start=13)),
        _plain(PROFILE_FIGURE, "profiles", "Predicted and true profiles of test galaxies"),
        _plain("fig20_calibration", "calibration", "Are the intervals right?"),
        _plain("fig21_sensitivity_radius", "sensitivity_radius", "How far out the network looks"),
        _plain("fig22_channel_importance", "importance", "Which channels the network needs"),
        _plain(
            "fig23_rotation_curve_errors",
            "rotation_curve_errors",
            "Errors of rotation curves and of the network on the same galaxies",
        ),
    ]
)


def configured(
    *, architectures: Collection[str], channel_sets: Collection[str]
) -> dict[str, Entry]:
    """Return the figures that a run with these networks can make.

    Parameters
    ----------
    architectures, channel_sets : collection of str
        What the run trains.

    Returns
    -------
    dict
        The part of `FIGURES` whose fixed architecture or channel set is trained, in order.
    """
    trained = {"architecture": architectures, "channels": channel_sets}
    return {
        name: entry
        for name, entry in FIGURES.items()
        if all(value in trained[column] for column, value in entry.fixed.items())
    }


def profile_network(
    *, architectures: Collection[str], channel_sets: Collection[str]
) -> tuple[str, str]:
    """Choose the network whose profiles are drawn: B on urz_hi, or the nearest to it.

    Parameters
    ----------
    architectures, channel_sets : collection of str
        What the run trains; not empty.

    Returns
    -------
    tuple of str
        Architecture and channel set.
    """
    architecture = next(name for name in _PREFERRED_ARCHITECTURES if name in architectures)
    channels = next(name for name in _PREFERRED_CHANNELS if name in channel_sets)
    return architecture, channels

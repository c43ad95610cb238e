# What the report and the gallery show: figures and tables, with titles and captions from
# umbra.figures.catalogue.

from umbra.channels import PAPER_CHANNEL_SETS
from umbra.figures.catalogue import (
    ERRORS_CAPTION,
    PROFILE_FIGURE,
    SHOWN_TABLES,
    configured,
    profile_network,
)

# The networks that are compared, and the figures that a run with them makes.
TRAINED = {
    "architectures": SETTINGS.networks.architectures,
    "channel_sets": values(SETTINGS.networks)["channel_sets"],
}
PLOTS = configured(**TRAINED)


def figure_labels(name):
    """Return how a figure is listed in the report."""
    return {"figure": PLOTS[name].number, "title": PLOTS[name].title}


def figure_in_report(name):
    """Return the keywords of report() for a figure."""
    return {
        "category": PLOTS[name].subject,
        "subcategory": "Figures",
        "labels": figure_labels(name),
        "caption": f"../report/{PLOTS[name].caption}",
    }


def table_in_report(name, which=""):
    """Return the keywords of report() for a table; `which` tells several of one kind apart."""
    title = SHOWN_TABLES[name].title
    return {
        "category": SHOWN_TABLES[name].subject,
        "subcategory": "Tables",
        "labels": {"title": f"{title}: {which}" if which else title},
        "caption": f"../report/{SHOWN_TABLES[name].caption}",
    }


def channels_by_set(*names):
    """Return the channels of channel sets."""
    return {name: TRAINED["channel_sets"][name] for name in names}

# What the report and the gallery show: figures and tables, with titles and captions from
# umbra.figures.catalogue.

from umbra.figures.catalogue import (
    OBSERVED_CAPTION,
    PROFILE_FIGURE,
    SHOWN_TABLES,
    configured,
    observed_entry,
    profile_network,
)

# The networks that are compared, and the figures that a run with them makes.
TRAINED = {"architectures": SETTINGS.networks.architectures, "channel_sets": CHANNEL_SETS}
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


# One rule draws all figures of errors. They differ in their labels alone.
ERRORS_FIGURES = [name for name, entry in PLOTS.items() if entry.kind == "errors"]
ERRORS_IN_REPORT = figure_in_report(ERRORS_FIGURES[0]) | {
    "labels": lambda wildcards: figure_labels(wildcards.figure)
}


OBSERVED_IN_REPORT = {
    "category": observed_entry("").subject,
    "subcategory": "Figures",
    "labels": lambda wildcards: {
        "figure": observed_entry(wildcards.name).number,
        "title": observed_entry(wildcards.name).title,
    },
    "caption": f"../report/{OBSERVED_CAPTION}",
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

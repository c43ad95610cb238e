"""What the tests of figures share: radii, networks, tables, and what makes a figure legible."""

import csv
from itertools import product

import matplotlib
import numpy as np
from matplotlib.text import Text

from umbra.channels import PAPER_CHANNEL_SETS, ChannelSet
from umbra.figures import style

RADIUS_KPC = np.logspace(0, 2, 20)
PAPER_SETS = [ChannelSet(name, channels) for name, channels in PAPER_CHANNEL_SETS.items()]
# A set that the paper does not have.
GRI = ChannelSet("gri", ("g", "r", "i"))


def network(name, architecture="B"):
    """Keywords of the functions that name one network in their title."""
    return {
        "architecture": architecture,
        "channel_set": ChannelSet(name, PAPER_CHANNEL_SETS[name]),
    }


def write_csv(path, columns, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def assert_legible(figure):
    """Nothing that is drawn, text least of all, leaves the canvas; no legend covers a panel."""
    with matplotlib.rc_context(style.RC):
        figure.draw_without_rendering()
    drawn, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert drawn.x0 > -0.01 and drawn.y0 > -0.01
    assert drawn.x1 < width + 0.01 and drawn.y1 < height + 0.01
    for legend, axes in product(figure.legends, figure.axes):
        assert not axes.axison or not legend.get_window_extent().overlaps(axes.bbox)


def lines_by_label(panel):
    return {line.get_label(): line for line in panel.lines if line.get_label()[0] != "_"}

"""How single channels, and groups of them, are named and drawn."""

from umbra.figures.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    YELLOW,
    LineStyle,
)

INPUT_LINES = {
    "u": LineStyle("SDSS u", BLUE, "o"),
    "g": LineStyle("SDSS g", GREEN, "o"),
    "r": LineStyle("SDSS r", VERMILLION, "o"),
    "i": LineStyle("SDSS i", ORANGE, "o"),
    "z": LineStyle("SDSS z", GREY, "o"),
    "HI0": LineStyle("HI intensity", GREEN, "s"),
    "HI1": LineStyle("HI velocity", PURPLE, "s"),
    "HI2": LineStyle("HI dispersion", SKY, "s"),
    "photometry": LineStyle("all bands", ORANGE, "D", "--"),
    "HI": LineStyle("all HI maps", YELLOW, "D", "--"),
}

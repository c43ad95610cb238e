"""How single channels, and groups of them, are named and drawn."""

from umbra.figures.style import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION, YELLOW, Line

INPUT_LINES = {
    "u": Line("SDSS u", BLUE, "o"),
    "g": Line("SDSS g", GREEN, "o"),
    "r": Line("SDSS r", VERMILLION, "o"),
    "i": Line("SDSS i", ORANGE, "o"),
    "z": Line("SDSS z", GREY, "o"),
    "HI0": Line("HI intensity", GREEN, "s"),
    "HI1": Line("HI velocity", PURPLE, "s"),
    "HI2": Line("HI dispersion", SKY, "s"),
    "photometry": Line("all bands", ORANGE, "D", "--"),
    "HI": Line("all HI maps", YELLOW, "D", "--"),
}

"""The eight channels of an image: their names and units."""

BANDS = ("u", "g", "r", "i", "z")
CHANNELS = (*BANDS, "HI0", "HI1", "HI2")
CHANNEL_SETS: dict[str, tuple[str, ...]] = {
    "v": ("HI1",),
    "hi": ("HI0", "HI1", "HI2"),
    "i": ("i",),
    "urz": ("u", "r", "z"),
    "i_v": ("i", "HI1"),
    "urz_hi": ("u", "r", "z", "HI0", "HI1", "HI2"),
}

"""What a saved network takes, read from its file without the seconds that Keras costs."""

import json
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from umbra.faults import plain_reason, unreadable

_PART = "config.json"


@dataclass(frozen=True)
class SavedInputs:
    """Architecture and inputs of a saved network.

    Attributes
    ----------
    architecture : str
    channels : tuple of str
        Keys of `umbra.channels.CHANNELS`.
    pixels : int
        Along a side of its images.
    distance : {"none", "measured"}
        Whether it takes the measured distance beside the images.
    """

    architecture: str
    channels: tuple[str, ...]
    pixels: int
    distance: str


def read_saved_inputs(path: Path, *, remedy: str) -> SavedInputs:
    """Read what a saved network takes.

    Parameters
    ----------
    path : Path
        A ``.keras`` file: a zip file, in which ``config.json`` lists the layers.
    remedy : str
        What the sentences of the errors advise.

    Raises
    ------
    InputError
        If the file cannot be read, or is no network of umbra.
    """
    try:
        with ZipFile(path) as parts:
            network = json.loads(parts.read(_PART))["config"]
        layers = [layer["config"] for layer in network["layers"]]
        (scaling,) = [layer for layer in layers if "channel_names" in layer]
        shapes = [layer["batch_shape"] for layer in layers if "batch_shape" in layer]
        (images,) = [shape for shape in shapes if len(shape) == 4]
        return SavedInputs(
            architecture=network["name"],
            channels=tuple(scaling["channel_names"]),
            pixels=images[1],
            distance="measured" if len(shapes) > 1 else "none",
        )
    except (OSError, ValueError, TypeError, KeyError, BadZipFile) as error:
        damaged = f"{path}: not a trained network ({plain_reason(error)}); {remedy}."
        raise unreadable(error, path, damaged) from error

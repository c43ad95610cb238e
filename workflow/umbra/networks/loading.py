"""Loading of a trained network for use on the channel set that it was trained on."""

from pathlib import Path

import keras

from umbra.channels import PAPER_CHANNEL_SETS
from umbra.errors import InputError
from umbra.networks import scaling  # noqa: F401  the layers of saved networks


def load_network(path: Path, *, architecture: str, channels: str) -> keras.Model:
    """Load a trained network.

    Parameters
    ----------
    path : path
        ``model.keras``.
    architecture : {"A", "B", "C", "ResNet50"}
        What it has to be.
    channels : str
        A key of `umbra.channels.PAPER_CHANNEL_SETS`: what it has to take.

    Returns
    -------
    keras.Model
        Takes images in physical units.

    Raises
    ------
    InputError
        If it is missing, broken, or of another architecture or channel set.
    """
    again = f"delete it and train {architecture} on {channels} again"
    try:
        model = keras.saving.load_model(path, compile=False)
        found = tuple(model.get_layer("image_scaling").channel_names)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"{path}: not a trained network ({reason}); {again}.") from error
    if found != PAPER_CHANNEL_SETS[channels]:
        raise InputError(
            f"{path}: this network takes {', '.join(found)} and not the channels of {channels} "
            f"({', '.join(PAPER_CHANNEL_SETS[channels])}); {again}."
        )
    if model.name != architecture:
        raise InputError(
            f"{path}: this network is of architecture {model.name} and not {architecture}; {again}."
        )
    return model


def behind_scaling(model: keras.Model) -> keras.Model:
    """Return the part of a network that takes scaled images; it shares the weights."""
    return keras.Model(model.get_layer("image_scaling").output, model.output)

"""Loading of a trained network for use on the channel set that it was trained on."""

from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import keras
import numpy as np

from umbra.channels import ChannelSet
from umbra.config.networks import Architecture, Distance
from umbra.errors import InputError
from umbra.faults import plain_reason, unreadable
from umbra.networks.inference import (
    behind_scaling,
    predict_images,
    scale_in_place,
    takes_distance,
    until_features,
)
from umbra.networks.losses import GaussianProfile
from umbra.networks.scaling import IMAGE_SCALING
from umbra.networks.symmetry import MeanOverSymmetries, RepeatForSymmetries, Symmetries

# Those of the layers of saved networks that nothing else imports.
_LAYERS = {
    keras.saving.get_registered_name(layer): layer
    for layer in (Symmetries, RepeatForSymmetries, MeanOverSymmetries, GaussianProfile)
}


class TrainedNetwork:
    """A trained network in two parts: the scaling of its images, and the layers behind it.

    Parameters
    ----------
    model : keras.Model
        Takes images in physical units.

    Attributes
    ----------
    trunk : keras.Model
        Takes scaled images; it shares the weights of `model`.
    """

    def __init__(self, model: keras.Model):
        self._scaling = model.get_layer(IMAGE_SCALING)
        self.trunk = behind_scaling(model)
        self._model = model

    @cached_property
    def _until_features(self) -> keras.Model:
        return until_features(self._model)

    def scale(self, images: np.ndarray) -> np.ndarray:
        """Scale `images` (n, pixels, pixels, channels) from physical units, in place."""
        return scale_in_place(self._scaling, images)

    def predict_scaled(
        self, images: np.ndarray, distance_mpc: np.ndarray | None = None
    ) -> np.ndarray:
        """Return what the network predicts: profiles (n, radii) [log10 Msun], or Gaussians.

        Parameters
        ----------
        images : ndarray, shape (n, pixels, pixels, channels)
            Scaled by `scale`.
        distance_mpc : ndarray, shape (n,), optional
            Measured distances [Mpc], which a network that does not take them leaves out.
        """
        return predict_images(self.trunk, images, distance_mpc)

    def features_scaled(
        self, images: np.ndarray, distance_mpc: np.ndarray | None = None
    ) -> np.ndarray:
        """Return what the last dense layer takes (n, width), for images as `predict_scaled`."""
        return predict_images(self._until_features, images, distance_mpc)


def load_network(
    path: Path,
    *,
    architecture: Architecture,
    channel_set: ChannelSet,
    distance: Distance,
    remedy: str | None = None,
) -> TrainedNetwork:
    """Load a trained network.

    Parameters
    ----------
    path : Path
        ``model.keras``.
    architecture : str
        The architecture that it must have.
    channel_set : ChannelSet
        The channels that it must take.
    distance : {"none", "measured"}
        Whether it must take the measured distance beside the images.
    remedy : str, optional
        What the sentences of the errors advise, if not to train it again.

    Returns
    -------
    TrainedNetwork

    Raises
    ------
    InputError
        If the file is missing or broken, or the network is of another architecture or takes other
        inputs.
    """
    again = remedy or f"delete it and train {architecture} on {channel_set.name} again"
    try:
        path.read_bytes()  # Keras hides why a file cannot be read
        model = keras.saving.load_model(path, compile=False, custom_objects=_LAYERS)
        found = tuple(model.get_layer(IMAGE_SCALING).channel_names)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, BadZipFile) as error:
        damaged = f"{path}: not a trained network ({plain_reason(error)}); {again}."
        raise unreadable(error, path, damaged) from error
    if found != channel_set.channels:
        raise InputError(
            f"{path}: this network takes {', '.join(found)} and not the channels of "
            f"{channel_set.name} ({', '.join(channel_set.channels)}); {again}."
        )
    if model.name != architecture:
        raise InputError(
            f"{path}: this network is of architecture {model.name} and not {architecture}; {again}."
        )
    if takes_distance(model) != (distance == "measured"):
        inputs = "the measured distance too" if takes_distance(model) else "images alone"
        raise InputError(
            f"{path}: this network takes {inputs}, which is not networks.distance: {distance};"
            f" {again}."
        )
    return TrainedNetwork(model)

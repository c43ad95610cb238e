"""Members of a Gaussian ensemble as saved networks: made from kept weights, and evaluated together.

A saved member takes images in physical units, and needs nothing of the run that trained it.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from umbra.channels import ChannelSet
from umbra.config.networks import Architecture, Distance
from umbra.files import atomic
from umbra.networks.fitting import Trainer
from umbra.networks.loading import TrainedNetwork, load_network


def member_path(folder: Path, member: int) -> Path:
    """Return the file of a saved member in the folder of its channel set."""
    return folder / f"member_{member}.keras"


def save_members(
    trainer: Trainer, weights: Mapping[int, Sequence[np.ndarray]], folder: Path
) -> Iterator[TrainedNetwork]:
    """Save the members of an ensemble; yield a network while it has the weights of each of them.

    Parameters
    ----------
    trainer : Trainer
        Of the ensemble, on the images that it was trained on, which the scaling is measured on.
    weights : mapping
        Member -> its weights, in the order of Keras.
    folder : Path
        Where ``member_{k}.keras`` appear.
    """
    model = trainer.build(seed=0)  # its weights are replaced
    network = TrainedNetwork(model)
    for member, arrays in weights.items():
        model.set_weights(arrays)
        with atomic(member_path(folder, member)) as temporary:
            model.save(temporary)
        yield network


class SavedMembers:
    """The saved members for one channel set.

    Parameters
    ----------
    folder : Path
        Of the channel set, with ``member_{k}.keras``.
    members : sequence of int
        Numbers of the members.
    architecture, channel_set, distance, remedy
        As in `umbra.networks.loading.load_network`.

    Raises
    ------
    InputError
        If a member is missing or broken, or takes other inputs.
    """

    def __init__(
        self,
        folder: Path,
        members: Sequence[int],
        *,
        architecture: Architecture,
        channel_set: ChannelSet,
        distance: Distance,
        remedy: str,
    ):
        self._networks = [
            load_network(
                member_path(folder, member),
                architecture=architecture,
                channel_set=channel_set,
                distance=distance,
                remedy=remedy,
            )
            for member in members
        ]

    def predict(
        self, images: np.ndarray, distance_mpc: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the Gaussians of all members.

        Parameters
        ----------
        images : ndarray, shape (n, pixels, pixels, channels)
            In physical units; NaN where masked.
        distance_mpc : ndarray, shape (n,)
            Measured distances [Mpc], which networks that do not take them leave out.

        Returns
        -------
        mean : ndarray, shape (members, n, radii)
        precision_factor : ndarray, shape (members, n, radii, radii)
            As in `umbra.predictions.ensembles.GaussianEnsemble`.
        """
        output = np.array(
            [one.predict_scaled(one.scale(images.copy()), distance_mpc) for one in self._networks]
        )
        return output[..., 0], output[..., 1:]

    def features(self, images: np.ndarray, distance_mpc: np.ndarray) -> np.ndarray:
        """Return the features (members, n, width) of images as in `predict`."""
        return np.array(
            [one.features_scaled(one.scale(images.copy()), distance_mpc) for one in self._networks]
        )

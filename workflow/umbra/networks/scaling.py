"""Scaling of images and profiles, as layers, so that a saved network takes physical units.

Fluxes (bands and moment 0) are stretched with asinh(x / softening) and standardised; velocities
(moments 1 and 2) are divided by 200 km/s. In the paper's architectures masked pixels count as zero:
no flux, or the systemic velocity. The output of the last dense layer becomes a profile as mean +
spread x output.
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from umbra.channels import CHANNELS

VELOCITY_UNIT_KM_S = 200.0
IMAGE_SCALING = "image_scaling"  # name of the layer in every network
MEASURED_DISTANCE = "measured_distance"  # where the distance enters networks that take it
LAST_DENSE = "profile"  # name of the last dense layer


@keras.saving.register_keras_serializable(package="umbra")
class ImageScaling(keras.layers.Layer):
    """Turn images in physical units into numbers of order one.

    Parameters
    ----------
    softening : sequence of float
        Per channel, the pixel value at which the stretch goes from linear to logarithmic; 0 means
        no stretch.
    mean, spread : sequence of float
        Per channel. The mean is subtracted from the stretched image, which is then divided by the
        spread.
    channel_names : sequence of str
        Names of the channels. They are saved with the network, so that it is not used on others.
    keep_masked : bool
        Leave NaN where pixels are masked, for a network that begins with `MaskPlane`.
    """

    def __init__(
        self,
        *,
        softening: Sequence[float],
        mean: Sequence[float],
        spread: Sequence[float],
        channel_names: Sequence[str],
        keep_masked: bool = False,
        name: str = IMAGE_SCALING,
        **options,
    ):
        super().__init__(name=name, trainable=False, **options)
        self.softening = [float(value) for value in softening]
        self.mean = [float(value) for value in mean]
        self.spread = [float(value) for value in spread]
        self.channel_names = tuple(channel_names)
        self.keep_masked = bool(keep_masked)
        self._runs = _runs([value > 0 for value in self.softening])

    @property
    def channels(self) -> int:
        """Number of channels of the images."""
        return len(self.softening)

    def call(self, images):
        """Scale `images` (n, pixels, pixels, channels); NaN counts as zero or stays."""
        if not self.keep_masked:
            images = ops.where(ops.isnan(images), ops.zeros_like(images), images)
        parts = []
        for start, stop, stretched in self._runs:
            part = images[..., start:stop]
            if stretched:
                part = ops.arcsinh(part / self._constant(self.softening[start:stop]))
            parts.append(part)
        stretched = ops.concatenate(parts, axis=-1) if len(parts) > 1 else parts[0]
        return (stretched - self._constant(self.mean)) / self._constant(self.spread)

    def _constant(self, values):
        return ops.convert_to_tensor(values, dtype=self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """Return the shape of the images, which stays the same."""
        return input_shape

    def get_config(self) -> dict:
        """Return the arguments that make this layer again."""
        own = {"softening": self.softening, "mean": self.mean, "spread": self.spread}
        own |= {"channel_names": list(self.channel_names), "keep_masked": self.keep_masked}
        config = super().get_config() | own
        config.pop("trainable")
        return config


@keras.saving.register_keras_serializable(package="umbra")
class MaskPlane(keras.layers.Layer):
    """Replace masked pixels by zero, and add a channel that is 1 where no channel is masked."""

    def call(self, images):
        """Take scaled `images` (n, pixels, pixels, channels), NaN where masked."""
        masked = ops.isnan(images)
        plane = 1.0 - ops.cast(ops.any(masked, axis=-1, keepdims=True), images.dtype)
        values = ops.where(masked, ops.zeros_like(images), images)
        return ops.concatenate([values, plane], axis=-1)

    def compute_output_shape(self, input_shape):
        """Return the shape of the images with one channel more."""
        return (*input_shape[:-1], input_shape[-1] + 1)


@keras.saving.register_keras_serializable(package="umbra")
class DistanceScaling(keras.layers.Layer):
    """Turn distances [Mpc] into numbers of order one: log10, less its mean, over its spread.

    Parameters
    ----------
    mean, spread : float
        Of log10 of the training distances [Mpc].
    """

    def __init__(self, *, mean: float, spread: float, name: str = "distance_scaling", **options):
        super().__init__(name=name, trainable=False, **options)
        self.mean, self.spread = float(mean), float(spread)

    def call(self, distance_mpc):
        """Scale `distance_mpc` (n, 1)."""
        return (ops.log10(distance_mpc) - self.mean) / self.spread

    def compute_output_shape(self, input_shape):
        """Return the shape of the distances, which stays the same."""
        return input_shape

    def get_config(self) -> dict:
        """Return the arguments that make this layer again."""
        config = super().get_config() | {"mean": self.mean, "spread": self.spread}
        config.pop("trainable")
        return config


@keras.saving.register_keras_serializable(package="umbra")
class ProfileScaling(keras.layers.Layer):
    """Turn the output of the last dense layer into log10 masses.

    Parameters
    ----------
    mean, spread : sequence of float
        Mean and standard deviation [dex] of the training profiles at each radius.
    """

    def __init__(
        self,
        *,
        mean: Sequence[float],
        spread: Sequence[float],
        name: str = "profile_scaling",
        **options,
    ):
        super().__init__(name=name, trainable=False, **options)
        self.mean = [float(value) for value in mean]
        self.spread = [float(value) for value in spread]

    @property
    def units(self) -> int:
        """Width of the dense layer before this one: a number for each radius."""
        return len(self.mean)

    def call(self, standard):
        """Scale `standard` (n, radii) to log10 masses."""
        mean = ops.convert_to_tensor(self.mean, dtype=self.compute_dtype)
        spread = ops.convert_to_tensor(self.spread, dtype=self.compute_dtype)
        return mean + spread * standard

    def compute_output_shape(self, input_shape):
        """Return the shape of the profiles, which stays the same."""
        return input_shape

    def get_config(self) -> dict:
        """Return the arguments that make this layer again."""
        config = super().get_config() | {"mean": self.mean, "spread": self.spread}
        config.pop("trainable")
        return config


def measure_image_scaling(
    *, images: np.ndarray, channels: Sequence[str], keep_masked: bool = False
) -> ImageScaling:
    """Measure the scaling of images.

    Parameters
    ----------
    images : ndarray, shape (n, pixels, pixels, channels)
        Training images in physical units; NaN where masked.
    channels : sequence of str
        Keys of `umbra.channels.CHANNELS`.
    keep_masked : bool
        As in `ImageScaling`.

    Returns
    -------
    ImageScaling
        The softening of a flux is the median of its non-zero absolute values: about the noise of
        the sky in a band, the typical surface density of the detected gas in moment 0.
    """
    softening, mean, spread = [], [], []
    for index, channel in enumerate(channels):
        if CHANNELS[channel].in_km_s:
            soft, centre, width = 0.0, 0.0, VELOCITY_UNIT_KM_S
        else:
            flux = np.nan_to_num(images[..., index], nan=0.0)
            size = np.abs(flux[flux != 0])
            soft = float(np.median(size)) if size.size else 1.0
            stretched = np.arcsinh(flux / np.float32(soft))
            centre, width = stretched.mean(dtype=float), stretched.std(dtype=float)
        softening.append(soft)
        mean.append(centre)
        spread.append(width if width > 0 else 1.0)
    return ImageScaling(
        softening=softening,
        mean=mean,
        spread=spread,
        channel_names=channels,
        keep_masked=keep_masked,
    )


def measure_distance_scaling(distance_mpc: np.ndarray) -> DistanceScaling:
    """Measure the scaling of distances.

    Parameters
    ----------
    distance_mpc : ndarray, shape (n,)
        Measured distances of the training images [Mpc].

    Returns
    -------
    DistanceScaling
    """
    logarithm = np.log10(distance_mpc)
    return DistanceScaling(mean=logarithm.mean(), spread=logarithm.std() or 1.0)


def measure_profile_scaling(log10_mass: np.ndarray) -> ProfileScaling:
    """Measure the mean and the spread of profiles.

    Parameters
    ----------
    log10_mass : ndarray, shape (n, radii)
        log10 masses of the training images; NaN where masked, which is left out.

    Returns
    -------
    ProfileScaling
    """
    spread = np.nanstd(log10_mass, axis=0)
    return ProfileScaling(
        mean=np.nanmean(log10_mass, axis=0), spread=np.where(spread > 0, spread, 1.0)
    )


def _runs(flags: Sequence[bool]) -> list[tuple[int, int, bool]]:
    """Return (start, stop, flag) for each sequence of equal neighbouring flags."""
    starts = [i for i in range(len(flags)) if i == 0 or flags[i] != flags[i - 1]]
    return [
        (start, stop, flags[start])
        for start, stop in zip(starts, [*starts[1:], len(flags)], strict=True)
    ]

"""``observed/predictions.hdf5``: the answers of the networks for all galaxies of a table.

From it come ``profile.csv`` and ``samples.hdf5`` of a galaxy, and ``belonging.csv`` of all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from umbra.errors import Rejected
from umbra.hdf5 import create, open_content
from umbra.observed.belonging import EXTRAPOLATION_PERCENTILE
from umbra.predictions.distributions import conformal_quantiles
from umbra.predictions.profile_tables import RADIUS_FORMAT
from umbra.tables import MAKE_AGAIN, write_table

_FAULT = "does not hold the answers of the networks"
_ATTRIBUTES = {
    "channel_set": str,
    "validation_galaxies": int,
    "percentile": float,
}
_PROFILE_QUANTILES = {
    "log10_mass_dm": 0.5,
    "lower_68": 0.16,
    "upper_68": 0.84,
    "lower_95": 0.025,
    "upper_95": 0.975,
}
PROFILE_COLUMNS: dict[str, type] = {
    "radius_kpc": float,
    **dict.fromkeys(_PROFILE_QUANTILES, float),
    "channel_set": str,
    "percentile": float,
    "extrapolation": str,
    "validation_galaxies": int,
}
BELONGING_COLUMNS: dict[str, type] = {
    "name": str,
    "channel_set": str,
    "extrapolation": str,
    **{"channel": str, "quantity": str, "unit": str},
    **{"value": float, "least": float, "greatest": float},
    "within": str,
}


@dataclass(frozen=True)
class Check:
    """Something measured of a galaxy, beside its range in the training.

    Attributes
    ----------
    channel : str
        Key of `umbra.channels.CHANNELS`, or ``all``.
    quantity, unit : str
    value : float
        NaN if it cannot be measured.
    least, greatest : float
        1st and 99th percentile of the training images.
    """

    channel: str
    quantity: str
    unit: str
    value: float
    least: float
    greatest: float

    @property
    def within(self) -> bool:
        """Whether the value is in the range."""
        return bool(self.least <= self.value <= self.greatest)


@dataclass(frozen=True)
class Answer:
    """What the networks predict for a galaxy, and whether it is like those that they know.

    Attributes
    ----------
    name : str
        The galaxy.
    channel_set : str
        Name of the channel set of the networks.
    radius_kpc : ndarray, shape (radii,)
        Physical radii [kpc].
    samples : ndarray of float32, shape (samples, radii)
        log10 of the enclosed mass of dark matter [Msun].
    validation_galaxies : int
        Number of galaxies that the samples are calibrated on.
    percentile : float
        How unlike the training the galaxy is, as a percentile of galaxies like the training's.
    checks : tuple of Check
    """

    name: str
    channel_set: str
    radius_kpc: np.ndarray
    samples: np.ndarray
    validation_galaxies: int
    percentile: float
    checks: tuple[Check, ...]

    @property
    def extrapolation(self) -> bool:
        """Whether the galaxy is beyond `EXTRAPOLATION_PERCENTILE` of such galaxies."""
        return self.percentile > EXTRAPOLATION_PERCENTILE

    def quantiles(self, *probabilities: float) -> np.ndarray:
        """Return quantiles (probabilities, radii) of the profile [log10 Msun].

        They make allowance for the number of validation galaxies
        (`umbra.predictions.distributions.conformal_quantiles`).
        """
        return conformal_quantiles(
            self.samples, probabilities, independent=self.validation_galaxies
        )


def write_answer(group: h5py.Group, answer: Answer) -> None:
    """Write the answer for a galaxy into its group, ``galaxies/{name}``."""
    for name in _ATTRIBUTES:
        group.attrs[name] = getattr(answer, name)
    group["radius_kpc"], group["samples"] = answer.radius_kpc, answer.samples
    group["radius_kpc"].attrs["unit"] = "kpc"
    group["samples"].attrs["unit"] = "log10(Msun)"
    for index, check in enumerate(answer.checks):
        group.create_group(f"checks/{index}").attrs.update(vars(check))


def read_answer(path: Path, name: str) -> Answer:
    """Read the answer for a galaxy.

    Parameters
    ----------
    path : Path
        ``predictions.hdf5``, or the ``samples.hdf5`` of the galaxy.
    name : str

    Raises
    ------
    Rejected
        If the galaxy could not be used.
    Damaged
        If `predict_observed` did not write the file.
    InputError
        If the system does not let it be read.
    """
    with open_content(path, fault=_FAULT, remedy=MAKE_AGAIN) as file:
        group = file[f"galaxies/{name}"]
        reason = group.attrs["rejected"] if "rejected" in group.attrs else None
        answer = None if reason else _read(group, name)
    if answer is None:
        raise Rejected(reason)
    return answer


def _read(group: h5py.Group, name: str) -> Answer:
    checks = (group[f"checks/{index}"].attrs for index in range(len(group["checks"])))
    return Answer(
        name=name,
        radius_kpc=group["radius_kpc"][()],
        samples=group["samples"][()],
        checks=tuple(
            Check(**{key: kind(one[key]) for key, kind in Check.__annotations__.items()})
            for one in checks
        ),
        **{key: kind(group.attrs[key]) for key, kind in _ATTRIBUTES.items()},
    )


def write_observed_profile(*, predictions: Path, name: str, profile: Path, samples: Path) -> None:
    """Write the answer for one galaxy.

    Parameters
    ----------
    predictions : Path
        ``predictions.hdf5``.
    name : str
        The galaxy.
    profile : Path
        ``profile.csv`` with the columns `PROFILE_COLUMNS`: median, and 68 % and 95 % intervals, of
        log10 of the mass of dark matter within each radius [log10 Msun].
    samples : Path
        ``samples.hdf5``, for `read_answer`.

    Raises
    ------
    Rejected
        If the galaxy could not be used.
    """
    answer = read_answer(predictions, name)
    with create(samples) as file:
        write_answer(file.create_group(f"galaxies/{name}"), answer)
    formats = {"radius_kpc": RADIUS_FORMAT, **dict.fromkeys(_PROFILE_QUANTILES, ".4f")}
    write_table(profile_table(answer), profile, formats=formats | {"percentile": ".3f"})


def profile_table(answer: Answer) -> pd.DataFrame:
    """Return the profile of an answer, with the columns `PROFILE_COLUMNS`."""
    quantiles = answer.quantiles(*_PROFILE_QUANTILES.values())
    return pd.DataFrame(
        {
            "radius_kpc": answer.radius_kpc,
            **dict(zip(_PROFILE_QUANTILES, quantiles, strict=True)),
            "channel_set": answer.channel_set,
            "percentile": answer.percentile,
            "extrapolation": _yes(answer.extrapolation),
            "validation_galaxies": answer.validation_galaxies,
        }
    )


def belonging_rows(answer: Answer) -> Iterator[dict]:
    """Yield the percentile of a galaxy and each of its checks, with `BELONGING_COLUMNS`."""
    of_galaxy = {
        "name": answer.name,
        "channel_set": answer.channel_set,
        "extrapolation": _yes(answer.extrapolation),
    }
    score = Check("all", "unlikeness", "percentile", answer.percentile, 0, EXTRAPOLATION_PERCENTILE)
    for check in (score, *answer.checks):
        yield of_galaxy | vars(check) | {"within": _yes(check.within)}


def _yes(value: bool) -> str:
    return "yes" if value else "no"

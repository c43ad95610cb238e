"""``observed/predictions.hdf5``: the answers of the networks for all galaxies of a table.

From it come ``profile.csv`` and ``samples.hdf5`` of a galaxy, and ``belonging.csv`` of all.
"""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

import h5py
import pandas as pd

from umbra.errors import Rejected
from umbra.files import rejection
from umbra.hdf5 import create, open_content
from umbra.observed.belonging import EXTRAPOLATION_PERCENTILE
from umbra.observed.maps import read_observed_maps
from umbra.observed.prediction import Answer, Check, Predictor
from umbra.predictions.profile_tables import RADIUS_FORMAT
from umbra.tables import MAKE_AGAIN, write_table

logger = logging.getLogger(__name__)

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


def predict_observed(
    *, maps: Mapping[str, Path], networks: Path, threads: int, output: Path, table: Path
) -> None:
    """Predict all galaxies of a table; the networks are loaded once.

    Parameters
    ----------
    maps : mapping
        Galaxy -> its ``maps.fits``, or the marker of a rejected galaxy.
    networks : Path
        Folder of saved networks.
    threads : int
        Threads of TensorFlow.
    output, table : Path
        ``predictions.hdf5`` and ``belonging.csv`` with the columns `BELONGING_COLUMNS`.
    """
    predictor = Predictor(networks, threads=threads)
    rows: list[dict] = []
    with create(output) as file:
        for name, path in maps.items():
            group = file.create_group(f"galaxies/{name}")
            try:
                answer = _answer(predictor, path)
            except Rejected as rejected:
                logger.warning("%s: rejected: %s", name, rejected)
                group.attrs["rejected"] = str(rejected)
                continue
            _write_answer(group, answer)
            rows += belonging_rows(answer)
    write_table(pd.DataFrame(rows, columns=list(BELONGING_COLUMNS)), table)


def _answer(predictor: Predictor, path: Path) -> Answer:
    if reason := rejection(path):
        raise Rejected(reason)
    return predictor.answer(read_observed_maps(path))


def _write_answer(group: h5py.Group, answer: Answer) -> None:
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
        _write_answer(file.create_group(f"galaxies/{name}"), answer)
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

"""A user's galaxy as the networks know galaxies: channels on the grid of the training."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.table import Table

from umbra.channels import CHANNELS
from umbra.errors import MAKE_AGAIN
from umbra.faults import plain_reason, unreadable
from umbra.files import atomic
from umbra.observed.training_images import TrainingImages


@dataclass(frozen=True)
class ObservedMaps:
    """The channels of a user's galaxy.

    Parameters
    ----------
    name : str
        The galaxy, as in the user's table.
    channels : dict
        Channel -> map, shape (pixels, pixels), in the unit of `umbra.channels.CHANNELS`, for those
        channels that there are data of, in the order of `CHANNELS`. Masked pixels are NaN.
    distance_mpc, distance_error_mpc : float
        Distance of the galaxy and its error, as in the user's table [Mpc].
    shown_distance_mpc : float
        Distance at which the maps show the galaxy [Mpc]. It differs from `distance_mpc` if that is
        outside the range of the training.
    observables : dict
        Some of `umbra.dataset.reading.OBSERVABLES` -> value, as at `shown_distance_mpc`.
    notes : tuple of str
        What was assumed or changed, and what is unlike the training; a sentence each.
    training : TrainingImages or None
        The training that the maps were made for, if it is known.
    """

    name: str
    channels: dict[str, np.ndarray]
    distance_mpc: float
    distance_error_mpc: float
    shown_distance_mpc: float
    observables: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    training: TrainingImages | None = None


def write_observed_maps(maps: ObservedMaps, path: Path, *, wcs_header: dict | None = None) -> None:
    """Write the channels of a galaxy.

    Parameters
    ----------
    maps : ObservedMaps
    path : Path
        FITS file with an image for each channel, named after it.
    wcs_header : dict, optional
        FITS cards of the grid, for every image.
    """
    primary = fits.PrimaryHDU()
    primary.header["OBJECT"] = maps.name
    primary.header["DISTMPC"] = (maps.distance_mpc, "[Mpc]")
    primary.header["DISTERR"] = (maps.distance_error_mpc, "[Mpc]")
    primary.header["SHOWNMPC"] = (maps.shown_distance_mpc, "[Mpc] the images are as from there")
    hdus = [primary]
    for channel, image in maps.channels.items():
        hdu = fits.ImageHDU(image.astype(np.float32), name=channel)
        hdu.header.update(wcs_header or {})
        hdu.header["BUNIT"] = CHANNELS[channel].unit
        hdus.append(hdu)
    names, values = list(maps.observables), list(maps.observables.values())
    hdus.append(_table("OBSERVABLES", {"name": np.array(names, dtype=str), "value": values}))
    hdus.append(_table("NOTES", {"note": np.array(maps.notes, dtype=str)}))
    known = [maps.training.model_dump_json()] if maps.training else []
    hdus.append(_table("TRAINING", {"json": np.array(known, dtype=str)}))
    with atomic(path) as temporary:
        fits.HDUList(hdus).writeto(temporary)


def read_observed_maps(path: Path) -> ObservedMaps:
    """Read the channels of a galaxy.

    Raises
    ------
    Damaged
        If `write_observed_maps` did not write the file.
    """
    try:
        with fits.open(path, memmap=False) as hdus:
            header, values, notes = hdus[0].header, hdus["OBSERVABLES"].data, hdus["NOTES"].data
            trainings = map(TrainingImages.model_validate_json, hdus["TRAINING"].data["json"])
            found = [channel for channel in CHANNELS if channel in hdus]
            return ObservedMaps(
                name=header["OBJECT"],
                channels={channel: hdus[channel].data.astype(np.float32) for channel in found},
                distance_mpc=header["DISTMPC"],
                distance_error_mpc=header["DISTERR"],
                shown_distance_mpc=header["SHOWNMPC"],
                observables=dict(zip(values["name"], map(float, values["value"]), strict=True)),
                notes=tuple(map(str, notes["note"])),
                training=next(trainings, None),
            )
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        damaged = f"{path} has no maps of a galaxy ({plain_reason(error)}); {MAKE_AGAIN}."
        raise unreadable(error, path, damaged) from error


def _table(name: str, columns: dict) -> fits.BinTableHDU:
    return fits.BinTableHDU(Table(columns), name=name)

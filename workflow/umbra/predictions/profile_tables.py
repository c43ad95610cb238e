"""Tables with one line for each image and radius."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.errors import InputError
from umbra.tables import MAKE_AGAIN

IMAGE_COLUMNS = {"galaxy": int, "realisation": int, "radius_kpc": float}
RADIUS_FORMAT = ".10g"


def tabulate_profiles(
    *,
    galaxy: np.ndarray,
    realisation: np.ndarray,
    radius_kpc: np.ndarray,
    profiles: Mapping[str, np.ndarray],
) -> pd.DataFrame:
    """Return profiles as a table.

    Parameters
    ----------
    galaxy, realisation : ndarray of int, shape (n,)
    radius_kpc : ndarray, shape (radii,)
    profiles : mapping
        Name of a column -> ndarray, shape (n, radii).

    Returns
    -------
    pandas.DataFrame
        Columns `IMAGE_COLUMNS` and those of `profiles`; the radius varies fastest.
    """
    radii = len(radius_kpc)
    return pd.DataFrame(
        {
            "galaxy": np.repeat(galaxy, radii),
            "realisation": np.repeat(realisation, radii),
            "radius_kpc": np.tile(radius_kpc, len(galaxy)),
            **{name: values.ravel() for name, values in profiles.items()},
        }
    )


def profiles_of_table(
    table: pd.DataFrame, columns: Mapping[str, str], *, path: Path
) -> dict[str, np.ndarray]:
    """Return the profiles of a table that `tabulate_profiles` made.

    Parameters
    ----------
    table : pandas.DataFrame
        Not empty.
    columns : mapping
        Name in the result -> column of the table.
    path : Path
        File of the table, for the message.

    Returns
    -------
    dict
        ``galaxy`` and ``realisation``, shape (n,); ``radius_kpc``, shape (radii,); and an array of
        shape (n, radii) for each of `columns`.

    Raises
    ------
    InputError
        If the images do not have the same radii.
    """
    radius_kpc = pd.unique(table["radius_kpc"])
    radii = len(radius_kpc)
    images, rest = divmod(len(table), radii)
    if rest or (table["radius_kpc"].to_numpy() != np.tile(radius_kpc, images)).any():
        raise InputError(f"{path}: the images do not all have the same radii; {MAKE_AGAIN}.")
    return {
        **{name: table[name].to_numpy()[::radii] for name in ("galaxy", "realisation")},
        "radius_kpc": radius_kpc,
        **{name: table[column].to_numpy().reshape(-1, radii) for name, column in columns.items()},
    }

"""How right the intervals are for near and far, light and heavy, face-on and edge-on galaxies.

An interval that is right on average can be too narrow for one kind of galaxy and too wide for
another. The images of the test split are therefore divided into thirds of each of three properties.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.evaluation.coverage import ONE_SIGMA
from umbra.evaluation.interval_measures import binomial_sigma, share_covered
from umbra.predictions.distributions import PREDICTIVE_METHODS
from umbra.predictions.samples import PredictiveSamples, read_samples
from umbra.tables import read_table, write_table

THIRDS = ("low", "middle", "high")
# A share further from its nominal value than so many binomial errors is not right.
_ALLOWED_SIGMA = 2.0

THIRD_COLUMNS: dict[str, type] = {
    "method": str,
    "channels": str,
    "property": str,
    "third": str,
    "least": float,
    "greatest": float,
    "covered_68": float,
    "sigma": float,
    "right": str,
    "half_width_68": float,
    "delta_mse": float,
    "n_images": int,
    "n_galaxies": int,
}
_FORMATS = dict.fromkeys(("covered_68", "sigma", "half_width_68", "delta_mse"), ".6f")
_FORMATS |= dict.fromkeys(("least", "greatest"), ".6g")


def write_coverage_thirds(
    *, samples: Mapping[str, Path], observations: Path, line_widths: Path, output: Path
) -> None:
    """Write how right the 68 % intervals are in thirds of the test images.

    Parameters
    ----------
    samples : mapping
        Name of a channel set -> ``samples.hdf5`` (see `umbra.predictions.samples`).
    observations, line_widths : Path
        Tables with the distance and with the true inclination of the gas disc of each
        realisation. Gas that does not rotate has no inclination.
    output : Path
        Table with the columns `THIRD_COLUMNS`: for each method, channel set and property, three
        rows. ``covered_68``, ``half_width_68`` [dex] and ``delta_mse`` [dex] are means over the
        radii, ``least`` and ``greatest`` the range of the property in that third, and ``right`` is
        ``yes`` if the share that is covered is within two binomial errors of the number of
        galaxies.

    Raises
    ------
    InputError
        If a file is not as it was written.
    """
    key = {"galaxy": int, "realisation": int}
    realisations = pd.merge(
        read_table(observations, key | {"distance_mpc": float}),
        read_table(line_widths, key | {"inclination_deg": float}),
        on=list(key),
        how="outer",
    ).set_index(list(key))
    found = [
        row | {"method": method, "channels": channels}
        for method in PREDICTIVE_METHODS
        for channels, path in samples.items()
        for row in _rows(read_samples(path, method), realisations)
    ]
    write_table(pd.DataFrame(found, columns=list(THIRD_COLUMNS)), output, formats=_FORMATS)


def _rows(predictive: PredictiveSamples, realisations: pd.DataFrame) -> Iterator[dict]:
    """Yield the rows of one method and channel set, without these two columns."""
    of_image = realisations.reindex(
        pd.MultiIndex.from_arrays([predictive.galaxy, predictive.realisation])
    )
    properties = {
        "distance_mpc": of_image["distance_mpc"].to_numpy(),
        "log10_mass_dm": np.nanmax(predictive.truth, axis=1),
        "inclination_deg": of_image["inclination_deg"].to_numpy(),
    }
    lower, median, upper = predictive.quantiles([(1 - ONE_SIGMA) / 2, 0.5, (1 + ONE_SIGMA) / 2])
    for name, values in properties.items():
        known = np.flatnonzero(np.isfinite(values))
        thirds = np.array_split(known[np.argsort(values[known], kind="stable")], len(THIRDS))
        for third, rows in zip(THIRDS, thirds, strict=True):
            if rows.size:
                within = {"property": name, "third": third}
                within |= {"least": values[rows].min(), "greatest": values[rows].max()}
                bounds = lower[rows], median[rows], upper[rows]
                yield within | _judged(predictive.truth[rows], bounds, predictive.galaxy[rows])


def _judged(truth: np.ndarray, bounds: tuple[np.ndarray, ...], galaxy: np.ndarray) -> dict:
    lower, median, upper = bounds
    galaxies = len(np.unique(galaxy))
    covered = np.nanmean(share_covered(truth=truth, lower=lower, upper=upper))
    sigma = binomial_sigma(ONE_SIGMA, galaxies)
    return {
        "covered_68": covered,
        "sigma": sigma,
        "right": "yes" if abs(covered - ONE_SIGMA) <= _ALLOWED_SIGMA * sigma else "no",
        "half_width_68": np.nanmean(np.where(np.isfinite(truth), upper - lower, np.nan)) / 2,
        "delta_mse": np.nanmean(np.sqrt(np.nanmean((median - truth) ** 2, axis=0))),
        "n_images": len(truth),
        "n_galaxies": galaxies,
    }

"""The numbers of a population beside their references."""

import numpy as np
import pandas as pd

from umbra.population.references import (
    MERGING_ASYMMETRY,
    MISALIGNED_DEG,
    POPULATION_REFERENCES,
    ROTATION_LOG10_MASS,
    TNG_QUANTITIES,
    Reference,
    log10_hi_fraction,
)
from umbra.universe.tng_relations import percentiles

# A number agrees if the range of its reference is within so many of its standard errors.
AGREEMENT_ERRORS = 2.0
# Standard error of the median of normal numbers, over that of their mean.
_MEDIAN_ERROR = np.sqrt(np.pi / 2)

POPULATION_SUMMARY_COLUMNS: dict[str, type] = {
    "name": str,
    "label": str,
    "low": float,
    "high": float,
    "value": float,
    "error": float,
    "number": int,
    "agrees": int,
    "source": str,
    "checked": int,
}


def summarise_population(galaxies: pd.DataFrame, realisations: pd.DataFrame) -> pd.DataFrame:
    """Compare a population with every reference.

    Parameters
    ----------
    galaxies, realisations : pandas.DataFrame
        `POPULATION_COLUMNS` and `POPULATION_IMAGE_COLUMNS` of `umbra.population.measurement`.

    Returns
    -------
    pandas.DataFrame
        `POPULATION_SUMMARY_COLUMNS`: the reference's range; value, its standard error and the
        number of galaxies or images that it is from; and whether both agree within two errors. A
        number that cannot be measured, for want of galaxies or realisations, is NaN.
    """
    measured = galaxy_numbers(galaxies) | image_numbers(realisations)
    rows = []
    for name, reference in POPULATION_REFERENCES.items():
        value, error, number = measured[name]
        rows.append(
            {
                "name": name,
                "label": reference.label,
                "low": reference.low,
                "high": reference.high,
                "value": value,
                "error": error,
                "number": number,
                "agrees": int(agrees(reference, value, error)),
                "source": reference.source,
                "checked": int(reference.checked),
            }
        )
    return pd.DataFrame(rows, columns=list(POPULATION_SUMMARY_COLUMNS))


def agrees(reference: Reference, value: float, error: float) -> bool:
    """Return whether a range and a number with a standard error agree within two errors."""
    slack = AGREEMENT_ERRORS * error
    return reference.low - slack <= value <= reference.high + slack


def galaxy_numbers(galaxies: pd.DataFrame) -> dict[str, tuple[float, float, int]]:
    """Return value, standard error and number of galaxies of what particles and catalogue tell.

    Parameters
    ----------
    galaxies : pandas.DataFrame
        `POPULATION_COLUMNS` of `umbra.population.measurement`.
    """
    log10_mass = _log10(galaxies["stellar_mass_msun"])
    numbers = {}
    for name, column in TNG_QUANTITIES.items():
        low, median, high = percentiles(name, log10_mass).T
        offset = _log10(galaxies[column]) - median
        numbers[f"{name}_offset"] = _median(offset)
        numbers[f"{name}_scatter"] = _scatter(
            offset / np.where(offset > 0, high - median, median - low)
        )
    hi = _log10(galaxies["hi_fraction"]) - log10_hi_fraction(log10_mass)
    numbers["hi_offset"], numbers["hi_scatter"] = _median(hi), _scatter(hi)
    first, last = ROTATION_LOG10_MASS
    chosen = galaxies["rotation_fraction"].to_numpy()[(log10_mass >= first) & (log10_mass < last)]
    numbers["rotation_fraction"] = _median(chosen)
    angle = galaxies["misalignment_deg"].to_numpy()
    numbers["misalignment"] = _median(angle)
    numbers["misaligned_fraction"] = _fraction(angle, MISALIGNED_DEG)
    numbers["mesh_dust"] = _median(galaxies["mesh_dust_ratio"].to_numpy())
    return numbers


def image_numbers(realisations: pd.DataFrame) -> dict[str, tuple[float, float, int]]:
    """Return value, standard error and number of images of what images and lines tell.

    Parameters
    ----------
    realisations : pandas.DataFrame
        `POPULATION_IMAGE_COLUMNS` of `umbra.population.measurement`.
    """
    residual = realisations["residual_dex"][realisations["used"] == 1].to_numpy()
    shape = realisations["asymmetry"].to_numpy()
    return {
        "baryonic_tully_fisher_offset": _median(residual),
        "asymmetry": _median(shape),
        "merging_fraction": _fraction(shape, MERGING_ASYMMETRY),
        "edge_on_reddening": edge_on_reddening(realisations),
    }


def edge_on_reddening(realisations: pd.DataFrame) -> tuple[float, float, int]:
    """Return how much redder the galaxies are edge-on than face-on.

    Each galaxy is compared with itself: of its realisations, g-r and 1 - cos(inclination) are
    taken relative to their means, and the slope of one against the other is fitted.

    Parameters
    ----------
    realisations : pandas.DataFrame
        `POPULATION_IMAGE_COLUMNS` of `umbra.population.measurement`.

    Returns
    -------
    reddening, error : float
        Slope and its standard error [mag]; NaN if no galaxy has two realisations.
    number : int
        Number of realisations.
    """
    known = realisations.dropna(subset=["tilt_from_mean", "g_minus_r_from_mean_mag"])
    x = known["tilt_from_mean"].to_numpy()
    y = known["g_minus_r_from_mean_mag"].to_numpy()
    freedom = len(known) - known["galaxy"].nunique() - 1
    if freedom < 1 or not x @ x > 0:
        return np.nan, np.nan, len(known)
    slope = x @ y / (x @ x)
    variance = ((y - slope * x) ** 2).sum() / freedom
    return float(slope), float(np.sqrt(variance / (x @ x))), len(known)


def _log10(column: pd.Series) -> np.ndarray:
    """Return the logarithm; that of nothing is NaN, so a galaxy without gas or SFR is left out."""
    values = column.to_numpy()
    return np.log10(values, out=np.full(values.shape, np.nan), where=values > 0)


def _known(values: np.ndarray) -> np.ndarray:
    return values[np.isfinite(values)]


def _half_width(values: np.ndarray) -> float:
    """Return half the width of the inner 68 %, the standard deviation of normal numbers."""
    return float(np.diff(np.percentile(values, [16, 84]))[0] / 2) if len(values) > 1 else np.nan


def _median(values: np.ndarray) -> tuple[float, float, int]:
    values = _known(values)
    if not len(values):
        return np.nan, np.nan, 0
    error = _MEDIAN_ERROR * _half_width(values) / np.sqrt(len(values))
    return float(np.median(values)), error, len(values)


def _scatter(values: np.ndarray) -> tuple[float, float, int]:
    values = _known(values)
    width = _half_width(values)
    return width, width / np.sqrt(2 * max(len(values), 1)), len(values)


def _fraction(values: np.ndarray, limit: float) -> tuple[float, float, int]:
    values = _known(values)
    if not len(values):
        return np.nan, np.nan, 0
    above = float(np.mean(values > limit))
    # With one more success and failure (Agresti & Coull 1998), so that 0 has an error.
    likely = (np.count_nonzero(values > limit) + 1) / (len(values) + 2)
    return above, float(np.sqrt(likely * (1 - likely) / len(values))), len(values)

"""The baryonic Tully-Fisher relation from widths of HI lines, as a single dish would measure it.

The rotation velocity is half of W50, divided by the sine of the true inclination of the gas disc.
The baryonic mass is that of the stars and 1.33 times that of the HI in the line. The views are
compared with the relation of SPARC galaxies, between baryonic mass and the velocity of the flat
part of the rotation curve.

A line that is cut by the band, or of a disc nearer to face-on than 30 deg, is listed and not used.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from umbra.constants import (
    GAS_MASS_PER_HI_MASS,
    HI_MASS_MSUN_PER_JY_KM_S_MPC2,
    SIGMA_PER_MEDIAN_DEVIATION,
)
from umbra.dataset.inputs import card_value
from umbra.errors import InputError
from umbra.faults import plain_reason, unreadable
from umbra.files import rejection
from umbra.simulation.galaxies import read_sample
from umbra.tables import MAKE_AGAIN, write_table

if TYPE_CHECKING:
    from astropy.io import fits

logger = logging.getLogger(__name__)

# log10 M_b [Msun] = slope log10 V_f [km/s] + zero point (Lelli et al. 2019, Table 1). The slope was
# checked in their abstract, the zero point in a later work only.
LELLI_SLOPE, LELLI_ZERO_POINT = 3.85, 1.99
MIN_INCLINATION_DEG = 30.0

LINE_COLUMNS: dict[str, type] = {
    "galaxy": int,
    "realisation": int,
    "inclination_deg": float,
    "stellar_mass_msun": float,
    "hi_mass_msun": float,
    "baryonic_mass_msun": float,
    "w50_km_s": float,
    "w20_km_s": float,
    "rotation_km_s": float,
    "residual_dex": float,
    "line_cut": int,
    "used": int,
}
RELATION_COLUMNS: dict[str, type] = {"rotation_km_s": float, "baryonic_mass_msun": float}
LINE_SUMMARY_COLUMNS: dict[str, type] = {
    "views": int,
    "cut": int,
    "without_line": int,
    "near_face_on": int,
    "used": int,
    "slope": float,
    "median_residual_dex": float,
    "scatter_dex": float,
}


def lelli_mass(rotation_km_s: np.ndarray) -> np.ndarray:
    """Return the baryonic mass [Msun] of galaxies that rotate so fast [km/s].

    References
    ----------
    Lelli, McGaugh, Schombert, Desmond & Katz 2019, MNRAS 484, 3267, Table 1, for V_f.
    """
    return 10 ** (LELLI_SLOPE * np.log10(rotation_km_s) + LELLI_ZERO_POINT)


def write_line_widths(
    *, moments: Sequence[Path], galaxies_csv: Path, table: Path, relation: Path, summary: Path
) -> None:
    """Write line widths and baryonic masses of all views, and how they compare with the relation.

    Parameters
    ----------
    moments : sequence of Path
        ``hi/moments/{galaxy}.fits`` of all galaxies; those of rejected ones are left out.
    galaxies_csv : Path
        ``sample/galaxies.csv``, for the stellar masses.
    table : Path
        CSV with `LINE_COLUMNS`, a row for each view. The residual is log10 of the baryonic mass
        over that of the relation. Widths of lines that are cut are lower limits.
    relation : Path
        CSV with `RELATION_COLUMNS`: two points of the relation of Lelli et al. (2019).
    summary : Path
        CSV with `LINE_SUMMARY_COLUMNS`, one row: how many views there are and why some are not
        used; of those that are, slope, median residual, and scatter from the median deviation.

    Raises
    ------
    InputError
        If all galaxies are rejected, or a file is not what its stage writes.
    """
    lines = measure_lines(moments=moments, galaxies_csv=galaxies_csv)
    used = lines[lines["used"] == 1]
    counted = _summarise(lines, used)
    logger.info("%(views)d views: %(cut)d lines are cut, %(used)d are used", counted)
    write_table(lines, table, formats={"residual_dex": ".4f"})
    ends = np.array([used["rotation_km_s"].min(), used["rotation_km_s"].max()])
    points = {"rotation_km_s": ends, "baryonic_mass_msun": lelli_mass(ends)}
    write_table(pd.DataFrame(points), relation)
    write_table(pd.DataFrame([counted]), summary, formats={"slope": ".3f"})


def measure_lines(*, moments: Sequence[Path], galaxies_csv: Path) -> pd.DataFrame:
    """Return the rows of `LINE_COLUMNS` that `write_line_widths` writes, from the same files."""
    rows = [row for path in moments if not rejection(path) for row in _rows(path)]
    if not rows:
        raise InputError("Line widths: all galaxies are rejected; their logs have the reasons.")
    sample = read_sample(galaxies_csv, ("subhalo_id", "stellar_mass_msun")).set_index("subhalo_id")
    return _compare(pd.DataFrame(rows), sample["stellar_mass_msun"])[list(LINE_COLUMNS)]


def _rows(path: Path) -> list[dict]:
    """Return what the headers of a file of moment maps say of each line."""
    from astropy.io import fits  # slow import, which those who read the tables do not need

    try:
        with fits.open(path) as hdus:
            return [_row(hdu.header) for hdu in hdus[1:]]
    except (OSError, KeyError, TypeError, ValueError) as error:
        damaged = f"{path}: not a file of moment maps ({plain_reason(error)}); {MAKE_AGAIN}."
        raise unreadable(error, path, damaged) from error


def _row(header: "fits.Header") -> dict:
    flux_mpc2 = header["FLUXHI"] * header["DISTMPC"] ** 2
    return {
        "galaxy": header["GALAXY"],
        "realisation": header["REALISAT"],
        "inclination_deg": card_value(header, "HIINCL"),
        "hi_mass_msun": HI_MASS_MSUN_PER_JY_KM_S_MPC2 * flux_mpc2,
        "w50_km_s": header["W50KMS"],
        "w20_km_s": header["W20KMS"],
        "line_cut": int(header["LINECUT"]),
    }


def _compare(lines: pd.DataFrame, stellar_mass_msun: pd.Series) -> pd.DataFrame:
    """Add masses, rotation, residuals and which views are used."""
    lines["stellar_mass_msun"] = stellar_mass_msun.reindex(lines["galaxy"]).to_numpy()
    gas = GAS_MASS_PER_HI_MASS * lines["hi_mass_msun"]
    lines["baryonic_mass_msun"] = lines["stellar_mass_msun"] + gas
    seen = lines["w50_km_s"] > 0
    half = lines["w50_km_s"].where(seen) / 2
    lines["rotation_km_s"] = half / np.sin(np.radians(lines["inclination_deg"]))
    lines["residual_dex"] = np.log10(
        lines["baryonic_mass_msun"] / lelli_mass(lines["rotation_km_s"])
    )
    tilted = lines["inclination_deg"] >= MIN_INCLINATION_DEG
    comparable = lines["residual_dex"].notna() & (lines["line_cut"] == 0)
    lines["used"] = (tilted & comparable).astype(int)
    return lines


def _summarise(lines: pd.DataFrame, used: pd.DataFrame) -> dict[str, float]:
    residual = used["residual_dex"]
    return {
        "views": len(lines),
        "cut": int(lines["line_cut"].sum()),
        "without_line": int((lines["w50_km_s"] == 0).sum()),
        "near_face_on": int((lines["inclination_deg"] < MIN_INCLINATION_DEG).sum()),
        "used": len(used),
        "slope": _slope(used),
        "median_residual_dex": residual.median(),
        "scatter_dex": SIGMA_PER_MEDIAN_DEVIATION * (residual - residual.median()).abs().median(),
    }


def _slope(used: pd.DataFrame) -> float:
    """Return the slope of log mass against log velocity.

    It is the inverse of that of log velocity against log mass, because the masses are known and the
    widths are measured: the median slope of all pairs (Theil-Sen), which heeds no outliers.
    """
    from scipy.stats import theilslopes  # slow import, which those who read the tables do not need

    log_mass, log_speed = (np.log10(used[name]) for name in ("baryonic_mass_msun", "rotation_km_s"))
    if log_mass.nunique() < 2:
        return np.nan
    return 1 / float(theilslopes(log_speed, log_mass).slope)

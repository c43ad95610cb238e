"""The sample: central star-forming galaxies in a range of stellar mass (paper, Table 1)."""

import csv
import logging
from pathlib import Path
from typing import Literal

import numpy as np

from umbra.errors import InputError
from umbra.files import atomic
from umbra.simulation.catalogue import GroupCatalogue, read_downloaded, read_group_catalogue
from umbra.simulation.galaxies import read_table, write_galaxies
from umbra.simulation.run import read_run
from umbra.simulation.snapshot import read_snapshot_header

logger = logging.getLogger(__name__)

StellarMass = Literal["total", "twice_half_mass_radius"]


def select(
    *,
    catalogue: GroupCatalogue,
    stellar_mass: StellarMass,
    min_stellar_mass_msun: float,
    max_stellar_mass_msun: float,
    min_sfr_msun_yr: float,
) -> tuple[np.ndarray, list[tuple[str, int]]]:
    """Apply the cuts of the sample, one after another.

    A central is the first subhalo of its group and has no parent; neither alone is enough, since
    first-level satellites have ``SubhaloParent`` 0 too, relative to their group.

    Parameters
    ----------
    catalogue : Catalogue
    stellar_mass : {"total", "twice_half_mass_radius"}
        Which stellar mass is cut.
    min_stellar_mass_msun, max_stellar_mass_msun : float
        Range of stellar mass, ends included [Msun].
    min_sfr_msun_yr : float
        Least star formation rate [Msun/yr].

    Returns
    -------
    rows : ndarray of int
        Rows (subhalo ids) that pass, ascending.
    cuts : list of (str, int)
        Name of each cut and how many subhaloes pass it and all before it.

    References
    ----------
    Nelson et al. 2019, ComAC 6, 2 (SubhaloFlag, SubhaloParent, GroupFirstSub).
    """
    mass = (
        catalogue.stellar_mass_msun
        if stellar_mass == "total"
        else catalogue.stellar_mass_in_radius_msun
    )
    passes = {
        "all subhaloes": np.ones(len(catalogue), dtype=bool),
        "SubhaloFlag = 1": catalogue.flag == 1,
        "SubhaloParent = 0": catalogue.parent == 0,
        "first subhalo of its group": catalogue.first_of_group,
        f"stellar mass >= {min_stellar_mass_msun:g} Msun": mass >= min_stellar_mass_msun,
        f"stellar mass <= {max_stellar_mass_msun:g} Msun": mass <= max_stellar_mass_msun,
        f"SFR >= {min_sfr_msun_yr:g} Msun/yr": catalogue.sfr_msun_yr >= min_sfr_msun_yr,
    }
    kept = np.ones(len(catalogue), dtype=bool)
    cuts = []
    for name, passed in passes.items():
        kept &= passed
        cuts.append((name, int(kept.sum())))
    return np.flatnonzero(kept), cuts


def write_sample(
    *,
    settings: dict,
    path: Path,
    snapshot: int,
    galaxies_csv: Path,
    cuts_csv: Path,
    run: Path | None = None,
) -> None:
    """Write the galaxies of the sample and how many subhaloes pass each cut.

    Parameters
    ----------
    settings : dict
        Section ``sample`` of the configuration.
    path : Path
        The run's `output` folder, or the folder of a catalogue downloaded field by field.
    snapshot : int
        Number of the snapshot.
    galaxies_csv, cuts_csv : Path
        Files to write.
    run : Path, optional
        What TNG's web API says of the run; given if that is where the particles come from.

    Raises
    ------
    InputError
        If no galaxy is left, or the catalogue or table cannot be used.
    """
    numbers = read_run(run) if run else None
    if settings.get("table"):
        header = numbers or read_snapshot_header(path=path, snapshot=snapshot)
        rows = read_table(
            Path(settings["table"]),
            box_size_ckpc_h=header.box_size_ckpc_h,
            needs_group=numbers is not None,
        )
        cuts = [("centres in sample.table", len(rows))]
    else:
        catalogue = (
            read_downloaded(folder=path, run=numbers)
            if numbers
            else read_group_catalogue(path=path, snapshot=snapshot)
        )
        rows, cuts = _select_rows(settings, catalogue=catalogue, path=path)
    logger.info("%d galaxies in the sample", len(rows))
    write_galaxies(galaxies_csv, rows)
    with atomic(cuts_csv) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["cut", "passed"])
        writer.writerows(cuts)


def _select_rows(
    settings: dict, *, catalogue: GroupCatalogue, path: Path
) -> tuple[list[dict], list]:
    selected, cuts = select(
        catalogue=catalogue,
        stellar_mass=settings["stellar_mass"],
        min_stellar_mass_msun=settings["min_stellar_mass_msun"],
        max_stellar_mass_msun=settings["max_stellar_mass_msun"],
        min_sfr_msun_yr=settings["min_sfr_msun_yr"],
    )
    if not selected.size:
        counts = ", ".join(f"{name}: {passed}" for name, passed in cuts)
        raise InputError(
            f"No galaxy of the catalogue in {path} is left after the cuts ({counts}); widen the "
            "sample.* limits."
        )
    return [_row(catalogue, int(row)) for row in selected], cuts


def _row(catalogue: GroupCatalogue, row: int) -> dict[str, float]:
    position = catalogue.position_ckpc_h[row].astype(float)
    velocity = catalogue.velocity_km_s[row].astype(float)
    values = {
        "subhalo_id": row,
        "group_id": int(catalogue.group[row]),
        **dict(zip(("x_ckpc_h", "y_ckpc_h", "z_ckpc_h"), position.tolist(), strict=True)),
        **dict(zip(("vx_km_s", "vy_km_s", "vz_km_s"), velocity.tolist(), strict=True)),
    }
    measured = {
        "stellar_mass_msun": catalogue.stellar_mass_msun,
        "gas_mass_msun": catalogue.gas_mass_msun,
        "dm_mass_msun": catalogue.dm_mass_msun,
        "sfr_msun_yr": catalogue.sfr_msun_yr,
        "stellar_half_mass_radius_kpc": catalogue.stellar_half_mass_radius_kpc,
        "gas_half_mass_radius_kpc": catalogue.gas_half_mass_radius_kpc,
        "dm_half_mass_radius_kpc": catalogue.dm_half_mass_radius_kpc,
    }
    return values | {name: f"{column[row]:.7g}" for name, column in measured.items()}

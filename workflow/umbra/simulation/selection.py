"""The sample: central star-forming galaxies in a range of stellar mass (paper, Table 1)."""

import logging
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.config.sample import SelectionSettings
from umbra.errors import InputError
from umbra.simulation.catalogue import (
    GroupCatalogue,
    read_downloaded,
    read_group_catalogue,
)
from umbra.simulation.catalogue_files import catalogue_rows, check_of_snapshot
from umbra.simulation.centres import read_centres
from umbra.simulation.galaxies import (
    CENTRE_COLUMNS,
    MEASURED_COLUMNS,
    VELOCITY_COLUMNS,
    write_galaxies,
)
from umbra.simulation.header import Header
from umbra.simulation.numbers import wrong_numbers, wrong_rows
from umbra.simulation.run import read_run
from umbra.simulation.run_numbers import RunNumbers
from umbra.simulation.snapshot import find_snapshot_header, read_snapshot_header
from umbra.tables import write_table

logger = logging.getLogger(__name__)

# measured column of the sample -> field of the catalogue that it is from
_FIELDS = {
    "stellar_mass_msun": "SubhaloMassType",
    "stellar_mass_in_radius_msun": "SubhaloMassInRadType",
    "sfr_msun_yr": "SubhaloSFR",
    "gas_mass_msun": "SubhaloMassType",
    "dm_mass_msun": "SubhaloMassType",
    "stellar_half_mass_radius_kpc": "SubhaloHalfmassRadType",
    "gas_half_mass_radius_kpc": "SubhaloHalfmassRadType",
    "dm_half_mass_radius_kpc": "SubhaloHalfmassRadType",
    "position_ckpc_h": "SubhaloPos",
    "velocity_km_s": "SubhaloVel",
}
# how far the densities of a flat universe may be from adding up to 1, radiation included
_FLAT = 1e-3


def select_galaxies(
    *, catalogue: GroupCatalogue, settings: SelectionSettings
) -> tuple[np.ndarray, pd.DataFrame]:
    """Apply the cuts of the sample, one after another.

    A central galaxy is the first subhalo of its group and has no parent. Both are required, since
    first-level satellites have ``SubhaloParent`` 0 too: that number counts within their group.

    Parameters
    ----------
    catalogue : GroupCatalogue
    settings : SelectionSettings
        The cuts; both ends of the range of stellar mass are included.

    Returns
    -------
    rows : ndarray of int
        Rows (subhalo ids) that pass, ascending.
    cuts : pandas.DataFrame
        ``cut``, the name of each cut, and ``passed``, how many subhaloes pass it and all before it.

    Raises
    ------
    InputError
        If a central subhalo has a mass or star formation rate that is not finite or below 0, or one
        that passes all cuts has another number that cannot be.

    References
    ----------
    Nelson et al. 2019, ComAC 6, 2 (SubhaloFlag, SubhaloParent, GroupFirstSub).
    """
    total = settings.stellar_mass == "total"
    mass = "stellar_mass_msun" if total else "stellar_mass_in_radius_msun"
    mass_msun = getattr(catalogue, mass)
    least, greatest = settings.min_stellar_mass_msun, settings.max_stellar_mass_msun
    least_sfr = settings.min_sfr_msun_yr
    central = {
        "all subhaloes": np.ones(len(catalogue), dtype=bool),
        "SubhaloFlag = 1": catalogue.flag == 1,
        "SubhaloParent = 0": catalogue.parent == 0,
        "first subhalo of its group": catalogue.first_of_group,
    }
    # NaN passes no cut, so a galaxy would be left out and nothing would show it
    _check(catalogue, np.logical_and.reduce(list(central.values())), (mass, "sfr_msun_yr"))
    passes = central | {
        f"stellar mass >= {least:g} Msun": mass_msun >= least,
        f"stellar mass <= {greatest:g} Msun": mass_msun <= greatest,
        f"SFR >= {least_sfr:g} Msun/yr": catalogue.sfr_msun_yr >= least_sfr,
    }
    kept = np.ones(len(catalogue), dtype=bool)
    passed = []
    for passes_cut in passes.values():
        kept &= passes_cut
        passed.append(int(kept.sum()))
    _check(catalogue, kept, _FIELDS)
    return np.flatnonzero(kept), pd.DataFrame({"cut": list(passes), "passed": passed})


def write_sample(
    *,
    settings: SelectionSettings,
    path: Path,
    snapshot: int,
    galaxies_csv: Path,
    cuts_csv: Path,
    run: Path | None = None,
) -> None:
    """Write the galaxies of the sample and how many subhaloes pass each cut.

    Parameters
    ----------
    settings : SelectionSettings
        The cuts, or the user's table of centres.
    path : Path
        The run's `output` folder, or the folder of a catalogue downloaded field by field.
    snapshot : int
        Number of the snapshot.
    galaxies_csv, cuts_csv : Path
        Files to write.
    run : Path, optional
        The numbers of the run from TNG's web API; given if the particles come from there.

    Raises
    ------
    InputError
        If no galaxy is left, if the catalogue or table cannot be used, or if catalogue and snapshot
        are not of one run and epoch.
    """
    served = read_run(run) if run else None
    header = None if served else _snapshot_header(settings, path=path, snapshot=snapshot)
    if settings.table:
        numbers = served.numbers(str(run)) if served else header.run
        sample = read_centres(
            settings.table,
            box_size_ckpc_h=numbers.values["BoxSize"][0],
            needs_group=served is not None,
            catalogue_rows=served.rows if served else catalogue_rows(path=path, snapshot=snapshot),
        )
        cuts = pd.DataFrame({"cut": ["centres in sample.table"], "passed": [len(sample)]})
    else:
        if served:
            catalogue = read_downloaded(folder=path, run=served)
        else:
            catalogue = read_group_catalogue(path=path, snapshot=snapshot)
        numbers = header.run if header else catalogue.run
        rows, cuts = select_galaxies(catalogue=catalogue, settings=settings)
        if not rows.size:
            counts = ", ".join(f"{name}: {passed}" for name, passed in cuts.to_numpy())
            raise InputError(
                f"No galaxy of the catalogue in {path} is left after the cuts ({counts}); widen"
                " the sample.* limits."
            )
        sample = _sample(catalogue, rows)
    _check_flat(numbers)
    logger.info("%d galaxies in the sample", len(sample))
    write_galaxies(galaxies_csv, sample, run=numbers)
    write_table(cuts, cuts_csv)


def _snapshot_header(settings: SelectionSettings, *, path: Path, snapshot: int) -> Header | None:
    """Return the header of a snapshot on disk, which a catalogue beside it must agree with.

    Only with a table of centres must there be one: then nothing else tells the size of the box.
    """
    read = read_snapshot_header if settings.table else find_snapshot_header
    header = read(path=path, snapshot=snapshot)
    if header:
        check_of_snapshot(path=path, snapshot=snapshot, header=header)
    return header


def _check(catalogue: GroupCatalogue, rows: np.ndarray, columns: Iterable[str]) -> None:
    """Raise InputError if some rows of the catalogue hold a number that cannot be."""
    limits = {name: catalogue.run.values[name][0] for name in ("BoxSize", "Time")}
    for column in columns:
        values, field = getattr(catalogue, column)[rows], _FIELDS[column]
        wrong = wrong_rows(values, field, limits)
        if fault := wrong_numbers(wrong, field, limits, rows=len(values)):
            raise InputError(
                f"{catalogue.where}: Subhalo/{field} {fault} of subhaloes that the cuts leave;"
                " fetch or make the catalogue again."
            )


def _check_flat(run: RunNumbers) -> None:
    """Raise InputError if the universe is not flat; a time is that of a flat one."""
    omegas = [run.values[name][0] for name in ("Omega0", "OmegaLambda") if name in run.values]
    if len(omegas) == 2 and abs(sum(omegas) - 1) > _FLAT:
        raise InputError(
            f"{run.source}: Omega0 {omegas[0]:g} and OmegaLambda {omegas[1]:g} do not add up to 1,"
            " but the ages of stars are those of a flat universe; use a run of one."
        )


def _sample(catalogue: GroupCatalogue, rows: np.ndarray) -> pd.DataFrame:
    """Return the columns of the sample file for some rows of the catalogue."""
    position_ckpc_h = catalogue.position_ckpc_h[rows].astype(float)
    velocity_km_s = catalogue.velocity_km_s[rows].astype(float)
    return pd.DataFrame(
        {
            "subhalo_id": rows,
            "group_id": catalogue.group[rows],
            **dict(zip(CENTRE_COLUMNS, position_ckpc_h.T, strict=True)),
            **dict(zip(VELOCITY_COLUMNS, velocity_km_s.T, strict=True)),
            **{name: getattr(catalogue, name)[rows] for name in MEASURED_COLUMNS},
        }
    )

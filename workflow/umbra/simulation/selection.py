"""The sample: central star-forming galaxies in a range of stellar mass (paper, Table 1)."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.config.sample import SelectionSettings
from umbra.errors import InputError
from umbra.simulation.catalogue import (
    GroupCatalogue,
    catalogue_rows,
    read_downloaded,
    read_group_catalogue,
)
from umbra.simulation.centres import read_centres
from umbra.simulation.galaxies import (
    CENTRE_COLUMNS,
    MEASURED_COLUMNS,
    VELOCITY_COLUMNS,
    write_galaxies,
)
from umbra.simulation.run import read_run
from umbra.simulation.snapshot import read_snapshot_header
from umbra.tables import write_table

logger = logging.getLogger(__name__)


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

    References
    ----------
    Nelson et al. 2019, ComAC 6, 2 (SubhaloFlag, SubhaloParent, GroupFirstSub).
    """
    mass_msun = (
        catalogue.stellar_mass_msun
        if settings.stellar_mass == "total"
        else catalogue.stellar_mass_in_radius_msun
    )
    least, greatest = settings.min_stellar_mass_msun, settings.max_stellar_mass_msun
    least_sfr = settings.min_sfr_msun_yr
    passes = {
        "all subhaloes": np.ones(len(catalogue), dtype=bool),
        "SubhaloFlag = 1": catalogue.flag == 1,
        "SubhaloParent = 0": catalogue.parent == 0,
        "first subhalo of its group": catalogue.first_of_group,
        f"stellar mass >= {least:g} Msun": mass_msun >= least,
        f"stellar mass <= {greatest:g} Msun": mass_msun <= greatest,
        f"SFR >= {least_sfr:g} Msun/yr": catalogue.sfr_msun_yr >= least_sfr,
    }
    kept = np.ones(len(catalogue), dtype=bool)
    passed = []
    for passes_cut in passes.values():
        kept &= passes_cut
        passed.append(int(kept.sum()))
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
        If no galaxy is left, or the catalogue or table cannot be used.
    """
    numbers = read_run(run) if run else None
    if settings.table:
        header = numbers or read_snapshot_header(path=path, snapshot=snapshot)
        sample = read_centres(
            settings.table,
            box_size_ckpc_h=header.box_size_ckpc_h,
            needs_group=numbers is not None,
            catalogue_rows={"subhalo_id": numbers.subhaloes, "group_id": numbers.groups}
            if numbers
            else catalogue_rows(path=path, snapshot=snapshot),
        )
        cuts = pd.DataFrame({"cut": ["centres in sample.table"], "passed": [len(sample)]})
    else:
        catalogue = (
            read_downloaded(folder=path, run=numbers)
            if numbers
            else read_group_catalogue(path=path, snapshot=snapshot)
        )
        rows, cuts = select_galaxies(catalogue=catalogue, settings=settings)
        if not rows.size:
            counts = ", ".join(f"{name}: {passed}" for name, passed in cuts.to_numpy())
            raise InputError(
                f"No galaxy of the catalogue in {path} is left after the cuts ({counts}); widen"
                " the sample.* limits."
            )
        sample = _sample(catalogue, rows)
    logger.info("%d galaxies in the sample", len(sample))
    write_galaxies(galaxies_csv, sample)
    write_table(cuts, cuts_csv)


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

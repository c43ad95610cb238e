"""The table of all realisations."""

from pathlib import Path

import pandas as pd

from umbra.config.observation import RealisationSettings
from umbra.observation.orientation import skirt_angles_deg
from umbra.observation.realisations import draw_realisations, measured_distance_mpc
from umbra.simulation.galaxies import read_galaxies
from umbra.tables import write_table

OBSERVATION_COLUMNS = (
    *("galaxy", "realisation", "distance_mpc", "measured_distance_mpc"),
    *("qx", "qy", "qz", "qw"),
    *("inclination_deg", "azimuth_deg", "roll_deg"),
)


def write_observations(
    *,
    galaxies_csv: Path,
    seed: int,
    settings: RealisationSettings,
    distance_relative_error: float,
    output: Path,
) -> None:
    """Write a CSV of the realisations of all galaxies of the sample. No stage reads it.

    Parameters
    ----------
    galaxies_csv : Path
        The sample.
    seed : int
        The run's seed.
    settings : RealisationSettings
        Number of realisations and range of distances.
    distance_relative_error : float
        Of the measured distances.
    output : Path
        The file to write, with the columns `OBSERVATION_COLUMNS`.
    """
    rows = [
        (
            galaxy,
            realisation.number,
            realisation.distance_mpc,
            measured_distance_mpc(
                realisation.distance_mpc,
                galaxy=galaxy,
                realisation=realisation.number,
                seed=seed,
                relative_error=distance_relative_error,
            ),
            *realisation.quaternion,
            *skirt_angles_deg(realisation.rotation),
        )
        for galaxy in read_galaxies(galaxies_csv).subhalo_id.tolist()
        for realisation in draw_realisations(seed=seed, galaxy=galaxy, settings=settings)
    ]
    write_table(pd.DataFrame(rows, columns=list(OBSERVATION_COLUMNS)), output)

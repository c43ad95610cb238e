"""The table of all realisations."""

import csv
from pathlib import Path

from umbra.files import atomic
from umbra.observation.orientation import skirt_angles_deg
from umbra.observation.realisations import draw_realisations

OBSERVATION_COLUMNS = (
    *("galaxy", "realisation", "distance_mpc", "qx", "qy", "qz", "qw"),
    *("inclination_deg", "azimuth_deg", "roll_deg"),
)


def write_observations(*, galaxies_csv: Path, seed: int, settings: dict, output: Path) -> None:
    """Write every realisation of every galaxy of the sample to a CSV file, for people to read.

    Parameters
    ----------
    galaxies_csv : Path
        The sample; its column ``subhalo_id`` is read.
    seed : int
        The run's seed.
    settings : dict
        The configuration's ``observation`` section.
    output : Path
        The file to write, with the columns `OBSERVATION_COLUMNS`.
    """
    with atomic(output) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(OBSERVATION_COLUMNS)
        for galaxy in _galaxies(galaxies_csv):
            for realisation in draw_realisations(seed=seed, galaxy=galaxy, **settings):
                values = (
                    realisation.distance_mpc,
                    *realisation.quaternion,
                    *skirt_angles_deg(realisation.rotation),
                )
                numbers = [repr(float(value)) for value in values]
                writer.writerow([galaxy, realisation.number, *numbers])


def _galaxies(galaxies_csv: Path) -> list[int]:
    with open(galaxies_csv, newline="") as file:
        return [int(row["subhalo_id"]) for row in csv.DictReader(file)]

"""The table of realisations."""

import numpy as np
from scipy.spatial.transform import Rotation

from observation_case import OBSERVATION, write_galaxies_csv
from umbra.observation.realisations import draw_realisations, measured_distance_mpc
from umbra.observation.table import OBSERVATION_COLUMNS, write_observations
from umbra.skirt_engine.geometry import observer_axes
from umbra.tables import read_table


def test_written_table_holds_the_realisations(tmp_path):
    galaxies = write_galaxies_csv(tmp_path / "galaxies.csv", ids=[3, 11])
    output = tmp_path / "observations.csv"
    write_observations(
        galaxies_csv=galaxies,
        seed=1,
        settings=OBSERVATION,
        distance_relative_error=0.1,
        output=output,
    )
    assert output.read_text().splitlines()[0] == ",".join(OBSERVATION_COLUMNS)
    kinds = dict.fromkeys(OBSERVATION_COLUMNS, float)
    table = read_table(output, kinds | {"galaxy": int, "realisation": int})
    assert table["galaxy"].tolist() == [3, 3, 3, 11, 11, 11]
    assert table["realisation"].tolist() == [0, 1, 2, 0, 1, 2]
    realisation = draw_realisations(seed=1, galaxy=11, settings=OBSERVATION)[1]
    row = table.iloc[4]
    assert row["distance_mpc"] == realisation.distance_mpc
    measured = measured_distance_mpc(
        realisation.distance_mpc, galaxy=11, realisation=1, seed=1, relative_error=0.1
    )
    assert row["measured_distance_mpc"] == measured
    quaternion = row[["qx", "qy", "qz", "qw"]].to_numpy(dtype=float)
    np.testing.assert_allclose(Rotation.from_quat(quaternion).as_matrix(), realisation.rotation)
    names = ("inclination_deg", "azimuth_deg", "roll_deg")
    axes = observer_axes(**{name: row[name] for name in names})
    np.testing.assert_allclose(axes, realisation.rotation, atol=1e-12)

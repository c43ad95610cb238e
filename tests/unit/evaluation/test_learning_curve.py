"""The learning curve: errors of made-up predictions, by the number of training galaxies."""

import numpy as np
import pytest

from dataset_case import Inputs
from umbra.dataset.reading import read_split_table
from umbra.evaluation.learning_curve import LEARNING_CURVE_COLUMNS, write_learning_curve
from umbra.predictions.points import PREDICTED_SPLITS, Predictions, write_predictions
from umbra.tables import read_table


def test_errors_stand_beside_the_number_of_galaxies(tmp_path):
    dataset = Inputs(tmp_path / "dataset", galaxies=20).build()
    predictions = {}
    for percent, off in ((25, 0.4), (50, 0.3), (100, 0.2)):
        path = predictions[percent, "B", "urz"] = tmp_path / f"{percent}.csv"
        rows = {split: read_split_table(dataset, split) for split in PREDICTED_SPLITS}
        made = {name: Predictions.of(one, one.log10_mass_dm + off) for name, one in rows.items()}
        write_predictions(predictions=made, output=path)
    output = tmp_path / "learning_curve.csv"
    write_learning_curve(dataset=dataset, predictions=predictions, seed=1, output=output)
    table = read_table(output, LEARNING_CURVE_COLUMNS)
    # 12 of 20 galaxies are in the training split.
    assert table["galaxies"].tolist() == [3, 6, 12]
    assert table["delta_mse"].tolist() == pytest.approx([0.4, 0.3, 0.2], abs=1e-5)
    np.testing.assert_allclose(table["delta_mse_error"], 0, atol=1e-5)

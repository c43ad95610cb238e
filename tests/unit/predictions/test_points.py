"""The table of predictions is read as written, and a broken one is refused."""

import numpy as np
import pytest

from umbra.errors import InputError
from umbra.predictions.points import Predictions, read_predictions, write_predictions

TRUTH = np.array([[10.0, 11.0], [10.5, np.nan], [9.0, 12.0]])
PREDICTED = np.array([[10.3, 11.0], [10.1, 99.0], [9.0, 11.0]])


def _predictions(truth=TRUTH, predicted=PREDICTED):
    rows = len(truth)
    radius_kpc = np.array([1.0, 100.0])
    return Predictions(np.arange(rows), np.zeros(rows, int), radius_kpc, truth, predicted)


def test_predictions_are_read_as_written(tmp_path):
    path = tmp_path / "predictions.csv"
    write_predictions(predictions={"test": _predictions()}, output=path)
    again = read_predictions(path=path, split="test")
    np.testing.assert_allclose(again.truth, TRUTH, atol=1e-6)
    np.testing.assert_allclose(again.predicted, PREDICTED, atol=1e-6)
    assert again.galaxy.tolist() == [0, 1, 2]
    with pytest.raises(InputError, match="no line of split val"):
        read_predictions(path=path, split="val")
    path.write_text("split,galaxy\ntest,1\n")
    with pytest.raises(InputError, match="no column realisation, radius_kpc"):
        read_predictions(path=path, split="test")


def test_images_of_different_radii_are_refused(tmp_path):
    path = tmp_path / "predictions.csv"
    write_predictions(predictions={"test": _predictions()}, output=path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:-1]))
    with pytest.raises(InputError, match=r"predictions\.csv: the images do not all have the same"):
        read_predictions(path=path, split="test")
    path.write_text("\n".join([*lines[:-2], lines[-1], lines[-2]]))
    with pytest.raises(InputError, match="the same radii; delete it and make it again"):
        read_predictions(path=path, split="test")

"""Ridge regression of many targets, each with the penalty that folds of the images choose."""

from collections.abc import Sequence

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score

PENALTIES = np.logspace(-3, 3, 13)


class RidgeOfFolds(RegressorMixin, BaseEstimator):
    """Ridge regression in which each target has its own penalty, the best one of the folds.

    The best penalty has the largest mean R^2. `sklearn.linear_model.RidgeCV` gives the same for one
    target, but one penalty to several. Fitted one by one, targets would repeat the same
    decompositions.

    Parameters
    ----------
    folds : sequence of (ndarray of int, ndarray of int)
        Rows to learn from and rows to predict, of each fold.
    """

    def __init__(self, folds: Sequence[tuple[np.ndarray, np.ndarray]]):
        self.folds = folds

    def fit(self, x: np.ndarray, y: np.ndarray) -> "RidgeOfFolds":
        """Fit targets (n, targets) to inputs (n, inputs)."""
        score = np.array([self._score(x, y, penalty) for penalty in PENALTIES])
        best = np.argmax(np.where(np.isnan(score), -np.inf, score), axis=0)
        self.ridge_ = Ridge(PENALTIES[best]).fit(x, y)
        return self

    def _score(self, x: np.ndarray, y: np.ndarray, penalty: float) -> np.ndarray:
        """Return the mean R^2 of each target over the folds; NaN if one image is all of a fold."""
        score = np.zeros(y.shape[1])
        for learnt, held in self.folds:
            predicted = Ridge(penalty).fit(x[learnt], y[learnt]).predict(x[held])
            score += r2_score(y[held], predicted, multioutput="raw_values") / len(self.folds)
        return score

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Predict the targets (n, targets)."""
        return self.ridge_.predict(x).reshape(len(x), -1)

"""Ridge regression of many targets against scikit-learn's, one target at a time."""

import numpy as np
import pytest
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GroupKFold

from umbra.evaluation.ridge import PENALTIES, RidgeOfFolds


@pytest.mark.parametrize("of_galaxy", [False, True])  # whether its images share a truth
@pytest.mark.parametrize(("galaxies", "folds"), [(30, 5), (4, 4), (2, 2)])
def test_each_target_has_the_penalty_that_ridgecv_chooses(galaxies, folds, of_galaxy):
    rng = np.random.default_rng(galaxies)
    galaxy = np.repeat(np.arange(galaxies), 3)
    x = rng.normal(size=(galaxy.size, 6))
    noise = np.array([0.0, 0.1, 1.0, 10.0, 100.0])  # the more, the stronger the penalty
    y = x @ rng.normal(size=(6, 5)) + noise * rng.normal(size=(galaxy.size, 5))
    y = y[::3].repeat(3, axis=0) if of_galaxy else y
    of_folds = list(GroupKFold(folds).split(x, groups=galaxy))
    ours = RidgeOfFolds(of_folds).fit(x, y)
    chosen = []
    for target, predicted in zip(y.T, ours.predict(x).T, strict=True):
        alone = RidgeCV(PENALTIES, cv=of_folds).fit(x, target)
        chosen.append(alone.alpha_)
        np.testing.assert_allclose(predicted, alone.predict(x), rtol=1e-9, atol=1e-12)
    if galaxies == 30:
        assert len(set(chosen)) > 2


@pytest.mark.filterwarnings(r"ignore:R\^2 score", "ignore:One or more of the test scores")
def test_folds_of_one_image_choose_as_ridgecv_does():
    """R^2 of one image is not defined, for no penalty."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(3, 2)), rng.normal(size=(3, 2))
    folds = list(GroupKFold(3).split(x, groups=np.arange(3)))
    ours = RidgeOfFolds(folds).fit(x, y).predict(x)
    alone = [RidgeCV(PENALTIES, cv=folds).fit(x, target).predict(x) for target in y.T]
    np.testing.assert_allclose(ours, np.transpose(alone))

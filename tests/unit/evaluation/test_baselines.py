"""Baselines: the mean is the mean, and regression finds a relation that is there."""

from dataclasses import replace
from itertools import cycle

import numpy as np
import pytest

from dataset_case import Inputs
from umbra.dataset.reading import SplitTable, read_split_table
from umbra.evaluation import baselines
from umbra.evaluation.metrics import errors
from umbra.predictions.points import read_predictions


def _catalogue(galaxies: int, seed: int, *, realisations: int = 3) -> SplitTable:
    """Fluxes and widths that scale with a mass as powers, with 0.02 dex of scatter."""
    rng = np.random.default_rng(seed)
    log10_mass = np.repeat(rng.uniform(11, 13, galaxies), realisations)
    powers = np.array([0.8, 0.9, 1.0, 1.0, 1.1, 0.5, 0.33])
    scatter = rng.normal(0, 0.02, (len(log10_mass), 7))
    return SplitTable(
        observables=10 ** (powers * (log10_mass[:, None] - 12) + scatter),
        log10_mass_dm=log10_mass[:, None] + np.array([-1.0, 0.0]),
        galaxy=np.repeat(np.arange(galaxies), realisations),
        realisation=np.tile(np.arange(realisations), galaxies),
        distance_mpc=np.full(galaxies * realisations, 10.0),
        measured_distance_mpc=np.full(galaxies * realisations, 10.0),
        radius_kpc=np.array([10.0, 100.0]),
    )


def _guess(baseline, train, test, *, inputs="catalogue", seed=1):
    return baselines.predict_baseline(
        baseline=baseline, inputs=inputs, train=train, others=[test], seed=seed
    )[0]


def _at_many_distances(galaxies: int, seed: int) -> SplitTable:
    """Galaxies of one colour and line width, whose luminosity is their mass, at 1 to 100 Mpc."""
    rows = _catalogue(galaxies, seed)
    distance = 10 ** np.random.default_rng(seed).uniform(0, 2, len(rows.galaxy))
    luminosity = 10 ** (rows.log10_mass_dm[:, -1:] - 12)
    observables = np.tile(luminosity / distance[:, None] ** 2, 7)
    observables[:, 6] = 1.0
    return replace(
        rows, observables=observables, distance_mpc=distance, measured_distance_mpc=distance
    )


def test_mean_profile_is_the_mean_of_the_unmasked_training_profiles():
    train, test = _catalogue(10, 0), _catalogue(5, 1)
    train.log10_mass_dm[0, 0] = np.nan
    guess = _guess("mean_profile", train, test)
    np.testing.assert_allclose(guess, np.tile(np.nanmean(train.log10_mass_dm, axis=0), (15, 1)))


@pytest.mark.parametrize(
    ("baseline", "limit"),
    [("luminosity", 0.05), ("ridge", 0.03), ("random_forest", 0.1), ("gradient_boosting", 0.1)],
)
def test_power_laws_are_found(baseline, limit):
    train, test = _catalogue(40, 0), _catalogue(20, 1)
    result = errors(truth=test.log10_mass_dm, predicted=_guess(baseline, train, test))
    assert (result.delta_mse < limit).all()


@pytest.mark.parametrize("baseline", ["luminosity", "ridge"])
def test_a_distance_makes_luminosities_of_fluxes(baseline):
    train, test = _at_many_distances(40, 0), _at_many_distances(20, 1)
    result = {
        inputs: errors(
            truth=test.log10_mass_dm, predicted=_guess(baseline, train, test, inputs=inputs)
        )
        for inputs in ("catalogue", "catalogue_distance")
    }
    assert (result["catalogue_distance"].delta_mse < 0.02).all()
    assert (result["catalogue_distance"].r_squared > 0.99).all()
    # A flux alone tells little: distances spread it by a factor of 10,000, masses by 100.
    assert (result["catalogue"].r_squared < 0.5).all()


def test_luminosity_follows_a_relation_that_bends():
    def bent(rows):
        x = np.log10(rows.observables[:, 3])
        return replace(rows, log10_mass_dm=np.column_stack([12 + x + 0.5 * x**2] * 2))

    train, test = bent(_catalogue(60, 0)), bent(_catalogue(20, 1))
    np.testing.assert_allclose(_guess("luminosity", train, test), test.log10_mass_dm, atol=0.01)


def test_ridge_is_a_line_in_logarithms():
    train = _catalogue(40, 0)
    one, ten, hundred = (10.0**n * np.ones((1, 7)) for n in range(3))
    steps = [_guess("ridge", train, SplitTable(x, *[None] * 6)) for x in (one, ten, hundred)]
    np.testing.assert_allclose(steps[1] - steps[0], steps[2] - steps[1], rtol=1e-9)


@pytest.mark.parametrize("baseline", ["ridge", "random_forest", "gradient_boosting"])
def test_missing_and_negative_observables_count_as_the_median(baseline):
    train, test = _catalogue(40, 0), _catalogue(3, 1, realisations=1)
    median = np.median(np.log10(train.observables), axis=0)
    test.observables[0, 6], test.observables[1, 6], test.observables[2, 6] = np.nan, -4.0, 0.0
    guess = _guess(baseline, train, test)
    test.observables[:, 6] = 10 ** median[6]
    np.testing.assert_allclose(guess, _guess(baseline, train, test))


def test_a_line_that_is_cut_is_told_from_one_that_ends():
    def flagged(table):
        cut = table.galaxy % 2.0
        return replace(
            table,
            observables=np.column_stack([np.ones((len(cut), 7)), cut]),
            log10_mass_dm=11 + np.column_stack([cut, cut]),
        )

    train, test = flagged(_catalogue(40, 0)), flagged(_catalogue(20, 1))
    np.testing.assert_allclose(_guess("ridge", train, test), test.log10_mass_dm, atol=0.1)


@pytest.mark.parametrize("baseline", ["ridge", "random_forest", "gradient_boosting"])
def test_an_observable_that_nobody_has_is_no_obstacle(baseline):
    train, test = _catalogue(20, 0), _catalogue(4, 1)
    train.observables[:, 6] = test.observables[:, 6] = np.nan
    assert np.isfinite(_guess(baseline, train, test)).all()


@pytest.mark.parametrize("baseline", ["ridge", "random_forest", "gradient_boosting"])
def test_masked_truth_has_no_influence(baseline):
    train, test = _catalogue(20, 0), _catalogue(4, 1)
    train.log10_mass_dm[:6, 0] = np.nan
    guess = _guess(baseline, train, test)
    train.observables[:6] = 1e5  # of images that are masked at the first radius only
    assert np.array_equal(guess[:, 0], _guess(baseline, train, test)[:, 0])
    assert not np.array_equal(guess[:, 1], _guess(baseline, train, test)[:, 1])


@pytest.mark.parametrize("baseline", baselines.BASELINES)
def test_each_radius_is_predicted_as_if_it_were_alone(baseline):
    """Radii at which the same images are masked, and others."""
    train, test = _catalogue(20, 0), _catalogue(4, 1)
    truth = np.random.default_rng(2).normal(train.log10_mass_dm[:, [0, 1, 0, 1]], [0.1, 1, 2, 3])
    truth[:6, [1, 3]] = np.nan
    together = _guess(baseline, replace(train, log10_mass_dm=truth), test)
    for radius in range(4):
        alone = replace(train, log10_mass_dm=truth[:, [radius]])
        np.testing.assert_allclose(together[:, [radius]], _guess(baseline, alone, test), rtol=1e-9)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("baseline", baselines.BASELINES)
def test_the_only_galaxy_with_dark_matter_is_what_is_predicted(baseline):
    train, test = _catalogue(20, 0, realisations=1), _catalogue(4, 1)
    train.log10_mass_dm[1:, 0] = np.nan
    guess = _guess(baseline, train, test)
    np.testing.assert_allclose(guess[:, 0], train.log10_mass_dm[0, 0])
    assert np.isfinite(guess).all()


def test_forest_repeats_with_its_seed():
    train, test = _catalogue(20, 0), _catalogue(4, 1)
    first = _guess("random_forest", train, test)
    assert np.array_equal(first, _guess("random_forest", train, test))
    assert not np.array_equal(first, _guess("random_forest", train, test, seed=2))


def test_a_single_training_galaxy_is_enough():
    train, test = _catalogue(1, 0), _catalogue(2, 1)
    assert np.isfinite(_guess("ridge", train, test)).all()


def test_predictions_of_a_dataset(tmp_path):
    path = Inputs(tmp_path / "dataset", galaxies=10).build()
    outputs = {
        (baseline, inputs): tmp_path / f"{baseline}_{inputs}.csv"
        for baseline, inputs in zip(
            baselines.BASELINES, cycle(("catalogue", "catalogue_distance")), strict=False
        )
    }
    baselines.fit_baselines(dataset=path, predictions=outputs, percent=100, seed=1)
    mean = read_split_table(path, "train").log10_mass_dm.mean(axis=0)
    for split in ("val", "test"):
        rows = read_split_table(path, split)
        for (baseline, _), output in outputs.items():
            made = read_predictions(path=output, split=split)
            assert made.galaxy.tolist() == rows.galaxy.tolist()
            np.testing.assert_allclose(made.truth, rows.log10_mass_dm, atol=1e-6)
            if baseline == "mean_profile":
                expected = np.tile(mean, (len(made.galaxy), 1))
                np.testing.assert_allclose(made.predicted, expected, atol=1e-6)

"""Batches and steps of an epoch: every image once, and with its weight."""

import numpy as np
import pytest

from umbra.networks.epochs import in_batches, orders_of_steps


@pytest.mark.parametrize(("number", "size"), [(1, 4), (3, 4), (8, 4), (9, 4), (10, 4), (160, 32)])
def test_weighted_batches_have_the_mean_of_the_images(number, size):
    value = np.random.default_rng(number).normal(size=number).astype(np.float32)
    images = np.repeat(value, 4).reshape(number, 2, 2, 1)
    inputs, targets, weight = in_batches(([images, value[:, None]], value), size)
    assert weight.shape == targets.shape and weight.shape[1] <= size
    assert weight.sum() == pytest.approx(1)
    assert (weight * targets).sum() == pytest.approx(value.mean(), abs=1e-6)
    for part in inputs:
        assert (weight * part.reshape(*weight.shape, -1)[..., 0]).sum() == pytest.approx(
            value.mean(), abs=1e-6
        )
    # a batch more than necessary would cost time
    assert len(weight) == -(-number // size) and np.count_nonzero(weight == 0) < len(weight)


@pytest.mark.parametrize(("number", "steps", "rest"), [(3, 0, 3), (8, 2, 0), (10, 2, 2)])
def test_steps_follow_the_orders(number, steps, rest):
    rng = np.random.default_rng(number)
    orders = [rng.permutation(number), rng.permutation(number)]
    whole, last = orders_of_steps(orders, 4)
    assert whole.shape == (2, steps, 4) and last.shape == (2, rest)
    for member, order in enumerate(orders):
        found = np.concatenate([whole[member].ravel(), last[member]])
        np.testing.assert_array_equal(found, order)

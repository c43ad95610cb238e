"""Batches for Keras's own loop: every image once an epoch, in an order of its seed."""

import numpy as np
import psutil
import pytest

from umbra.networks.batches import batches_of


@pytest.fixture
def arrays():
    number = np.arange(11, dtype=np.float32)
    return number[:, None] * 2, number


def _targets(dataset):
    return [batch[1].numpy().tolist() for batch in dataset]


def test_each_image_comes_once_in_an_epoch_with_its_target(arrays):
    dataset = batches_of(arrays, size=4, order_seed=5)
    for _ in range(2):
        batches = list(dataset)
        assert [len(targets) for _, targets in batches] == [4, 4, 3]
        for inputs, targets in batches:
            np.testing.assert_array_equal(inputs[:, 0], 2 * targets)
        assert sorted(np.concatenate(_targets(batches))) == list(range(11))


def test_order_is_that_of_the_seed_and_another_one_in_each_epoch(arrays):
    first, again, other = (batches_of(arrays, size=4, order_seed=seed) for seed in (5, 5, 6))
    orders = [_targets(first), _targets(first)]
    assert orders[0] != orders[1]
    assert [_targets(again), _targets(again)] == orders
    assert _targets(other) not in orders


def test_without_a_seed_the_order_is_that_of_the_arrays(arrays):
    assert np.concatenate(_targets(batches_of(arrays, size=4))).tolist() == list(range(11))


def test_images_and_distances_stay_two_inputs(arrays):
    images, number = arrays
    dataset = batches_of(([np.zeros((11, 3, 3, 2)), images], number), size=11)
    ((inputs, _),) = dataset
    assert [one.shape for one in inputs] == [(11, 3, 3, 2), (11, 1)]


def test_no_thread_tunes_the_pipeline(arrays):
    assert batches_of(arrays, size=4).options().autotune.enabled is False


def test_images_are_freed_with_the_batches():
    """Members that are trained in turn would fill the memory otherwise."""
    images = np.ones((1000, 100, 100, 10), dtype=np.float32)  # 400 MB
    process = psutil.Process()
    held = []
    for _ in range(4):
        for _ in batches_of((images, np.ones(1000, dtype=np.float32)), size=500):
            pass
        held.append(process.memory_info().rss / images.nbytes)
    assert max(held) - held[0] < 0.5

"""The learning rate of a cosine schedule is that of Keras."""

import keras
import numpy as np
import pytest

from umbra.networks.schedules import WarmedCosine


@pytest.mark.parametrize(("warmup", "decay"), [(1, 1), (3, 40), (20, 380)])
def test_it_rises_and_falls_as_that_of_keras(warmup, decay):
    ours = WarmedCosine(peak=3e-3, warmup_steps=warmup, decay_steps=decay)
    of_keras = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0, warmup_target=3e-3, warmup_steps=warmup, decay_steps=decay
    )
    steps = range(warmup + decay + 5)
    found = [float(ours(step)) for step in steps]
    np.testing.assert_array_equal(found, [float(of_keras(step)) for step in steps])
    assert max(found) == pytest.approx(3e-3) and min(found) == pytest.approx(0, abs=1e-9)

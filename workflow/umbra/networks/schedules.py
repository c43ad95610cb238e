"""Learning rates that vary from step to step."""

import math

import keras
from keras import ops


class WarmedCosine(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises in proportion to the step, and then falls to zero as a cosine.

    It has the numbers of `keras.optimizers.schedules.CosineDecay` with a warm-up from zero. That
    one puts a decision between rise and fall into the program of a step, and the optimiser asks for
    the rate once for each weight that decays. So many decisions take long to trace.

    Parameters
    ----------
    peak : float
        The highest rate.
    warmup_steps, decay_steps : int
        Steps of the rise and of the fall.
    """

    def __init__(self, *, peak: float, warmup_steps: int, decay_steps: int):
        super().__init__()
        self.peak = peak
        self.warmup_steps = warmup_steps
        self.decay_steps = decay_steps

    def __call__(self, step):
        """Return the rate of a step."""
        step = ops.cast(step, "float32")
        rise = ops.minimum(step / self.warmup_steps, 1.0)
        fall = ops.clip((step - self.warmup_steps) / self.decay_steps, 0.0, 1.0)
        return self.peak * rise * 0.5 * (1 + ops.cos(math.pi * fall))

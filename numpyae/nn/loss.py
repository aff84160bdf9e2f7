"""The loss: how far the reconstruction is from the sound, and which way to move it."""
import numpy as np


def mse(y, target):
    """Return the mean squared error of y and its gradient: (loss, dy), with dy of the shape of y.

        loss = mean of (y - target)^2        dy = 2 (y - target) / n

    The mean is over all n numbers of the batch, so the loss does not depend on the number of segments. It is
    analytic in y (a product, no absolute value), so the complex step can pass through it. Raises ValueError
    for unequal shapes, which NumPy would broadcast, for empty arrays, and for whole numbers, which overflow.
    """
    if y.shape != target.shape or y.size == 0:
        raise ValueError(f"expected y and target of one shape, not empty, got {y.shape} and {target.shape}")
    if np.result_type(y, target).kind not in "fc":
        raise ValueError(f"expected floating-point numbers, got {y.dtype} and {target.dtype}: convert them")
    error = y - target
    return (error * error).mean(), error * (2 / error.size)

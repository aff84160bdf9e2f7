"""The loss: how far the reconstruction is from the sound, and which way to move it."""


def mse(y, target):
    """Return the mean squared error of y and its gradient: (loss, dy), dy of the shape of y.

        loss = mean of (y - target)^2        dy = 2 (y - target) / n

    The mean is over all n numbers of the batch, so the loss does not depend on how many segments are in it. It is
    analytic in y (a product, no absolute value), so the complex step may pass through. Raises ValueError on unequal
    shapes, which NumPy would broadcast, and on arrays without a number in them.
    """
    if y.shape != target.shape or y.size == 0:
        raise ValueError(f"y has shape {y.shape} and target {target.shape}: they must be equal and not empty")
    error = y - target
    return (error * error).mean(), error * (2 / error.size)

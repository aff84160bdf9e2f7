"""Chapter 7, trust no gradient. Replace each raise; check by: pytest tutorials/exercises -k ch07"""
from numpyae import Conv1d


def slope(f, x):
    """Return the derivative of f at the real number x, by the complex step; f takes complex numbers, too."""
    raise NotImplementedError("exercise 7a: walk sideways by a tiny h; which part holds the slope?")


def best_step(value, third, dtype):
    """Return the h at which a central difference errs least, for |f| = value and |f'''| = third.

    dtype: np.float64 or np.float32. The share u by which a number is rounded is half of np.finfo(dtype).eps.
    """
    raise NotImplementedError("exercise 7b: where is the derivative of the sum of both errors zero?")


def crossings(model, x, h):
    """Return how many parameters of a float64 model make some ReLU change its side between -h and +h.

    x: (batch, time, channels), float64. model.forward(x) returns (y, saved); what a ReLU saved is an array of
    bools. Leave model.parameters as they were.
    """
    raise NotImplementedError("exercise 7c: numerical_gradient says NaN there, if its f() returns the masks")


class Hole(Conv1d):
    """A layer that check_gradients accepts, although in training its gradients are wrong by more than 1%."""

    def parameter_gradients(self, dy, saved):
        """Return {"w": dw, "b": db}, right wherever the checker looks, wrong for a float32 x."""
        raise NotImplementedError(
            "exercise 7d: in which dtypes does the checker compute, and in which training?"
        )

"""Chapter 7, trust no gradient: solutions."""
import numpy as np

from numpyae import Conv1d
from numpyae.nn import numerical_gradient


def slope(f, x):
    return f(x + 1e-20j).imag / 1e-20  # of exp: e^x sin(h) / h, and sin(h) is h to the last digit


def best_step(value, third, dtype):
    share = float(np.finfo(dtype).eps) / 2  # a float32 would make all of it float32
    return np.cbrt(3 * share * value / third)


def crossings(model, x, h):
    def masks():
        y, saved = model.forward(x)
        return y.sum(), [kept for kept in saved if kept.dtype == bool]

    return int(np.isnan(numerical_gradient(masks, model.parameters, h)).sum())


class Hole(Conv1d):
    def parameter_gradients(self, dy, saved):
        grads = super().parameter_gradients(dy, saved)
        return {**grads, "w": -grads["w"]} if dy.dtype == np.float32 else grads

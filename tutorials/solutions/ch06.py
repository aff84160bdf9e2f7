"""Chapter 6, a kink and a mean: solutions."""
import numpy as np

from numpyae.nn import numerical_gradient


def relu_backward(dy, y):
    return dy * (y > 0)


def leaky_relu(x, slope):
    derivative = np.where(x > 0, 1.0, slope)
    return x * derivative, derivative


def leaky_relu_backward(dy, saved):
    return dy * saved


def times_too_large(got, f, y):
    measured = numerical_gradient(f, y)
    return np.vdot(got, measured) / np.vdot(measured, measured)


def relu_output_loss(x):
    return np.square(x[x < 0]).sum() / np.square(x).sum()

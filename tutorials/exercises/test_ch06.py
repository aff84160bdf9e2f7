"""Checks of the exercises of chapter 6."""
import ch06
import numpy as np
from checking import expect

from numpyae.nn import ReLU, mse


def test_a_relu_backward():
    x, dy = np.random.default_rng(0).standard_normal((2, 3, 5, 2))
    x[0, 0] = 0
    y, mask = ReLU().forward(x)
    expect("relu_backward(dy, y)", ch06.relu_backward(dy, y), ReLU().backward(dy, mask)[0])


def test_b_leaky_relu():
    y, saved = ch06.leaky_relu(np.array([-2.0, 0.0, 3.0]), 0.1)
    expect("y of [-2, 0, 3], slope 0.1", y, [-0.2, 0, 3])
    got = ch06.leaky_relu_backward(np.array([1.0, 10, 100]), saved)
    expect("dx for dy = [1, 10, 100]", got, [0.1, 1, 100])
    x, dy = np.random.default_rng(0).standard_normal((2, 3, 5, 2))
    for slope in (-1.0, 2.0):
        y, saved = ch06.leaky_relu(x, slope)
        derivative = ReLU().forward(x)[1] * (1 - slope) + slope
        expect(f"y for a slope of {slope}", y, derivative * x)
        expect(f"dx for a slope of {slope}", ch06.leaky_relu_backward(dy, saved), derivative * dy)


def test_c_times_too_large():
    y, target = np.random.default_rng(0).standard_normal((2, 3, 5, 2))
    _, dy = mse(y, target)
    for name, factor in (("a right gradient", 1), ("one without the 2", 0.5), ("one of the sum", y.size)):
        got = ch06.times_too_large(factor * dy, lambda: mse(y, target)[0], y)
        expect(f"times_too_large of {name}", got, factor, 1e-8)


def test_d_relu_output_loss():
    x = np.random.default_rng(0).standard_normal((50, 2))
    expect("relu_output_loss(x)", ch06.relu_output_loss(x), mse(np.maximum(x, 0), x)[0] / np.square(x).mean())
    expect("relu_output_loss([3, -4])", ch06.relu_output_loss(np.array([3.0, -4.0])), 16 / 25)

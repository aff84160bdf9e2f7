"""Checks of the exercises of chapter 8."""
import ch08
import numpy as np
from checking import expect

from numpyae.nn import Adam


def test_a_first_step():
    gradient = np.array([[1000.0, -1e-3], [3e-8, 0.0]])
    theta = np.zeros((2, 2))
    Adam(theta, 0.01, epsilon=1e-8).step(gradient)
    expect("first_step(gradient, 0.01, 1e-8)", ch08.first_step(gradient, 0.01, 1e-8), theta)


def test_b_uncorrected():
    for beta1, beta2 in [(0.9, 0.999), (0.9, 0.99)]:
        steps = np.arange(1, 201)
        wanted = (1 - beta1**steps) / np.sqrt(1 - beta2**steps)
        expect(f"uncorrected(200, {beta1}, {beta2})", ch08.uncorrected(200, beta1, beta2), wanted, 1e-9)


def test_c_table():
    gradients = np.random.default_rng(0).standard_normal(30)
    theta = np.zeros(1)
    adam, wanted = Adam(theta, beta1=0.8, beta2=0.95), []
    for step, gradient in enumerate(gradients, 1):
        adam.step(np.array([gradient]))
        mean, square = float(adam.mean[0]), float(adam.square[0])
        wanted.append((mean, square, mean / (1 - 0.8**step), square / (1 - 0.95**step)))
    expect("table(gradients, 0.8, 0.95)", ch08.table(gradients, 0.8, 0.95), wanted)


def test_d_folded_epsilon():
    mean, square, epsilon = 0.3, 0.05, 0.1  # an epsilon so large that a wrong one shows
    for step in (1, 12, 150):
        ours = mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.999**step)) + epsilon)
        root = np.sqrt(1 - 0.999**step)
        folded = root / (1 - 0.9**step) * mean / (np.sqrt(square) + ch08.folded_epsilon(epsilon, step, 0.999))
        expect(f"the folded step {step}", folded, ours)

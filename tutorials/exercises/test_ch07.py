"""Checks of the exercises of chapter 7."""
import ch07
import numpy as np
import pytest
from checking import expect

from numpyae import Autoencoder, Conv1d, check_gradients


def test_a_slope():
    for f, x, wanted in [(np.exp, 1.0, np.e), (np.sin, 2.0, np.cos(2.0)), (lambda x: 1 / x**3, 0.5, -48.0)]:
        expect("slope(f, x) / f'(x)", ch07.slope(f, x) / wanted, 1.0, tolerance=1e-14)


def test_b_best_step():
    for value, third, dtype in [(1, 1, np.float64), (1, 1, np.float32), (4, 2, np.float64)]:
        share = 2.0**-53 if dtype == np.float64 else 2.0**-24
        wanted = np.cbrt(3 * share * value / third)
        got = ch07.best_step(value, third, dtype)
        expect(f"best_step({value}, {third}, {dtype.__name__})", got, wanted, tolerance=1e-5 * wanted)
    points = np.linspace(1, 2, 200)
    for dtype in (np.float64, np.float32):
        h = ch07.best_step(1, 1, dtype)  # exp is its own third derivative
        at_best, larger, smaller = (worst_of_central(points, step, dtype) for step in (h, 30 * h, h / 30))
        if not at_best < min(larger, smaller):
            words = f"error {at_best:.1e} at h, {larger:.1e} at 30 h, {smaller:.1e} at h / 30"
            pytest.fail(f"{dtype.__name__}: {words}", pytrace=False)


def worst_of_central(points, h, dtype):
    """Return the largest error of the central difference of exp, as a share of the slope."""
    above, below = (points + h).astype(dtype), (points - h).astype(dtype)
    return np.abs((np.exp(above) - np.exp(below)) / (above - below) / np.exp(points) - 1).max()


def test_c_crossings():
    rng = np.random.default_rng(5)
    model = Autoencoder(2, 3, 4, rng=rng, dtype=np.float64)
    x, before = rng.standard_normal((2, 12, 2)), model.parameters.copy()
    for h in (1, 1e-2):
        wanted = 0
        for index in range(before.size):
            sides = []
            for step in (h, -h):
                model.parameters[index] = before[index] + step
                sides.append(b"".join(kept.tobytes() for kept in model.forward(x)[1] if kept.dtype == bool))
            model.parameters[index] = before[index]
            wanted += sides[0] != sides[1]
        expect(f"crossings(model, x, {h})", ch07.crossings(model, x, h), wanted)
    expect("model.parameters afterwards", model.parameters, before)


def test_d_a_hole():
    rng = np.random.default_rng(0)
    layer = ch07.Hole(2, 3, 4, 2, rng=rng)
    x = rng.standard_normal((2, 11, 2))
    try:
        check_gradients(layer, x, rng)
    except AssertionError as complaint:
        pytest.fail(f"the checker saw it: {complaint}", pytrace=False)
    x = x.astype(np.float32)
    y, saved = layer.forward(x)
    dy = rng.standard_normal(y.shape).astype(np.float32)
    honest = Conv1d.input_gradient(layer, dy, saved), Conv1d.parameter_gradients(layer, dy, saved)
    got, wanted = (
        np.concatenate([np.ravel(dx), *map(np.ravel, grads.values())])
        for dx, grads in (layer.backward(dy, saved), honest)
    )
    if not np.abs(got - wanted).max() > 0.01 * np.abs(wanted).max():
        pytest.fail("in float32 your gradient is right to 1%: no hole is shown", pytrace=False)

import numpy as np
import pytest

from numpyae import mse
from numpyae.nn import complex_step_gradient


def test_mse_is_the_mean_of_the_squared_differences():
    loss, dy = mse(np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert loss == (0 + 4 + 9 + 16) / 4
    assert dy.tolist() == [[0, 1], [1.5, 2]]


def test_the_gradient_of_mse_is_its_derivative(rng):
    y, target = rng.standard_normal((2, 3, 5, 2))
    exact = y.astype(np.complex128)
    expected = complex_step_gradient(lambda: mse(exact, target)[0], exact)
    np.testing.assert_allclose(mse(y, target)[1], expected, rtol=0, atol=1e-15)


def test_silence_costs_the_power_of_the_sound(rng):
    sound = rng.standard_normal((4, 100, 2))
    assert mse(np.zeros_like(sound), sound)[0] == pytest.approx(np.mean(sound**2), rel=1e-14)


def test_float32_stays_float32(rng):
    loss, dy = mse(*rng.standard_normal((2, 3, 4)).astype(np.float32))
    assert loss.dtype == dy.dtype == np.float32


def test_shapes_that_numpy_would_broadcast_are_refused():
    words = r"expected y and target of one shape, not empty, got \(2, 8, 1\) and \(2, 8, 2\)"
    with pytest.raises(ValueError, match=words):
        mse(np.zeros((2, 8, 1)), np.zeros((2, 8, 2)))
    with pytest.raises(ValueError, match=r"one shape, not empty, got \(0, 8, 2\)"):
        mse(np.zeros((0, 8, 2)), np.zeros((0, 8, 2)))


@pytest.mark.parametrize("dtypes", [(np.int8, np.int8), (np.uint8, np.int16), (bool, bool)])
def test_whole_numbers_which_overflow_are_refused(dtypes):
    y, target = (np.ones(3).astype(dtype) for dtype in dtypes)
    words = f"expected floating-point numbers, got {y.dtype} and {target.dtype}"
    with pytest.raises(ValueError, match=words):
        mse(y, target)

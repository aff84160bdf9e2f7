import copy
import math

import numpy as np
import pytest

from numpyae import Adam


def adam_by_the_paper(theta, gradients, alpha, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """Kingma & Ba 2015, algorithm 1, for one number."""
    m = v = 0.0
    for t, g in enumerate(gradients, 1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        theta = theta - alpha * m_hat / (math.sqrt(v_hat) + epsilon)
        yield theta


def test_adam_equals_the_papers_algorithm_over_200_steps(rng):
    theta = rng.standard_normal(7)
    gradients = rng.standard_normal((200, 7)) * 10.0 ** np.arange(-4, 3)
    expected = np.transpose([[*adam_by_the_paper(theta[i], gradients[:, i], 3e-3)] for i in range(7)])
    adam = Adam(theta, 3e-3)
    worst = 0
    for gradient, wanted in zip(gradients, expected, strict=True):
        adam.step(gradient)
        worst = max(worst, np.abs(theta - wanted).max())
    print(f"worst difference: {worst:.1e}")
    assert worst <= 1e-15


def test_the_first_step_is_the_learning_rate_against_the_sign_of_the_gradient(rng):
    gradient = rng.standard_normal(50) * 10.0 ** rng.integers(-3, 3, 50)
    theta = np.zeros(50)
    Adam(theta, 0.01).step(gradient)
    assert (np.abs(theta + 0.01 * np.sign(gradient)) <= 0.01 * 1e-8 / np.abs(gradient) + 1e-17).all()


def test_a_constant_gradient_keeps_the_step_at_the_learning_rate():
    theta = np.zeros(1)
    adam = Adam(theta, 0.01)
    for step in range(1, 101):
        adam.step(np.array([5.0]))
        assert theta[0] == pytest.approx(-0.01 * step, rel=1e-8)
    assert adam.steps == 100


def test_a_zero_gradient_moves_nothing():
    theta = np.ones(3)
    Adam(theta).step(np.zeros(3))
    assert theta.tolist() == [1, 1, 1]


@pytest.mark.parametrize("learning_rate", [1e-3, np.float64(1e-3)])
def test_float32_stays_float32_and_the_parameters_stay_where_they_are(rng, learning_rate):
    theta = np.ones(4, np.float32)
    view = theta[1:3]
    adam = Adam(theta, learning_rate)
    gradient = rng.standard_normal(4).astype(np.float32)
    before = gradient.copy()
    adam.step(gradient)
    assert adam.parameters is theta and (view != 1).all()
    assert theta.dtype == adam.mean.dtype == adam.square.dtype == np.float32
    assert np.array_equal(gradient, before)


@pytest.mark.parametrize("gradient", [np.zeros(1), np.zeros((3, 1)), np.zeros(3, np.float32)])
def test_a_gradient_that_is_not_like_the_parameters_is_refused(gradient):
    theta = np.ones(3)
    words = r"expected a gradient like the parameters, float64 of shape \(3,\), got "
    with pytest.raises(ValueError, match=words):
        Adam(theta).step(gradient)
    assert theta.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    "settings, words",
    [
        (dict(learning_rate=0), "expected a finite learning_rate above 0, such as 1e-3, got 0"),
        (dict(learning_rate=math.nan), "learning_rate .* got nan"),
        (dict(beta1=1), "expected beta1 and beta2 of at least 0 and below 1, got 1 and 0.999"),
        (dict(beta2=-0.1), "beta1 and beta2 .* got 0.9 and -0.1"),
        (dict(epsilon=0), "expected a finite epsilon above 0, such as 1e-8, got 0"),
    ],
)
def test_settings_out_of_range_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        Adam(np.zeros(1), **settings)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("before", [0, 1, 20])
def test_a_restored_state_goes_on_to_the_same_bits(rng, dtype, before):
    gradients = rng.standard_normal((40, 7)).astype(dtype)
    adam = Adam(np.ones(7, dtype), 3e-3)
    for gradient in gradients[:before]:
        adam.step(gradient)
    other = Adam(adam.parameters.copy(), 3e-3)
    for gradient in rng.standard_normal((3, 7)).astype(dtype):  # what it knew is forgotten
        other.step(gradient)
    other.parameters[...] = adam.parameters
    state = copy.deepcopy(adam.state())
    assert state.keys() == {"steps", "mean", "square"} and state["steps"] == before
    other.restore({**state, "steps": np.int64(before)})  # as a file gives it
    assert type(other.steps) is int  # a NumPy scalar would promote float32
    assert not np.shares_memory(other.mean, state["mean"])
    assert not np.shares_memory(other.square, state["square"])
    for gradient in gradients[before:]:
        adam.step(gradient)
        other.step(gradient)
        assert np.array_equal(other.parameters, adam.parameters)
    assert other.steps == adam.steps == 40
    assert np.array_equal(other.mean, adam.mean) and np.array_equal(other.square, adam.square)


@pytest.mark.parametrize("name", ["mean", "square"])
@pytest.mark.parametrize(
    "wrong",
    [np.zeros(4), np.zeros((1, 3)), np.zeros(3, np.float32), np.array([0, np.nan, 0]), np.full(3, np.inf)],
)
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(name, wrong):
    adam = Adam(np.zeros(3))
    adam.step(np.ones(3))
    before = copy.deepcopy(adam.state())
    state = {"steps": 9, "mean": np.full(3, 5.0), "square": np.full(3, 5.0), name: wrong}
    words = f"expected a finite {name} of the shape and dtype of the parameters"
    with pytest.raises(ValueError, match=words):
        adam.restore(state)
    assert adam.steps == before["steps"] == 1
    assert np.array_equal(adam.mean, before["mean"]) and np.array_equal(adam.square, before["square"])

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
    for gradient, wanted in zip(gradients, expected):
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
    with pytest.raises(ValueError, match="the gradient is .* but the parameters are float64 of shape"):
        Adam(theta).step(gradient)
    assert theta.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    "settings, words",
    [
        (dict(learning_rate=0), "learning_rate is 0"),
        (dict(learning_rate=math.nan), "learning_rate is nan"),
        (dict(beta1=1), "beta1 is 1"),
        (dict(beta2=-0.1), "beta2 is -0.1"),
        (dict(epsilon=0), "epsilon is 0"),
    ],
)
def test_settings_out_of_range_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        Adam(np.zeros(1), **settings)

"""The checker, checked: it passes what is right, and rejects every mutant by name."""
from types import SimpleNamespace

import numpy as np
import pytest
from mutants import MUTANTS

from numpyae import Autoencoder, Conv1d, ConvTranspose1d, ReLU, Sequential, check_gradients, mse
from numpyae.nn import complex_step_gradient, numerical_gradient

ONES = SimpleNamespace(standard_normal=np.ones)  # the upstream gradient of y.sum()


def sound(rng, batch=3, time=11, channels=3):
    return rng.standard_normal((batch, time, channels))


def test_there_are_at_least_twenty_mutants():
    assert len(MUTANTS) >= 20


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_every_wrong_backward_is_rejected_by_name(rng, mutant):
    make, names = MUTANTS[mutant]
    layer = make(rng)
    with pytest.raises(AssertionError) as caught:
        check_gradients(layer, sound(rng), rng)
    message = str(caught.value)
    assert any(name in message for name in names.split("|"))
    assert mutant.__name__ in message or "layer " in message


def test_an_upstream_gradient_of_ones_would_let_six_of_them_through(rng):
    survivors = set()
    for mutant, (make, _) in MUTANTS.items():
        try:
            check_gradients(make(rng), sound(rng), ONES)
            survivors.add(mutant.__name__)
        except AssertionError:
            pass
    assert survivors == {
        "ReversedTime", "RolledTime", "SwappedBatch", "BiasOverWrongAxis", "BiasCounted", "MaskOfTheGradient",
    }


@pytest.mark.parametrize(
    "layer",
    [
        lambda rng: Conv1d(3, 5, 4, 2, rng=rng),
        lambda rng: Conv1d(3, 2, 5, 3, "valid", rng=rng),
        lambda rng: Conv1d(3, 2, 1, 4, rng=rng),
        lambda rng: Conv1d(3, 2, 3, 2, (2, 0), init="he", rng=rng),
        lambda rng: ConvTranspose1d(3, 5, 4, 2, rng=rng),
        lambda rng: ConvTranspose1d(3, 2, 5, 3, "valid", rng=rng),
        lambda rng: ConvTranspose1d(3, 2, 3, 1, (0, 1), init="he", rng=rng),
        lambda rng: ReLU(),
        lambda rng: Sequential(Conv1d(3, 4, 4, 2, rng=rng), ReLU(), ConvTranspose1d(4, 3, 4, 2, rng=rng)),
        lambda rng: Autoencoder(3, 4, 5, rng=rng),
        lambda rng: Autoencoder(3, 4, 5, 3, 3, "valid", "mirrored", rng=rng),
        lambda rng: Autoencoder(3, 4, 5, 5, 2, (1, 3), "he", rng=rng),
    ],
)
def test_every_layer_and_model_passes(rng, layer):
    checked = check_gradients(layer(rng), sound(rng), rng)
    assert all(each.complex_step_error <= 1e-12 and each.central_difference_error <= 1e-7 for each in checked)


def test_every_parameter_of_the_posts_network_is_right(rng):
    checked = check_gradients(Autoencoder(rng=rng), rng.standard_normal((2, 16, 2)), rng)
    parameters = [each for each in checked if each.name != "x"]
    assert sum(each.entries for each in parameters) == 17026
    skipped, entries = sum(each.skipped for each in checked), sum(each.entries for each in checked)
    by_step = max(each.complex_step_error for each in checked)
    by_difference = max(each.central_difference_error for each in checked)
    print(
        f"17,026 parameters: worst {by_step:.1e} of the array's largest gradient by the complex step, "
        f"{by_difference:.1e} by central differences, which skipped {skipped} of {entries} entries"
    )
    assert skipped < entries / 100


def test_a_trained_networks_loss_has_the_gradient_that_training_follows(rng):
    model = Autoencoder(2, 4, 6, init="mirrored", rng=rng).astype(np.float64)
    x = rng.standard_normal((3, 24, 2))
    for _ in range(20):
        y, saved = model.forward(x)
        model.parameters -= 0.05 * model.backward(mse(y, x)[1], saved)[1]
    y, saved = model.forward(x)
    _, gradient = model.backward(mse(y, x)[1], saved)
    exact, x_exact = model.astype(np.complex128), x.astype(np.complex128)
    expected = complex_step_gradient(lambda: mse(exact.forward(x_exact)[0], x_exact)[0], exact.parameters)
    assert np.abs(gradient - expected).max() <= 1e-12 * np.abs(expected).max()


def test_the_argument_stays_as_it_was(rng):
    model = Autoencoder(2, 3, 4, rng=rng)
    x = rng.standard_normal((2, 12, 2)).astype(np.float32)
    before = model.parameters.copy(), x.copy()
    check_gradients(model, x, rng)
    assert np.array_equal(model.parameters, before[0]) and np.array_equal(x, before[1])
    assert model.parameters.dtype == x.dtype == np.float32


def test_a_gradient_wrong_by_a_part_in_a_billion_is_noticed(rng):
    class AlmostRight(Conv1d):
        def parameter_gradients(self, dy, saved):
            grads = super().parameter_gradients(dy, saved)
            grads["w"][2, 1, 0] *= 1 + 1e-9
            return grads

    words = r"dw of AlmostRight\(.*at \[2, 1, 0\] expected \S+ \(the complex step\), got \S+ from backward"
    with pytest.raises(AssertionError, match=words):
        check_gradients(AlmostRight(3, 2, 4, 2, rng=rng), sound(rng), rng)


def test_what_only_real_numbers_do_wrong_is_found_by_central_differences(rng):
    class WrongForReals(Conv1d):
        def forward(self, x):
            y, saved = super().forward(x)
            return (y if np.iscomplexobj(x) else y + 1e-5 * x[:, ::2, :2]), saved

    with pytest.raises(AssertionError, match=r"dx of WrongForReals.* expected \S+ \(central differences\)"):
        check_gradients(WrongForReals(3, 2, 4, 2, rng=rng), sound(rng), rng)


def test_masks_are_found_in_whatever_a_layer_saves(rng):
    class Square(ReLU):
        """y = relu(x)^2, which saves its input beside the mask."""

        def forward(self, x):
            y, mask = super().forward(x)
            return y * y, (x, [mask])

        def input_gradient(self, dy, saved):
            x, (mask,) = saved
            return 2 * dy * x * mask

    x = np.array([-1.0, 0.0002, 1.0])
    (checked,) = check_gradients(Square(), x, rng)
    assert checked.skipped == 1


def test_a_gradient_that_is_not_a_number_is_rejected(rng):
    class Broken(ReLU):
        def input_gradient(self, dy, saved):
            return np.where(saved, dy, np.nan)

    with pytest.raises(AssertionError, match="got nan from backward"):
        check_gradients(Broken(), sound(rng), rng)


def test_what_is_not_finite_has_no_gradient_to_check(rng):
    model, x = Autoencoder(3, 4, 5, rng=rng), sound(rng)
    x[1, 2, 0] = np.nan
    with pytest.raises(ValueError, match="x: expected finite numbers, got NaN or infinite ones"):
        check_gradients(model, x)
    model.layers[2].w[0, 0, 0] = np.inf
    with pytest.raises(ValueError, match="2.w: expected finite numbers, got NaN or infinite ones"):
        check_gradients(model, sound(rng))


def test_without_a_generator_the_check_draws_the_same_each_time(rng):
    layer, x = Conv1d(3, 2, 4, 2, rng=rng), sound(rng)
    assert check_gradients(layer, x) == check_gradients(layer, x)
    assert check_gradients(layer, x) == check_gradients(layer, x, np.random.default_rng(0))


def test_the_complex_step_knows_derivatives_to_the_last_digits():
    x = np.array([0.1, 1.0, 2.5], np.complex128)
    gradient = complex_step_gradient(lambda: (np.exp(x) / np.cos(x)).sum(), x)
    expected = np.exp(x.real) / np.cos(x.real) * (1 + np.tan(x.real))
    np.testing.assert_allclose(gradient, expected, rtol=2e-15)
    assert x.tolist() == [0.1, 1.0, 2.5]


def test_central_differences_of_a_quadratic_have_only_rounding_error():
    x = np.array([[0.3, -2.0]])
    gradient = numerical_gradient(lambda: (x * x).sum(), x)
    np.testing.assert_allclose(gradient, 2 * x, rtol=1e-12)
    assert x.tolist() == [[0.3, -2.0]]


def test_an_entry_whose_probes_fall_on_two_sides_of_a_kink_is_skipped_and_counted(rng):
    x = np.array([-1.0, -0.0004, 0.0, 0.0004, 1.0])

    def relu_sum():
        y, mask = ReLU().forward(x)
        return y.sum(), [mask]

    np.testing.assert_allclose(numerical_gradient(relu_sum, x), [0, np.nan, np.nan, np.nan, 1], rtol=1e-12)
    (checked,) = check_gradients(ReLU(), x, rng)
    assert (checked.name, checked.entries, checked.skipped) == ("x", 5, 3)

"""The layers one by one: what they compute, in which dtype, and what they refuse."""
import numpy as np
import pytest

from numpyae import Conv1d, ConvTranspose1d, ReLU, Sequential
from numpyae.nn import Layer, conv, conv_transpose


def test_conv1d_is_conv_plus_bias(rng):
    layer = Conv1d(2, 3, 4, 2, rng=rng, dtype=np.float64)
    layer.b[...] = rng.standard_normal(3)
    x = rng.standard_normal((2, 9, 2))
    assert np.array_equal(layer.forward(x)[0], conv(x, layer.w, 2, "same") + layer.b)


def test_conv_transpose1d_has_the_kernel_of_the_conv1d_that_it_turns_round(rng):
    down = Conv1d(2, 3, 4, 2, rng=rng, dtype=np.float64)
    up = ConvTranspose1d(3, 2, 4, 2, rng=rng, dtype=np.float64)
    assert down.w.shape == up.w.shape == (4, 2, 3)
    y = rng.standard_normal((2, 5, 3))
    assert np.array_equal(up.forward(y, time=9)[0], conv_transpose(y, up.w, 2, "same", 9) + up.b)


@pytest.mark.parametrize("padding, time", [("same", 10), ("valid", 12), ((1, 2), 9)])
def test_conv_transpose1d_knows_a_length_of_its_own(rng, padding, time):
    up = ConvTranspose1d(3, 2, 4, 2, padding, rng=rng)
    y, _ = up.forward(np.zeros((1, 5, 3), np.float32))
    assert y.shape == (1, time, 2)


def test_conv_transpose1d_refuses_a_length_with_other_steps(rng):
    with pytest.raises(ValueError, match=r"expected y of shape \(any, 6, 3\) .* got \(1, 5, 3\)"):
        ConvTranspose1d(3, 2, 4, 2, rng=rng).forward(np.zeros((1, 5, 3), np.float32), time=11)


def test_relu_keeps_what_is_positive_and_lets_nan_through():
    x = np.array([-np.inf, -1.0, -0.0, 0.0, 2.0, np.inf, np.nan], np.float32)
    y, mask = ReLU().forward(x)
    assert np.array_equal(y, np.array([0, 0, 0, 0, 2, np.inf, np.nan], np.float32), equal_nan=True)
    assert y.dtype == np.float32
    assert mask[:6].tolist() == [False, False, False, False, True, True]


def test_relu_judges_complex_numbers_by_their_real_part():
    y, _ = ReLU().forward(np.array([0 + 1j, -1 + 2j, 1 - 1j]))
    assert y.tolist() == [0, 0, 1 - 1j]


def test_relu_sends_nothing_back_at_zero():
    relu = ReLU()
    dx, grads = relu.backward(np.ones(3), relu.forward(np.array([-1.0, 0.0, 1.0]))[1])
    assert dx.tolist() == [0, 0, 1] and grads == {}


@pytest.mark.parametrize("layer", [Conv1d, ConvTranspose1d])
def test_another_dtype_is_refused_and_both_are_named(rng, layer):
    layer = layer(2, 3, 4, 2, rng=rng)
    with pytest.raises(ValueError, match="expected x in float32, as .* computes, got float64"):
        layer.forward(np.zeros((1, 8, 2)))
    y, saved = layer.forward(np.zeros((1, 8, 2), np.float32))
    for backward in (layer.backward, layer.input_gradient, layer.parameter_gradients):
        with pytest.raises(ValueError, match="expected dy in float32, as .* computes, got float64"):
            backward(y.astype(np.float64), saved)


@pytest.mark.parametrize("layer", [Conv1d, ConvTranspose1d])
@pytest.mark.parametrize(
    "sizes, words",
    [
        ((0, 1, 4), "inputs: expected a whole number of at least 1, got 0"),
        ((1, "64", 4), "outputs: expected a whole number of at least 1, got '64'"),
        ((1, 1, 0), "kernel: expected .* got 0"),
        ((1, 1, 4, 2.5), "stride: expected .* got 2.5"),
        ((1, 1, 4, 2, (1, 0.5)), "padding_right: expected a whole number of at least 0, got 0.5"),
        ((1, 1, 4, 2, "full"), "expected padding .* got 'full'"),
    ],
)
def test_sizes_that_make_no_layer_are_refused(rng, layer, sizes, words):
    with pytest.raises(ValueError, match=words):
        layer(*sizes, rng=rng)


@pytest.mark.parametrize("layer", [Conv1d, ConvTranspose1d])
@pytest.mark.parametrize("shape", [(), (3,), (8, 2), (1, 1, 8, 2)])
def test_an_array_of_another_number_of_dimensions_is_refused(rng, layer, shape):
    with pytest.raises(ValueError, match=r"expected x of shape \(batch, time, channels\), got \("):
        layer(2, 3, 4, rng=rng).forward(np.zeros(shape, np.float32))


@pytest.mark.parametrize("dtype", [np.int32, np.float16, bool])
def test_a_dtype_that_gradients_cannot_live_in_is_refused(rng, dtype):
    words = f"expected dtype float32, float64 or complex128, got {np.dtype(dtype)}"
    with pytest.raises(ValueError, match=words):
        Conv1d(2, 3, 4, rng=rng, dtype=dtype)
    for layer_or_model in (Conv1d(2, 3, 4, rng=rng), Sequential(Conv1d(2, 3, 4, rng=rng))):
        with pytest.raises(ValueError, match=words):
            layer_or_model.astype(dtype)


def test_an_unknown_init_is_refused(rng):
    with pytest.raises(ValueError, match='expected init "glorot" or "he" for a layer, got .mirrored.'):
        Conv1d(2, 3, 4, init="mirrored", rng=rng)


@pytest.mark.parametrize("layer", [Conv1d, ConvTranspose1d])
def test_backward_gives_what_its_two_halves_give(rng, layer):
    layer = layer(2, 3, 4, 2, rng=rng)
    y, saved = layer.forward(rng.standard_normal((2, 8, 2)).astype(np.float32))
    dx, grads = layer.backward(y, saved)
    assert np.array_equal(dx, layer.input_gradient(y, saved))
    alone = layer.parameter_gradients(y, saved)
    assert grads.keys() == alone.keys() == layer.params.keys()
    assert all(np.array_equal(grads[name], alone[name]) for name in grads)


def test_a_layer_needs_only_forward_and_input_gradient_if_it_has_no_parameters(rng):
    class Double(Layer):
        def forward(self, x):
            return 2 * x, None

        def input_gradient(self, dy, saved):
            return 2 * dy

    dx, grads = Double().backward(np.ones(3), None)
    assert dx.tolist() == [2, 2, 2] and grads == Double().named_parameters() == {}
    assert Double().astype(np.complex128).params == {}


@pytest.mark.parametrize("layer", [Conv1d, ConvTranspose1d])
def test_a_layer_in_another_dtype_is_a_copy(rng, layer):
    layer = layer(2, 3, 4, 2, rng=rng)
    for dtype in (np.float32, np.float64):
        twin = layer.astype(dtype)
        assert twin.w.dtype == twin.b.dtype == dtype and np.array_equal(twin.w, layer.w)
        assert not np.shares_memory(twin.w, layer.w)

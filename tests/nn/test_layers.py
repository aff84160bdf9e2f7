import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from numpyae import Conv1d, ConvTranspose1d, ReLU, Sequential
from numpyae.nn import conv, conv_transpose, glorot, he, tight_frame


def chain(rng, dtype=np.float32):
    return Sequential(
        Conv1d(2, 5, 4, 2, rng=rng, dtype=dtype), ReLU(), ConvTranspose1d(5, 2, 4, 2, rng=rng, dtype=dtype)
    )


def test_conv1d_is_conv_plus_bias(rng):
    layer = Conv1d(2, 3, 4, 2, rng=rng, dtype=np.float64)
    layer.b[...] = rng.standard_normal(3)
    x = rng.standard_normal((2, 9, 2))
    assert np.array_equal(layer.forward(x)[0], conv(x, layer.w, 2, "same") + layer.b)


def test_conv_transpose1d_has_the_kernel_of_the_conv1d_that_it_turns_round(rng):
    down, up = Conv1d(2, 3, 4, 2, rng=rng, dtype=np.float64), ConvTranspose1d(3, 2, 4, 2, rng=rng, dtype=np.float64)
    assert down.w.shape == up.w.shape == (4, 2, 3)
    y = rng.standard_normal((2, 5, 3))
    assert np.array_equal(up.forward(y, time=9)[0], conv_transpose(y, up.w, 2, "same", 9) + up.b)


@pytest.mark.parametrize("padding, time", [("same", 10), ("valid", 12), ((1, 2), 9)])
def test_conv_transpose1d_knows_a_length_of_its_own(rng, padding, time):
    up = ConvTranspose1d(3, 2, 4, 2, padding, rng=rng)
    y, _ = up.forward(np.zeros((1, 5, 3), np.float32))
    assert y.shape == (1, time, 2)


def test_conv_transpose1d_refuses_a_length_with_other_steps(rng):
    with pytest.raises(ValueError, match=r"needs \(any, 6, 3\)"):
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


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_a_model_computes_in_the_dtype_of_its_parameters_all_the_way(rng, dtype):
    model = chain(rng).astype(dtype)
    x = rng.standard_normal((2, 9, 2)).astype(dtype)
    y, saved = model.forward(x)
    dx, gradient = model.backward(y, saved)
    assert {array.dtype for array in (model.parameters, y, dx, gradient)} == {np.dtype(dtype)}


@pytest.mark.parametrize("layer", [Conv1d, ConvTranspose1d])
def test_another_dtype_is_refused_and_both_are_named(rng, layer):
    layer = layer(2, 3, 4, 2, rng=rng)
    with pytest.raises(ValueError, match="x is float64 but .* computes in float32"):
        layer.forward(np.zeros((1, 8, 2)))
    y, saved = layer.forward(np.zeros((1, 8, 2), np.float32))
    with pytest.raises(ValueError, match="dy is float64 but .* computes in float32"):
        layer.backward(y.astype(np.float64), saved)


@pytest.mark.parametrize("layer", [Conv1d, ConvTranspose1d])
@pytest.mark.parametrize(
    "sizes, words",
    [
        ((0, 1, 4), "inputs is 0"),
        ((1, 0, 4), "outputs is 0"),
        ((1, 1, 0), "kernel is 0"),
        ((1, 1, 4, 0), "stride is 0"),
        ((1, 1, 4, 2.5), "stride is 2.5: give a whole number"),
        ((1, 1, 4, 2, "full"), "padding is 'full'"),
    ],
)
def test_sizes_that_make_no_layer_are_refused(rng, layer, sizes, words):
    with pytest.raises(ValueError, match=words):
        layer(*sizes, rng=rng)


@pytest.mark.parametrize("dtype", [np.int32, np.float16, bool])
def test_a_dtype_that_gradients_cannot_live_in_is_refused(rng, dtype):
    words = "give float32, float64 or complex128"
    with pytest.raises(ValueError, match=words):
        Conv1d(2, 3, 4, rng=rng, dtype=dtype)
    for layer_or_model in (Conv1d(2, 3, 4, rng=rng), chain(rng)):
        with pytest.raises(ValueError, match=words):
            layer_or_model.astype(dtype)


def test_an_unknown_init_is_refused(rng):
    with pytest.raises(ValueError, match="init is 'mirrored'"):
        Conv1d(2, 3, 4, init="mirrored", rng=rng)


def test_forward_and_backward_change_and_keep_nothing_of_the_callers(rng):
    model = chain(rng)
    x = rng.standard_normal((2, 8, 2)).astype(np.float32)
    y, saved = model.forward(x)
    dy = rng.standard_normal(y.shape).astype(np.float32)
    before = [array.copy() for array in (x, dy, model.parameters)]
    dx, gradient = model.backward(dy, saved)
    assert all(map(np.array_equal, (x, dy, model.parameters), before))
    kept = dx.copy(), gradient.copy(), y.copy()
    model.backward(-dy, model.forward(-x)[1])
    assert all(map(np.array_equal, (dx, gradient, y), kept))


def test_nobody_is_given_a_dx_that_was_not_asked_for(rng):
    model = chain(rng)
    x = rng.standard_normal((2, 8, 2)).astype(np.float32)
    y, saved = model.forward(x)
    _, gradient = model.backward(y, saved)
    nothing, same = model.backward(y, saved, need_dx=False)
    assert nothing is None and np.array_equal(same, gradient)
    for layer in (ReLU(), ConvTranspose1d(2, 3, 4, rng=rng)):
        y, saved = layer.forward(x)
        assert layer.backward(y, saved, need_dx=False)[0] is None


def test_many_threads_share_a_model_and_get_what_one_would(rng):
    model = chain(rng)
    batches = rng.standard_normal((40, 4, 64, 2)).astype(np.float32)

    def gradient(x):
        y, saved = model.forward(x)
        return model.backward(y - x, saved)[1]

    with ThreadPoolExecutor(4) as pool:
        for together, alone in zip(pool.map(gradient, batches), map(gradient, batches)):
            assert np.array_equal(together, alone)


def test_the_layers_arrays_are_views_of_one_flat_array_in_layer_order(rng):
    model = chain(rng)
    assert list(model.named_parameters()) == ["0.w", "0.b", "2.w", "2.b"]
    model.parameters[...] = np.arange(model.parameters.size)
    layers = [model.layers[0].w, model.layers[0].b, model.layers[2].w, model.layers[2].b]
    assert np.concatenate([array.ravel() for array in layers]).tolist() == model.parameters.tolist()
    assert all(map(np.array_equal, model.named_parameters().values(), layers))


def test_the_flat_gradient_lies_as_the_parameters_do(rng):
    model = chain(rng)
    x = rng.standard_normal((2, 8, 2)).astype(np.float32)
    y, saved = model.forward(x)
    views = model.split(model.backward(y, saved)[1])
    _, grads = model.layers[2].backward(y, saved[2])
    assert np.array_equal(views["2.w"], grads["w"]) and np.array_equal(views["2.b"], grads["b"])


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model)), lambda model: model.astype(np.float64)]
)
def test_a_copys_layers_are_views_of_the_copys_parameters(rng, copied):
    model = chain(rng)
    twin = copied(model)
    before = model.parameters.copy()
    twin.parameters[...] = 7
    assert (twin.layers[0].w == 7).all() and (twin.layers[2].b == 7).all()
    assert np.array_equal(model.parameters, before) and np.array_equal(model.layers[0].w, model.named_parameters()["0.w"])


def test_a_shallow_copy_shares_parameters_and_layers(rng):
    model = chain(rng)
    twin = copy.copy(model)
    twin.parameters[...] = 7
    assert (model.layers[0].w == 7).all() and model.parameters is twin.parameters


def test_a_layer_belongs_to_one_model_once(rng):
    layer = Conv1d(2, 2, 3, rng=rng)
    with pytest.raises(ValueError, match="a layer belongs to one model, once"):
        Sequential(layer, layer)
    Sequential(layer)
    with pytest.raises(ValueError, match="a layer belongs to one model, once"):
        Sequential(ReLU(), layer)
    Sequential(copy.deepcopy(layer))


def test_a_layer_whose_arrays_are_views_of_something_else_makes_a_model(rng):
    layer = Conv1d(2, 3, 4, rng=rng)
    layer.params["w"] = rng.standard_normal(24).astype(np.float32).reshape(4, 2, 3)
    model = Sequential(layer)
    assert layer.w.base is model.parameters


@pytest.mark.parametrize("wrong", [[ReLU()], Sequential(ReLU()), "relu"])
def test_what_is_no_layer_makes_no_model(wrong):
    with pytest.raises(ValueError, match="are not layers: give them one after another"):
        Sequential(wrong)


def test_layers_of_two_dtypes_make_no_model(rng):
    with pytest.raises(ValueError, match="float32.*float64"):
        Sequential(Conv1d(2, 2, 3, rng=rng), Conv1d(2, 2, 3, rng=rng, dtype=np.float64))


def test_a_repr_tells_the_architecture(rng):
    assert repr(chain(rng)) == (
        "Sequential(Conv1d(2 -> 5, kernel 4, stride 2, padding 'same'), ReLU(), "
        "ConvTranspose1d(5 -> 2, kernel 4, stride 2, padding 'same'))"
    )


def test_glorot_fills_its_interval_evenly(rng):
    w = glorot(rng, (4, 32, 64))
    limit = np.sqrt(6 / (4 * 32 + 4 * 64))
    assert np.abs(w).max() <= limit
    assert np.histogram(w, 4, (-limit, limit))[0] == pytest.approx([w.size / 4] * 4, rel=0.1)


def test_he_keeps_the_power_of_a_signal_through_a_layer_and_a_relu(rng):
    x = rng.standard_normal((20, 400, 32))
    for layer in (Conv1d(32, 64, 4, 2, "valid", init="he", rng=rng), ConvTranspose1d(32, 64, 8, 2, "valid", init="he", rng=rng)):
        y = layer.astype(np.float64).forward(x)[0][:, 8:-8]
        assert np.mean(np.square(np.maximum(y, 0))) == pytest.approx(1, rel=0.15)
    assert he(rng, (4, 32, 64), 128).var() == pytest.approx(2 / 128, rel=0.1)


@pytest.mark.parametrize("dimensions, count", [(8, 1), (8, 8), (128, 64), (8, 16), (1, 5)])
def test_a_tight_frame_is_orthonormal_as_far_as_it_can_be(rng, dimensions, count):
    u = tight_frame(rng, dimensions, count)
    assert u.shape == (dimensions, count)
    product = u.T @ u if count <= dimensions else u @ u.T
    np.testing.assert_allclose(product, np.eye(min(dimensions, count)), rtol=0, atol=1e-14)

"""A chain of layers, its flat parameters, and its copies."""
import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from numpyae import Conv1d, ConvTranspose1d, ReLU, Sequential


def chain(rng, dtype=np.float32):
    return Sequential(
        Conv1d(2, 5, 4, 2, rng=rng, dtype=dtype), ReLU(), ConvTranspose1d(5, 2, 4, 2, rng=rng, dtype=dtype)
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_a_model_computes_in_the_dtype_of_its_parameters_all_the_way(rng, dtype):
    model = chain(rng).astype(dtype)
    x = rng.standard_normal((2, 9, 2)).astype(dtype)
    y, saved = model.forward(x)
    dx, gradient = model.backward(y, saved)
    assert {array.dtype for array in (model.parameters, y, dx, gradient)} == {np.dtype(dtype)}


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


@pytest.mark.parametrize("first", [Conv1d, ConvTranspose1d])
def test_nobody_is_given_a_dx_that_was_not_asked_for(rng, first):
    class First(first):
        def input_gradient(self, dy, saved):
            raise AssertionError("nothing below needs this dx")

    layers = ReLU(), ConvTranspose1d(5, 2, 4, 2, rng=rng)
    seed = int(rng.integers(1000))
    begin, begin_alone = (kind(2, 5, 4, 2, rng=np.random.default_rng(seed)) for kind in (first, First))
    model, asked_less = Sequential(begin, *layers), Sequential(begin_alone, *layers)
    x = rng.standard_normal((2, 8, 2)).astype(np.float32)
    y, saved = model.forward(x)
    _, gradient = model.backward(y, saved)
    assert np.array_equal(model.parameter_gradients(y, saved), gradient)
    assert np.array_equal(asked_less.parameter_gradients(y, saved), gradient)
    with pytest.raises(AssertionError, match="nothing below"):
        asked_less.backward(y, saved)


def test_parameter_gradients_know_layers_without_parameters(rng):
    x = rng.standard_normal((2, 8, 2)).astype(np.float32)
    for model in (Sequential(ReLU()), Sequential(ReLU(), Conv1d(2, 3, 4, rng=rng), ReLU())):
        y, saved = model.forward(x)
        gradient = model.parameter_gradients(y, saved)
        assert gradient.shape == model.parameters.shape and gradient.dtype == np.float32
        assert np.array_equal(gradient, model.backward(y, saved)[1])


def test_many_threads_share_a_model_and_get_what_one_would(rng):
    model = chain(rng)
    batches = rng.standard_normal((40, 4, 64, 2)).astype(np.float32)

    def gradient(x):
        y, saved = model.forward(x)
        return model.backward(y - x, saved)[1]

    with ThreadPoolExecutor(4) as pool:
        for together, alone in zip(pool.map(gradient, batches), map(gradient, batches), strict=True):
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
    views = model.named_gradients(model.backward(y, saved)[1])
    _, grads = model.layers[2].backward(y, saved[2])
    assert np.array_equal(views["2.w"], grads["w"]) and np.array_equal(views["2.b"], grads["b"])


def test_the_parameters_can_be_changed_in_place_but_not_exchanged(rng):
    model = chain(rng)
    before, layer = model.parameters, model.layers[0]
    model.parameters += 1
    model.parameters *= np.float32(2)
    model.parameters[3:5] = 7
    assert model.parameters is before and np.array_equal(layer.w.ravel(), before[: layer.w.size])
    kept = before.copy()
    with pytest.raises(ValueError, match=r"expected model.parameters\[...\] = array, got model.parameters ="):
        model.parameters = np.zeros_like(before)
    assert model.parameters is before and np.array_equal(before, kept)


@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model)), lambda model: model.astype(np.float64)],
)
def test_a_copys_layers_are_views_of_the_copys_parameters(rng, copied):
    model = chain(rng)
    twin = copied(model)
    before = model.parameters.copy()
    twin.parameters[...] = 7
    assert (twin.layers[0].w == 7).all() and (twin.layers[2].b == 7).all()
    assert np.array_equal(model.parameters, before)
    assert np.array_equal(model.layers[0].w, model.named_parameters()["0.w"])


def test_a_shallow_copy_shares_parameters_and_layers(rng):
    model = chain(rng)
    twin = copy.copy(model)
    twin.parameters[...] = 7
    assert (model.layers[0].w == 7).all() and model.parameters is twin.parameters


def test_a_model_copies_its_layers_so_that_models_share_nothing_and_a_layer_can_come_twice(rng):
    layer = Conv1d(2, 2, 3, rng=rng)
    before = layer.w.copy()
    twice, other = Sequential(layer, layer), Sequential(ReLU(), layer)
    assert twice.parameters.size == 2 * other.parameters.size == 2 * (layer.w.size + layer.b.size)
    twice.parameters[: twice.parameters.size // 2] = 7
    assert (twice.layers[0].w == 7).all() and np.array_equal(twice.layers[1].w, before)
    assert np.array_equal(other.layers[1].w, before) and np.array_equal(layer.w, before)
    layer.w[...] = 9
    assert np.array_equal(twice.layers[1].w, before) and np.array_equal(other.layers[1].w, before)
    x = rng.standard_normal((2, 8, 2)).astype(np.float32)
    y, saved = twice.forward(x)
    assert np.array_equal(y, twice.layers[1].forward(twice.layers[0].forward(x)[0])[0])
    assert np.array_equal(twice.parameter_gradients(y, saved), twice.backward(y, saved)[1])


def test_a_layer_whose_arrays_are_views_of_something_else_makes_a_model(rng):
    layer = Conv1d(2, 3, 4, rng=rng)
    layer.params["w"] = rng.standard_normal(24).astype(np.float32).reshape(4, 2, 3)
    model = Sequential(layer)
    assert model.layers[0].w.base is model.parameters and np.array_equal(model.layers[0].w, layer.w)
    assert not np.shares_memory(layer.w, model.parameters)


@pytest.mark.parametrize("wrong", [[ReLU()], Sequential(ReLU()), "relu"])
def test_what_is_no_layer_makes_no_model(wrong):
    words = r"expected layers, Sequential\(layer, layer, ...\), got"
    with pytest.raises(ValueError, match=words):
        Sequential(wrong)


def test_layers_of_two_dtypes_make_no_model(rng):
    with pytest.raises(ValueError, match="expected layers of one dtype, got .*float32.*float64"):
        Sequential(Conv1d(2, 2, 3, rng=rng), Conv1d(2, 2, 3, rng=rng, dtype=np.float64))


def test_a_repr_tells_the_architecture(rng):
    assert repr(chain(rng)) == (
        "Sequential(Conv1d(2 -> 5, kernel 4, stride 2, padding 'same'), ReLU(), "
        "ConvTranspose1d(5 -> 2, kernel 4, stride 2, padding 'same'))"
    )


@pytest.mark.parametrize("cut", [0, 1, 2, 3])
def test_a_part_of_a_model_shares_its_arrays_and_the_parts_together_are_the_whole(rng, cut):
    model = chain(rng)
    first, last = model[:cut], model[cut:]
    assert type(first) is type(last) is Sequential and first.layers + last.layers == model.layers
    assert np.array_equal(np.concatenate([first.parameters, last.parameters]), model.parameters)
    x = rng.standard_normal((2, 8, 2)).astype(np.float32)
    y, saved = model.forward(x)
    between, saved_first = first.forward(x)
    assert np.array_equal(last.forward(between)[0], y)
    dx, gradient = model.backward(y, saved)
    d_between, last_gradient = last.backward(y, saved[cut:])
    part_dx, first_gradient = first.backward(d_between, saved_first)
    assert np.array_equal(part_dx, dx)
    assert np.array_equal(np.concatenate([first_gradient, last_gradient]), gradient)
    first.parameters[...] = 7
    last.parameters[...] = 7
    assert (model.parameters == 7).all() and (model.layers[0].w == 7).all() and (model.layers[2].b == 7).all()
    behind = [name for name in model.named_parameters() if int(name[0]) >= cut]
    assert [*last.named_parameters()] == [f"{int(name[0]) - cut}{name[1:]}" for name in behind]


def test_a_copy_of_a_part_is_a_model_of_its_own(rng):
    model = chain(rng)
    before = model.parameters.copy()
    part = model[2:]
    for copied in (copy.deepcopy(part), part.astype(np.float64), pickle.loads(pickle.dumps(part))):
        copied.parameters[...] = 7
        assert (copied.layers[0].w == 7).all() and np.array_equal(model.parameters, before)


@pytest.mark.parametrize("part", [0, slice(None, None, -1), slice(0, 3, 2)])
def test_a_part_of_a_model_is_a_slice_of_layers_that_follow_each_other(part, rng):
    model = Sequential(Conv1d(2, 3, 4, rng=rng), ReLU(), Conv1d(3, 2, 4, rng=rng))
    with pytest.raises(TypeError, match="expected a slice model\\[start:stop\\], got model"):
        model[part]

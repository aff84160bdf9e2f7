"""The whole network: its lengths, what a feature sees, its two halves, and its gradient."""
import copy

import numpy as np
import pytest
from small import small_model

from numpyae import Autoencoder, Conv1d, ConvTranspose1d, Sequential, mse
from numpyae.autoencoder import streams
from numpyae.nn import complex_step_gradient, geometry, numerical_gradient


def test_the_posts_network_has_17026_parameters_and_a_quarter_of_the_frame_rate(rng):
    model = Autoencoder(rng=rng)
    assert model.parameters.shape == (17026,) and model.parameters.dtype == np.float32
    assert model.encode(np.zeros((3, 1024, 2), np.float32)).shape == (3, 256, 64)
    assert model.widths() == [2, 32, 64, 32, 2]


@pytest.mark.parametrize(
    "kernel, stride, padding", [(4, 2, "same"), (5, 3, "same"), (1, 2, "same"), (3, 2, (1, 1))]
)
def test_every_length_from_1_to_200_comes_back_exactly(rng, kernel, stride, padding):
    model = Autoencoder(2, 3, 4, kernel, stride, padding, rng=rng)
    for time in range(1, 201):
        x = rng.standard_normal((1, time, 2)).astype(np.float32)
        features = model.encode(x)
        half, _, _ = geometry(time, kernel, stride, padding)
        assert features.shape == (1, geometry(half, kernel, stride, padding)[0], 4)
        assert model.decode(features, time).shape == x.shape
        assert np.array_equal(model.decode(features, time), model.forward(x)[0])


def test_same_padding_gives_a_feature_for_every_four_samples_or_part_of_four(rng):
    model = Autoencoder(1, 2, 3, rng=rng)
    for time in range(1, 101):
        assert model.encode(np.zeros((1, time, 1), np.float32)).shape[1] == -(-time // 4)


def test_features_are_never_negative_and_the_output_has_both_signs(rng):
    model = Autoencoder(rng=rng)
    x = rng.standard_normal((2, 64, 2)).astype(np.float32)
    assert model.encode(x).min() == 0
    assert model.forward(x)[0].min() < 0 < model.forward(x)[0].max()


@pytest.mark.parametrize("kernel, stride, expected", [(4, 2, 10), (3, 2, 7), (1, 5, 1), (2, 3, 5)])
def test_one_feature_sees_and_writes_as_many_samples_as_the_receptive_field_says(
    rng, kernel, stride, expected
):
    model = Autoencoder(1, 8, 8, kernel, stride, init="he", rng=rng)
    assert model.receptive_field() == expected
    # so that no path is cut by a ReLU, and none cancels another
    model.parameters[...] = np.abs(model.parameters)
    x = np.zeros((100, 100, 1), np.float32)
    x[np.arange(100), np.arange(100)] = 1
    features = model.encode(x)
    middle = features.shape[1] // 2
    assert np.ptp(np.flatnonzero((features[:, middle] > 0).any(axis=1))) + 1 == expected
    one = np.zeros((1, *features.shape[1:]), np.float32)
    one[0, middle] = 1
    assert np.ptp(np.flatnonzero(model.decode(one, 100))) + 1 == expected


KERNELS = [(4, 2), (3, 2), (5, 2), (6, 2), (2, 2), (1, 2), (7, 3), (4, 1), (2, 3), (9, 4)]


@pytest.mark.parametrize("kernel, stride", KERNELS)
def test_exactly_the_samples_that_edges_names_would_come_out_otherwise_with_real_neighbours(
    rng, kernel, stride
):
    model = Autoencoder(2, 16, 24, kernel, stride, init="he", rng=rng, dtype=np.float64)
    for layer in model.layers:
        for array in layer.params.values():
            array += 0.1 * rng.standard_normal(array.shape)  # biases too
    context, time = model.context(), 20 * model.hop
    x = rng.standard_normal((100, context + time + context, 2))
    alone = model.forward(x[:, context:-context])[0]
    among_neighbours = model.forward(x)[0][:, context:-context]
    touched = np.flatnonzero(np.abs(alone - among_neighbours).max(axis=(0, 2)) > 1e-12)
    left, right = model.edge_widths()
    assert touched.tolist() == [*range(left), *range(time - right, time)]


def test_the_edges_of_the_posts_network_are_7_samples_wide(rng):
    assert Autoencoder(rng=rng).edge_widths() == (7, 7) and Autoencoder(rng=rng).context() == 12


def test_a_copy_is_a_model_of_its_own(rng):
    model = Autoencoder(1, 2, 3, rng=rng)
    twin = copy.deepcopy(model)
    twin.parameters[...] = 0
    x = rng.standard_normal((1, 8, 1)).astype(np.float32)
    assert not twin.forward(x)[0].any() and model.forward(x)[0].any()


@pytest.mark.parametrize("init", ["glorot", "he", "mirrored"])
def test_the_same_generator_gives_the_same_network(init):
    one, same, other = (Autoencoder(init=init, rng=np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one.parameters, same.parameters)
    assert not np.array_equal(one.parameters, other.parameters)


def test_without_a_generator_it_is_the_network_of_a_run_with_seed_0():
    kernels, batches, segments = streams(0)
    assert np.array_equal(Autoencoder().parameters, Autoencoder(rng=kernels).parameters)
    assert len({each.integers(2**62) for each in (*streams(0), *streams(1))}) == 6
    first = np.random.SeedSequence(0).spawn(3)[0]  # of which runs have been made from the start on
    same = Autoencoder(init="mirrored", rng=np.random.default_rng(first))
    assert np.array_equal(Autoencoder(init="mirrored").parameters, same.parameters)


@pytest.mark.parametrize("name, value", [
    ("channels", 0), ("hidden", 2.5), ("features", "64"), ("kernel", None), ("stride", -1), ("stride", True),
])
def test_a_size_that_is_no_whole_number_is_refused_by_the_name_it_was_given(name, value):
    with pytest.raises(ValueError, match=f"^{name}: expected a whole number of at least 1, got {value!r}$"):
        Autoencoder(**{name: value})


def test_sound_or_features_of_another_shape_are_refused_at_the_door(rng):
    model, words = small_model(), r"expected x of shape \(batch, time, channels\), got \("
    for shape in ((2,), (24, 2), (1, 1, 24, 2)):
        for call in (model.encode, model.forward, lambda x: model.decode(x, 24)):
            with pytest.raises(ValueError, match=words):
                call(np.zeros(shape, np.float32))
    features = model.encode(np.zeros((1, 24, 2), np.float32))
    with pytest.raises(ValueError, match=r"expected y of shape \(any, 7, 8\) .* got \(1, 6, 8\)"):
        model.decode(features, 26)
    with pytest.raises(ValueError, match="time: expected a whole number of at least 1, got 24.0"):
        model.decode(features, 24.0)


@pytest.mark.parametrize("seed", [0, 3])
def test_a_seed_gives_the_initial_kernels_of_a_run_with_this_seed(seed):
    expected = Autoencoder(rng=streams(seed)[0]).parameters
    assert np.array_equal(Autoencoder(rng=seed).parameters, expected)
    assert seed or np.array_equal(Autoencoder().parameters, expected)


@pytest.mark.parametrize("wrong", [-1, 1.5, True, None, "3"])
def test_what_is_neither_a_generator_nor_a_seed_is_refused(wrong):
    words = f"^rng: expected a numpy.random.Generator or a seed, .* got {wrong!r}"
    with pytest.raises(ValueError, match=words):
        Autoencoder(rng=wrong)


def test_an_unknown_init_is_refused(rng):
    with pytest.raises(ValueError, match="expected init .* 'glorot', 'he', 'mirrored', got 'zeros'"):
        Autoencoder(init="zeros", rng=rng)


def test_before_training_only_mirrored_already_follows_a_smooth_sound(rng):
    time = np.arange(1024) / 44100
    x = np.stack([np.sin(2 * np.pi * 220 * time), np.cos(2 * np.pi * 330 * time)], axis=-1)[np.newaxis]
    likeness = {}
    for init in ("glorot", "he", "mirrored"):
        y, _ = Autoencoder(init=init, rng=np.random.default_rng(0), dtype=np.float64).forward(x)
        likeness[init] = np.vdot(x, y) / np.linalg.norm(x) / np.linalg.norm(y)
    assert likeness["mirrored"] > 0.75 > 0.5 > max(abs(likeness["glorot"]), abs(likeness["he"]))


def test_encoder_and_decoder_share_the_models_arrays_and_give_forward_together(rng):
    model = small_model()
    encoder, decoder = model.encoder, model.decoder
    assert type(encoder) is type(decoder) is Sequential and encoder.layers + decoder.layers == model.layers
    assert np.array_equal(np.concatenate([encoder.parameters, decoder.parameters]), model.parameters)
    x = rng.standard_normal((3, 24, 2)).astype(np.float32)
    y, saved = model.forward(x)
    features = encoder.forward(x)[0]
    assert np.array_equal(features, model.encode(x)) and np.array_equal(features, model.features_in(saved))
    assert np.array_equal(decoder.forward(features)[0], y)
    encoder.parameters[...] = 3
    decoder.parameters[...] = 4
    values = [set(array.ravel()) for array in model.named_parameters().values()]
    assert values == [{3}] * 4 + [{4}] * 4
    model.parameters[...] = 5
    assert (encoder.parameters == 5).all() and (decoder.layers[-1].w == 5).all()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: model.astype(np.float64)])
def test_the_two_halves_of_a_copy_are_the_copys(copied):
    model = small_model()
    before = model.parameters.copy()
    twin = copied(model)
    twin.encoder.parameters[...] = twin.decoder.parameters[...] = 7
    assert (twin.parameters == 7).all() and np.array_equal(model.parameters, before) and twin.hop == model.hop


@pytest.mark.parametrize("stride", [1, 2, 3, 5])
def test_hop_is_the_samples_from_one_feature_to_the_next(rng, stride):
    model = Autoencoder(1, 3, 4, 5, stride, rng=rng)
    assert model.hop == stride**2
    for steps in range(1, 9):
        assert model.encode(np.zeros((1, model.hop * steps, 1), np.float32)).shape[1] == steps
    x = rng.standard_normal((1, 40 * model.hop, 1)).astype(np.float32)
    features, moved = model.encode(x), model.encode(np.roll(x, model.hop, axis=1))
    np.testing.assert_allclose(moved[:, 11:-10], features[:, 10:-11], rtol=0, atol=1e-6)


def test_pairs_are_each_convolution_and_its_mirror_the_outermost_first():
    model = small_model()
    (outer, outer_back), (inner, inner_back) = model.pairs()
    assert (outer, inner, inner_back, outer_back) == model.layers[::2]
    for convolution, back in model.pairs():
        assert isinstance(convolution, Conv1d) and isinstance(back, ConvTranspose1d)
        assert convolution.w.shape == back.w.shape
        assert (convolution.inputs, convolution.outputs) == (back.outputs, back.inputs)


def loss_with_a_price_on_features(model, x):
    """Return (loss, dy, dfeatures, saved) of mse + the mean of (0.3 features^2 + 0.1 features)."""
    y, saved = model.forward(x)
    features = model.features_in(saved)
    loss, dy = mse(y, x)
    price = (0.3 * features * features + 0.1 * features).mean()
    return loss + price, dy, (0.6 * features + 0.1) / features.size, saved


@pytest.mark.parametrize("time", [24, 23])
def test_a_term_at_the_features_adds_its_gradient(rng, time):
    model = small_model(init="mirrored", dtype=np.float64)
    model.parameters += 0.1 * rng.standard_normal(model.parameters.shape)
    x = rng.standard_normal((3, time, 2))
    _, dy, dfeatures, saved = loss_with_a_price_on_features(model, x)
    before = dy.copy(), dfeatures.copy()
    gradient = model.parameter_gradients(dy, saved, dfeatures)
    assert np.array_equal(dy, before[0]) and np.array_equal(dfeatures, before[1])

    exact, x_exact = model.astype(np.complex128), x.astype(np.complex128)
    by_step = complex_step_gradient(
        lambda: loss_with_a_price_on_features(exact, x_exact)[0], exact.parameters
    )
    assert np.abs(gradient - by_step).max() <= 1e-12 * np.abs(by_step).max()

    def probed():
        loss, _, _, masks = loss_with_a_price_on_features(model, x)
        return loss, [mask for mask in masks if mask.dtype == bool]

    by_difference = numerical_gradient(probed, model.parameters, h=1e-5)
    compared = ~np.isnan(by_difference)
    assert compared.mean() > 0.9
    assert np.abs(gradient - by_difference)[compared].max() <= 1e-7 * np.abs(by_step).max()

    without = model.parameter_gradients(dy, saved)
    encoding = model.encoder.parameters.size
    assert np.array_equal(gradient[encoding:], without[encoding:])  # the decoder is not asked
    assert np.abs(gradient - without)[:encoding].max() > 0.01 * np.abs(by_step).max()


@pytest.mark.parametrize("time", [1, 23, 24])
def test_without_such_a_term_the_gradient_is_backwards_and_the_sound_gets_no_dx(rng, monkeypatch, time):
    model = small_model()
    x = rng.standard_normal((3, time, 2)).astype(np.float32)
    y, saved = model.forward(x)
    _, gradient = model.backward(mse(y, x)[1], saved)
    monkeypatch.setattr(model.layers[0], "input_gradient", None)  # whoever calls it fails
    alone = model.parameter_gradients(mse(y, x)[1], saved)
    assert np.array_equal(alone, gradient) and alone.dtype == np.float32
    nothing = np.zeros_like(model.features_in(saved))
    assert np.array_equal(model.parameter_gradients(mse(y, x)[1], saved, nothing), gradient)

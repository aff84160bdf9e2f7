import copy

import numpy as np
import pytest

from numpyae import Autoencoder, ReLU
from numpyae.nn import conv, conv_transpose, geometry


def test_the_posts_network_has_17026_parameters_and_a_quarter_of_the_frame_rate(rng):
    model = Autoencoder(rng=rng)
    assert model.parameters.shape == (17026,) and model.parameters.dtype == np.float32
    assert model.encode(np.zeros((3, 1024, 2), np.float32)).shape == (3, 256, 64)
    assert model.widths() == [2, 32, 64, 32, 2]


@pytest.mark.parametrize("kernel, stride, padding", [(4, 2, "same"), (5, 3, "same"), (1, 2, "same"), (3, 2, (1, 1))])
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
def test_one_feature_sees_and_writes_as_many_samples_as_the_receptive_field_says(rng, kernel, stride, expected):
    model = Autoencoder(1, 8, 8, kernel, stride, init="he", rng=rng)
    assert model.receptive_field() == expected
    model.parameters[...] = np.abs(model.parameters)  # so that no path is cut by a ReLU, and none cancels another
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
def test_exactly_the_samples_that_edges_names_would_come_out_otherwise_with_real_neighbours(rng, kernel, stride):
    model = Autoencoder(2, 16, 24, kernel, stride, init="he", rng=rng, dtype=np.float64)
    for layer in model.layers:
        for array in layer.params.values():
            array += 0.1 * rng.standard_normal(array.shape)  # biases too
    context, time = model.context(), 20 * stride**2
    x = rng.standard_normal((100, context + time + context, 2))
    alone = model.forward(x[:, context:-context])[0]
    among_neighbours = model.forward(x)[0][:, context:-context]
    touched = np.flatnonzero(np.abs(alone - among_neighbours).max(axis=(0, 2)) > 1e-12)
    left, right = model.edges()
    assert touched.tolist() == [*range(left), *range(time - right, time)]


def test_the_edges_of_the_posts_network_are_7_samples_wide(rng):
    assert Autoencoder(rng=rng).edges() == (7, 7) and Autoencoder(rng=rng).context() == 12


def test_a_copy_is_a_model_of_its_own(rng):
    model = Autoencoder(1, 2, 3, rng=rng)
    twin = copy.deepcopy(model)
    twin.parameters[...] = 0
    x = rng.standard_normal((1, 8, 1)).astype(np.float32)
    assert not twin.forward(x)[0].any() and model.forward(x)[0].any()


@pytest.mark.parametrize("init", ["glorot", "he", "mirrored"])
def test_the_same_generator_gives_the_same_network(init):
    one, same, other = (Autoencoder(init=init, rng=np.random.default_rng(seed)).parameters for seed in (1, 1, 2))
    assert np.array_equal(one, same) and not np.array_equal(one, other)


def test_an_unknown_init_is_refused(rng):
    with pytest.raises(ValueError, match="init is 'zeros': give one of 'glorot', 'he', 'mirrored'"):
        Autoencoder(init="zeros", rng=rng)


SIZES = [(2, 32, 64, 4, 2), (1, 1, 1, 4, 2), (2, 7, 5, 3, 2), (3, 40, 200, 2, 3), (1, 5, 64, 1, 1), (2, 3, 2, 9, 4)]


@pytest.mark.parametrize("channels, hidden, features, kernel, stride", SIZES)
def test_mirrored_kernels_are_even_frames_and_the_decoders_scaled_copies(rng, channels, hidden, features, kernel, stride):
    model = Autoencoder(channels, hidden, features, kernel, stride, init="mirrored", rng=rng, dtype=np.float64)
    outer, inner, inner_back, outer_back = (layer for layer in model.layers if layer.params)
    pairs = (hidden + 1) // 2
    directions = outer.w.reshape(kernel * channels, hidden)
    assert np.array_equal(directions[:, pairs:], -directions[:, : hidden - pairs])
    for u in (directions[:, :pairs], inner.w.reshape(kernel * hidden, features)):
        product = u.T @ u if u.shape[1] <= u.shape[0] else u @ u.T
        np.testing.assert_allclose(product, np.eye(len(product)), rtol=0, atol=1e-14)
    overlap = max(1, kernel / stride)
    np.testing.assert_allclose(outer_back.w, outer.w / overlap, rtol=1e-15)
    np.testing.assert_allclose(inner_back.w, inner.w * 2 / overlap, rtol=1e-15)
    assert not any(layer.b.any() for layer in (outer, inner, inner_back, outer_back))


def test_the_outer_pair_of_mirrored_layers_is_an_identity_away_from_the_edges(rng):
    model = Autoencoder(init="mirrored", rng=rng, dtype=np.float64)
    x = rng.standard_normal((1, 100, 2))
    hidden = ReLU().forward(conv(x, model.layers[0].w, 2, "same"))[0]
    back = conv_transpose(hidden, model.layers[6].w, 2, "same", 100)
    np.testing.assert_allclose(back[:, 1:-1], x[:, 1:-1], rtol=0, atol=1e-14)
    np.testing.assert_allclose(back[:, [0, -1]], x[:, [0, -1]] / 2, rtol=0, atol=1e-14)  # one window of two


def test_before_training_only_mirrored_already_follows_a_smooth_sound(rng):
    time = np.arange(1024) / 44100
    x = np.stack([np.sin(2 * np.pi * 220 * time), np.cos(2 * np.pi * 330 * time)], axis=-1)[np.newaxis]
    likeness = {}
    for init in ("glorot", "he", "mirrored"):
        y, _ = Autoencoder(init=init, rng=np.random.default_rng(0), dtype=np.float64).forward(x)
        likeness[init] = np.vdot(x, y) / np.linalg.norm(x) / np.linalg.norm(y)
    assert likeness["mirrored"] > 0.75 > 0.5 > max(abs(likeness["glorot"]), abs(likeness["he"]))

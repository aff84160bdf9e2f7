"""Networks whose weights are set by hand, so that what comes out is what went in: to the bit, edges included.

Of the four places of a window only 1 and 2 have weights. The windows are two samples apart, so these tile the
sound, and no weight that meets the zeros of the padding writes a sample that is kept. Chapter 12 of the
tutorials derives both networks.
"""
import numpy as np
import pytest

from numpyae import Autoencoder

CODES = np.arange(-32768, 32768).astype(np.float32) / 32768  # every sample that 16 bits can hold


def blank(hidden, features, dtype=np.float32):
    model = Autoencoder(2, hidden, features, rng=np.random.default_rng(0), dtype=dtype)
    model.parameters[...] = 0
    return model


def mirror_the_encoder(model):
    for convolution, back in model.pairs():
        back.w[...] = convolution.w


def identity(dtype=np.float32):
    """16 features: each number v as relu(v) and relu(-v), whose difference it is."""
    model = blank(hidden=8, features=16, dtype=dtype)
    (outer, _), (inner, _) = model.pairs()
    for place in (1, 2):
        for channel in (0, 1):
            number = 2 * (place - 1) + channel
            outer.w[place, channel, 2 * number : 2 * number + 2] = 1, -1
        inner.w[place, :, 8 * (place - 1) : 8 * place] = np.eye(8)
    mirror_the_encoder(model)
    return model


def shifted_identity():
    """8 features: each number v as v + 1, which no ReLU touches while v is at least -1."""
    model = blank(hidden=4, features=8)
    (outer, outer_back), (inner, _) = model.pairs()
    for place in (1, 2):
        outer.w[place, :, 2 * (place - 1) : 2 * place] = np.eye(2)
        inner.w[place, :, 4 * (place - 1) : 4 * place] = np.eye(4)
    mirror_the_encoder(model)
    outer.b[...], outer_back.b[...] = 1, -1
    return model


def largest_error(model, x):
    y = model.forward(x)[0]
    assert y.shape == x.shape and y.dtype == x.dtype
    return np.abs(y - x).max()


@pytest.mark.parametrize("loudness", [1e-30, 1e-6, 1, 1e6, 1e30])
def test_sixteen_features_give_back_noise_of_every_length_and_loudness_exactly_edges_included(rng, loudness):
    model = identity()
    for time in range(1, 51):
        x = (loudness * rng.standard_normal((3, time, 2))).astype(np.float32)
        assert largest_error(model, x) == 0.0, time


def test_sixteen_features_give_back_the_largest_and_the_smallest_floats(rng):
    limits = np.finfo(np.float32)
    x = rng.choice([limits.max, -limits.max, limits.tiny, -limits.tiny, 1, 0], (5, 101, 2)).astype(np.float32)
    assert largest_error(identity(), x) == 0.0


def test_sixteen_features_are_exact_in_float64_too(rng):
    assert largest_error(identity(np.float64), rng.standard_normal((2, 1023, 2))) == 0.0


def test_sixteen_features_need_48_weights_and_no_bias():
    model = identity()
    assert np.count_nonzero(model.parameters) == 48
    assert set(model.parameters[model.parameters != 0]) == {1.0, -1.0}
    assert not any(layer.b.any() for layer in model.layers[::2])


def test_of_sixteen_features_exactly_half_are_zero_where_no_sample_is(rng):
    x = rng.standard_normal((3, 1024, 2)).astype(np.float32)
    assert x.all()
    features = identity().encode(x)
    assert features.shape == (3, 256, 16)
    assert np.count_nonzero(features) == x.size == features.size / 2


def test_with_one_of_the_48_weights_gone_something_is_wrong(rng):
    x = rng.standard_normal((3, 50, 2)).astype(np.float32)
    for index in np.flatnonzero(identity().parameters):
        model = identity()
        model.parameters[index] = 0
        assert largest_error(model, x) > 0.1, index


def test_eight_features_give_back_every_code_of_16_bits_at_every_place_of_a_block_exactly():
    model = shifted_identity()
    for shift in range(4):
        codes = np.roll(CODES, shift)
        assert largest_error(model, np.stack([codes, codes[::-1]], axis=1)[None]) == 0.0


def test_eight_features_give_back_16_bit_noise_of_every_length_exactly_edges_included(rng):
    model = shifted_identity()
    for time in range(1, 51):
        assert largest_error(model, rng.choice(CODES, (3, time, 2))) == 0.0, time


def test_eight_features_need_24_weights_and_six_biases():
    model = shifted_identity()
    weights = sum(np.count_nonzero(layer.w) for layer in model.layers[::2])
    assert (weights, np.count_nonzero(model.parameters)) == (24, 30)


def test_eight_features_clip_what_is_below_minus_one():
    x = np.linspace(-3, 3, 64, dtype=np.float32).reshape(1, 32, 2)
    assert np.abs(shifted_identity().forward(x)[0] - np.maximum(x, -1)).max() < 2e-7


def test_eight_features_round_what_lies_between_the_codes(rng):
    error = largest_error(shifted_identity(), rng.uniform(-1, 1, (1, 4096, 2)).astype(np.float32))
    assert 0 < error <= 2.0**-24  # half a gap between the float32 numbers from 1 to 2

"""How kernels start: glorot, he, tight frames and mirrored pairs."""
import numpy as np
import pytest

from numpyae import Autoencoder, Conv1d, ConvTranspose1d, ReLU
from numpyae.nn import conv, conv_transpose, glorot, he, mirror, tight_frame


def test_glorot_fills_its_interval_evenly(rng):
    w = glorot(rng, (4, 32, 64))
    limit = np.sqrt(6 / (4 * 32 + 4 * 64))
    assert np.abs(w).max() <= limit
    assert np.histogram(w, 4, (-limit, limit))[0] == pytest.approx([w.size / 4] * 4, rel=0.1)


def test_he_keeps_the_power_of_a_signal_through_a_layer_and_a_relu(rng):
    x = rng.standard_normal((20, 400, 32))
    for layer in (
        Conv1d(32, 64, 4, 2, "valid", init="he", rng=rng),
        ConvTranspose1d(32, 64, 8, 2, "valid", init="he", rng=rng),
    ):
        y = layer.astype(np.float64).forward(x)[0][:, 8:-8]
        assert np.mean(np.square(np.maximum(y, 0))) == pytest.approx(1, rel=0.15)
    assert he(rng, (4, 32, 64), 128).var() == pytest.approx(2 / 128, rel=0.1)


@pytest.mark.parametrize("dimensions, count", [(8, 1), (8, 8), (128, 64), (8, 16), (1, 5)])
def test_a_tight_frame_is_orthonormal_as_far_as_it_can_be(rng, dimensions, count):
    u = tight_frame(rng, dimensions, count)
    assert u.shape == (dimensions, count)
    product = u.T @ u if count <= dimensions else u @ u.T
    np.testing.assert_allclose(product, np.eye(min(dimensions, count)), rtol=0, atol=1e-14)


SIZES = [
    (2, 32, 64, 4, 2), (1, 1, 1, 4, 2), (2, 7, 5, 3, 2),
    (3, 40, 200, 2, 3), (1, 5, 64, 1, 1), (2, 3, 2, 9, 4),
]


@pytest.mark.parametrize("channels, hidden, features, kernel, stride", SIZES)
def test_mirrored_kernels_are_even_frames_and_the_decoders_scaled_copies(
    rng, channels, hidden, features, kernel, stride
):
    sizes = channels, hidden, features, kernel, stride
    model = Autoencoder(*sizes, init="mirrored", rng=rng, dtype=np.float64)
    (outer, outer_back), (inner, inner_back) = model.pairs()
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
    outer, outer_back = model.pairs()[0]
    hidden = ReLU().forward(conv(x, outer.w, 2, "same"))[0]
    back = conv_transpose(hidden, outer_back.w, 2, "same", 100)
    np.testing.assert_allclose(back[:, 1:-1], x[:, 1:-1], rtol=0, atol=1e-14)
    np.testing.assert_allclose(back[:, [0, -1]], x[:, [0, -1]] / 2, rtol=0, atol=1e-14)  # one window of two


def test_mirror_changes_kernels_in_place_and_leaves_biases_alone(rng):
    down, up = Conv1d(2, 8, 4, 2, rng=rng), ConvTranspose1d(8, 2, 4, 2, rng=rng)
    for layer in (down, up):
        layer.b[...] = 3
    arrays = [down.w, up.w]
    mirror(rng, down, up, signed=True)
    assert down.w is arrays[0] and up.w is arrays[1] and down.w.dtype == up.w.dtype == np.float32
    assert np.array_equal(up.w, down.w / 2) and np.array_equal(down.w[:, :, 4:], -down.w[:, :, :4])
    mirror(rng, down, up, signed=False)
    assert np.array_equal(up.w, down.w) and not np.array_equal(down.w[:, :, 4:], -down.w[:, :, :4])
    assert (down.b == 3).all() and (up.b == 3).all()

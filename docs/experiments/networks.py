"""Networks whose weights are set rather than learned, and the bits that it takes to send features."""
import numpy as np

from numpyae import Autoencoder
from numpyae.nn import conv_transpose, tight_frame


def identity(channels=2, dtype=np.float32):
    """Return a network set by hand that reproduces every sound: it sends each v as relu(v) and relu(-v).

    Of the four places of a window, only 1 and 2 have weights. The windows are two samples apart, so these two
    places tile the sound. Chapter 12 of the tutorials derives it. Stereo takes 16 features and 48 weights.
    """
    hidden = 4 * channels
    model = Autoencoder(channels, hidden, 2 * hidden, rng=np.random.default_rng(0), dtype=dtype)
    model.parameters[...] = 0
    (outer, outer_back), _ = model.pairs()
    outer.w[1:3] = np.kron(np.eye(2 * channels), [1, -1]).reshape(2, channels, hidden)
    outer_back.w[...] = outer.w
    tile(model, np.eye(2 * hidden), 1)
    return model


def tile(model, directions, scale):
    """Set places 1 and 2 of the inner pair, which tile the hidden steps, to directions, the rest to zero."""
    _, (inner, inner_back) = model.pairs()
    inner.w[...] = 0
    inner.w[1:3] = directions.reshape(2, model.hidden, model.features)
    inner_back.w[...] = scale * inner.w


def rotated(model, rng):
    """Start the inner pair on places 1 and 2 with a full set of orthonormal directions."""
    tile(model, tight_frame(rng, model.features, model.features), 2)


def permuted(model, rng):
    """Start the inner pair on places 1 and 2 with a permutation: the features are the hidden numbers."""
    tile(model, rng.permutation(np.eye(model.features)), 1)


INNER_STARTS = {"as drawn": lambda model, rng: None, "rotated": rotated, "permuted": permuted}


def paths(model, time):
    """Return the number of paths to each of `time` samples, as a share of those to a sample inside."""
    count, times = np.ones((1, time // model.hop, 1)), [time]
    for convolution, _ in model.pairs()[:-1]:
        times.append(times[-1] // convolution.stride)
    for convolution, _ in reversed(model.pairs()):
        ones = np.ones((convolution.kernel, 1, 1))
        count = conv_transpose(count, ones, convolution.stride, convolution.padding, times.pop())
    return count[0, :, 0] / count.max()


def code_bits(codes):
    """Return the bits of integers (steps, features): each column's entropy, and 32 per row of its table."""
    bits = 0.0
    for column in codes.T:
        _, counts = np.unique(column, return_counts=True)
        bits += np.sum(counts * np.log2(len(column) / counts)) + 32 * len(counts)
    return bits


def decoder_bits(model):
    """Return the bits of the decoder's weights, 32 each, which have to be sent too."""
    return 32 * model.decoder.parameters.size

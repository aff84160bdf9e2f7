"""Chapter 5, the transposed convolution: solutions."""
import numpy as np

from numpyae.nn import conv, geometry


def by_zeros_between(y, w, stride, padding, time):
    steps, left, right = geometry(time, len(w), stride, padding)
    batch, inputs, outputs = len(y), *w.shape[1:]
    p = np.zeros((batch, left + time + right, inputs))
    for b, i, o in np.ndindex(batch, inputs, outputs):
        z = np.zeros((steps - 1) * stride + 1)
        z[::stride] = y[b, :, o]
        made = np.convolve(z, w[:, i, o])
        p[b, : len(made), i] += made
    return p[:, left : left + time]


def gains(w, stride, padding, time):
    size = time * w.shape[1]
    transposed = conv(np.eye(size).reshape(size, time, -1), w, stride, padding).reshape(size, -1)
    return np.linalg.eigvalsh(transposed @ transposed.T)


def mdct(size):
    j, o = np.arange(2 * size)[:, None, None], np.arange(size)
    window = np.sin(np.pi / (2 * size) * (j + 0.5))
    return np.sqrt(2 / size) * window * np.cos(np.pi / size * (j + 0.5 + size / 2) * (o + 0.5))


def even_phases(w, stride):
    evened, mean = w.copy(), w.sum(axis=0) / stride
    for phase in range(stride):
        weights = evened[phase::stride]
        weights += (mean - weights.sum(axis=0)) / len(weights)
    return evened

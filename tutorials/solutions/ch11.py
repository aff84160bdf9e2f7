"""Chapter 11, why mono first: solutions."""
import math

import numpy as np

from numpyae.nn import geometry


def directions(song, samples):
    count = len(song) // samples
    blocks = song[: count * samples].reshape(count, -1)
    eigenvalues, found = np.linalg.eigh(blocks.T @ blocks / count)
    return eigenvalues[::-1], found[:, ::-1]  # of 32 samples, the second is a mid whose sign turns half way


def steps_until(eigenvalue, learning_rate, share):
    # so the side of the song, with an eighth of the mid's eigenvalue, takes some eight times as many
    return math.ceil(math.log(share) / (2 * math.log(1 - 2 * learning_rate * eigenvalue)))


def best_a(x):
    return (x[1:] * x[:-1]).sum() / np.square(x[:-1]).sum()  # the demo song's is 0.977


def de_emphasis(y, a):
    x = y.copy()
    for n in range(1, len(x)):
        x[n] += a * x[n - 1]
    return x  # what is steady comes out 1 / (1 - a) times as large, and so do the errors in it


def turned(model, time):
    copy = model.astype(model.parameters.dtype)
    _, left, _ = geometry(time, model.kernel, model.stride, model.padding)
    signs = np.where((np.arange(model.kernel) - left) % 2, -1, 1)
    for layer in copy.pairs()[0]:
        layer.w[...] *= signs[:, None, None]
    return copy

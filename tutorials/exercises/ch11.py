"""Chapter 11, why mono first. Replace each raise; check by: pytest tutorials/exercises -k ch11"""


def directions(song, samples):
    """Return (eigenvalues, directions) of the covariance of the song's blocks of `samples` samples.

    song: (time, channels); samples that do not fill a block are left out. eigenvalues: (size,), the largest
    first, where size is samples * channels; directions: (size, size), that of eigenvalue r is column r, of
    length 1.
    """
    raise NotImplementedError(
        "exercise 11a: a row for each block, blocks.T @ blocks / count, np.linalg.eigh, reverse"
    )


def steps_until(eigenvalue, learning_rate, share):
    """Return how many steps of gradient descent leave at most `share` of the energy in a direction.

    0 < 2 * learning_rate * eigenvalue < 1; 0 < share < 1. The result is a whole number.
    """
    raise NotImplementedError(
        "exercise 11b: a step makes the error (1 - 2 eta lambda)-fold; the energy is its square"
    )


def best_a(x):
    """Return the number a for which x[n] - a * x[n - 1], n = 1, 2, ..., has the least energy.

    x: (time, channels), all channels together. For a loud first channel and a soft second one, a is mostly
    the first one's.
    """
    raise NotImplementedError("exercise 11c: the energy is a parabola in a: where is its derivative zero?")


def de_emphasis(y, a):
    """Return x of which y, (time, channels), is the pre-emphasis: y[0] = x[0], y[n] = x[n] - a * x[n - 1]."""
    raise NotImplementedError("exercise 11c: x[n] = y[n] + a * x[n - 1], one sample after the other")


def turned(model, time):
    """Return a copy of an Autoencoder that does what `model` does, to sounds with other signs.

    Samples 1, 3, 5, ... of `time` are negated, in what goes in and in what comes out. The stride is 2 and the
    last layer's bias is 0. The kernel may have any length, so ask numpyae.nn.geometry for the zeros on the
    left.
    """
    raise NotImplementedError(
        "exercise 11d: which places of a window hold an odd sample? the layers are model.pairs()[0]"
    )

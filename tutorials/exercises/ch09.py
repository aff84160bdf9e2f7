"""Chapter 9, the whole machine. Replace each raise; check by: pytest tutorials/exercises -k ch09"""


def parameter_count(channels, hidden, features, kernel):
    """Return how many parameters the network has: channels -> hidden -> features -> hidden -> channels."""
    raise NotImplementedError("exercise 9a: four kernels, and a bias for each channel that a layer makes")


def backward(layers, dy, saved):
    """Return (dx, grads) of a chain of layers: grads is a list with the dict of each layer, in their order.

    layers: a list; saved: what each one's forward kept, in the same order.
    layer.backward(dy, kept) -> (dx, grads).
    """
    raise NotImplementedError("exercise 9b: the dx of one layer is the dy of the layer before it")


def never_heard(samples, iterations, batch_size, segment):
    """Return the expected share of a song, far from its ends, that no random segment of a training covers.

    samples: the song's length. Every start from 0 to samples - segment is equally likely.
    """
    raise NotImplementedError(
        "exercise 9c: which share of all starts covers a given sample? then miss it every time"
    )


def without_kinks(model):
    """Return a new numpyae.Sequential of an Autoencoder's layers without its ReLUs.

    It has the same parameters. A Sequential copies the layers that it is given, so the two models share no
    parameters.
    """
    raise NotImplementedError("exercise 9d: keep the layers that have parameters (layer.params)")

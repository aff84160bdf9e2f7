"""Chapter 9, the whole machine: solutions."""
from numpyae import Sequential


def parameter_count(channels, hidden, features, kernel):
    weights = 2 * kernel * (channels * hidden + hidden * features)
    return weights + hidden + features + hidden + channels  # nearly all in the inner two: hidden * features


def backward(layers, dy, saved):
    grads = []
    for layer, kept in zip(reversed(layers), reversed(saved), strict=True):
        dy, own = layer.backward(dy, kept)
        grads.insert(0, own)
    return dy, grads


def never_heard(samples, iterations, batch_size, segment):
    share = segment / (samples - segment + 1)
    return (1 - share) ** (iterations * batch_size)  # 23% of a song of four minutes


def without_kinks(model):
    # it learns faster; we think because no ReLU stops half of what comes, and no number needs two features,
    # one for each sign
    return Sequential(*[layer for layer in model.layers if layer.params])

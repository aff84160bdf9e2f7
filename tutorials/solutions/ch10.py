"""Chapter 10, what one feature can see: solutions."""
import numpy as np


def field_and_jump(layers):
    field = jump = 1
    for kernel, stride in layers:
        field += (kernel - 1) * jump
        jump *= stride
    return field, jump


def samples_that_matter(model, x, feature):
    before = model.encode(x)[0, feature]
    found = []
    for n in range(x.shape[1]):
        changed = x.copy()
        changed[0, n] += 1
        if not np.array_equal(model.encode(changed)[0, feature], before):
            found.append(n)
    return found


def in_chunks(model, song, chunk):
    pieces = []
    for start in range(0, len(song), chunk):
        begin = max(0, start - model.context())
        y, _ = model.forward(song[None, begin : start + chunk + model.context()])
        pieces.append(y[0, start - begin : start - begin + chunk])
    return np.concatenate(pieces)[: len(song)]


def kernels_that_see(samples, stride):
    pairs = [(samples - (second - 1) * stride, second) for second in range(1, samples + 1)]
    return sorted((first, second) for first, second in pairs if first >= 1)

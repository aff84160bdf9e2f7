"""Checks of the exercises of chapter 9."""
import ch09
import numpy as np
import pytest
from checking import expect

from numpyae import Autoencoder, ReLU
from numpyae.audio import demo_song, random_segments
from numpyae.evaluation import measure
from numpyae.training import train


def test_a_parameter_count():
    for sizes in [(2, 32, 64, 4), (1, 3, 5, 7)]:
        wanted = Autoencoder(*sizes, rng=np.random.default_rng(0)).parameters.size
        expect(f"parameter_count{sizes}", ch09.parameter_count(*sizes), wanted)


def test_b_backward():
    rng = np.random.default_rng(0)
    model = Autoencoder(hidden=3, features=5, rng=rng, dtype=np.float64)
    y, saved = model.forward(rng.standard_normal((2, 13, 2)))
    dy = rng.standard_normal(y.shape)
    dx, grads = ch09.backward([*model.layers], dy, saved)
    wanted_dx, gradient = model.backward(dy, saved)
    expect("dx", dx, wanted_dx)
    expect("the number of dicts in grads", len(grads), 7)
    for name, wanted in model.named_gradients(gradient).items():
        index, key = name.split(".")
        expect(f'grads[{index}]["{key}"]', grads[int(index)][key], wanted)


def test_c_never_heard():
    for sizes in [(50, 1, 1, 10), (50, 2, 3, 10), (240 * 44100, 150, 100, 1024)]:
        starts = sizes[0] - sizes[3] + 1
        wanted = (1 - sizes[3] / starts) ** (sizes[1] * sizes[2])
        expect(f"never_heard{sizes}", ch09.never_heard(*sizes), wanted, 1e-6)


def test_d_without_kinks():
    song = demo_song(2.0).astype(np.float64)
    model = Autoencoder(rng=np.random.default_rng(0), dtype=np.float64)
    segments = random_segments(song, 50, 256, np.random.default_rng(2))
    before = model.forward(segments)[0]
    linear = ch09.without_kinks(model)
    if any(isinstance(layer, ReLU) for layer in linear.layers):
        pytest.fail(f"there is still a ReLU in {linear}", pytrace=False)
    expect("its parameters", linear.parameters, model.parameters)
    linear.parameters *= 2
    expect("what the model answers after linear.parameters has changed", model.forward(segments)[0], before)
    linear.parameters /= 2
    losses = []
    for each in (model, linear):
        train(each, song, iterations=60, batch_size=10, segment=256, rng=np.random.default_rng(1), workers=1)
        losses.append(measure(each, segments, workers=1).loss)
    print(f"with kinks {losses[0]:.2g}, without {losses[1]:.2g}")
    if not losses[1] < losses[0]:
        words = f"got a loss of {losses[1]:.2g}, with ReLUs {losses[0]:.2g}"
        pytest.fail(f"it should learn faster: {words}", pytrace=False)

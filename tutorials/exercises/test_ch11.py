"""Checks of the exercises of chapter 11."""
import ch11
import numpy as np
import pytest
from checking import expect

from numpyae import Autoencoder
from numpyae.audio import demo_song


def test_a_directions():
    song = demo_song(1.0).astype(np.float64)
    for samples in (1, 4, 11):
        eigenvalues, found = ch11.directions(song, samples)
        size, count = 2 * samples, len(song) // samples
        expect(f"the shape of the {size} directions", np.shape(found), (size, size))
        expect("directions.T @ directions", found.T @ found, np.eye(size), 1e-9)
        parts = song[: count * samples].reshape(count, size) @ found
        expect("the energy in each direction", eigenvalues, np.square(parts).mean(axis=0), 1e-9)
        products = parts.T @ parts / count
        expect("the mean products of two directions' parts", products, np.diag(eigenvalues), 1e-9)
        if (np.diff(eigenvalues) > 0).any():
            pytest.fail(f"the largest eigenvalue comes first: got {eigenvalues}", pytrace=False)


def test_b_steps_until():
    for eigenvalue, learning_rate, share in [
        (0.9, 0.05, 0.1), (0.1, 0.05, 0.1), (0.013, 0.5, 0.01), (3.0, 0.16, 0.5),
    ]:
        weight, wanted = 0.0, 0
        while (weight - 1) ** 2 > share:
            weight -= learning_rate * 2 * eigenvalue * (weight - 1)
            wanted += 1
        expect(f"steps_until({eigenvalue}, {learning_rate}, {share})",
               ch11.steps_until(eigenvalue, learning_rate, share), wanted)


def test_c_emphasis():
    song = demo_song(1.0).astype(np.float64)
    for x in (song, np.cumsum(np.random.default_rng(0).standard_normal((30, 2)), axis=0) * (1.0, 0.2)):
        a = ch11.best_a(x)
        left = [np.square(x[1:] - each * x[:-1]).sum() for each in (a, a - 1e-3, a + 1e-3)]
        for other, energy in zip((a - 1e-3, a + 1e-3), left[1:], strict=True):
            if not energy > left[0]:
                words = f"best_a is {a:.6g} for {len(x)} samples: {other:.6g} leaves less energy"
                pytest.fail(words, pytrace=False)
    song = song[:20000]  # it ends in sound: who wraps round to the last sample is seen
    emphasised = song.copy()
    emphasised[1:] -= 0.9 * song[:-1]
    before = emphasised.copy()
    expect("de_emphasis of the pre-emphasised song", ch11.de_emphasis(emphasised, 0.9), song, 1e-9)
    expect("y, which is not yours to change,", emphasised, before)


def test_d_turned():
    rng = np.random.default_rng(0)
    for kernel, time in [(4, 64), (6, 64), (3, 64), (4, 63), (3, 63)]:
        model = Autoencoder(hidden=5, features=7, kernel=kernel, rng=rng, dtype=np.float64)
        model.layers[0].b[...] = rng.standard_normal(5)
        before = model.parameters.copy()
        x, signs = rng.standard_normal((3, time, 2)), np.where(np.arange(time) % 2, -1.0, 1.0)[:, None]
        got = ch11.turned(model, time).forward(x * signs)[0]
        expect(f"what comes out, kernel {kernel}, {time} samples", got, model.forward(x)[0] * signs)
        expect("the parameters of the model itself", model.parameters, before)

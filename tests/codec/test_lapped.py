"""The lapped transform: orthonormal, exact, and the MDCT that scipy's cosine transform gives."""
import numpy as np
import pytest
import scipy.fft

from numpyae.codec.container import SIZES
from numpyae.codec.lapped import kernel, to_sound, to_tones


@pytest.mark.parametrize("size", [1, 2, 7, *SIZES])
def test_the_kernel_is_orthonormal_also_to_its_neighbours_in_time(rng, size):
    w = kernel(size)[:, 0].astype(np.float64)
    some = rng.choice(size, min(size, 40), replace=False)  # all pairs of 2,048 tones would take a second
    np.testing.assert_allclose(w[:, some].T @ w, np.eye(size)[some], atol=2e-6)
    np.testing.assert_allclose(w[size:, some].T @ w[:size], 0, atol=2e-6)


@pytest.mark.parametrize("size", [8, 256, 1024])
def test_tones_are_what_scipy_makes_of_the_folded_block(rng, size):
    sound = rng.standard_normal((4 * size, 2)).astype(np.float32)
    window = np.sin(np.pi * (np.arange(2 * size) + 0.5) / (2 * size))[:, np.newaxis]
    tones = to_tones(sound, size)
    assert tones.shape == (3, 2, size) and tones.dtype == np.float32
    for number, got in enumerate(tones):
        a, b, c, d = (window * sound[number * size : (number + 2) * size]).reshape(4, size // 2, 2)
        folded = np.concatenate([-c[::-1] - d, a - b[::-1]])
        np.testing.assert_allclose(got.T, scipy.fft.dct(folded, 4, axis=0, norm="ortho"), atol=1e-5)


@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("size, time", [
    (4, 1), (4, 4), (4, 9), (256, 1000), (512, 512), (512, 513), (2048, 1),
])
def test_a_sound_of_any_length_comes_back_if_zeros_surround_it(rng, size, time, channels):
    windows = -(-time // size) + 1
    sound = np.zeros((size * (windows + 1), channels), np.float32)
    sound[size : size + time] = rng.standard_normal((time, channels))
    back = to_sound(to_tones(sound, size))
    assert back.shape == sound.shape and back.dtype == np.float32
    np.testing.assert_allclose(back, sound, atol=5e-6)


def test_windows_may_be_turned_back_in_parts_that_overlap(rng):
    sound = rng.standard_normal((9 * 64, 2)).astype(np.float32)
    tones = to_tones(sound, 64)
    parts = np.zeros_like(sound)
    parts[: 4 * 64] += to_sound(tones[:3])
    parts[3 * 64 :] += to_sound(tones[3:])
    np.testing.assert_allclose(parts[64:-64], sound[64:-64], atol=5e-6)


def test_the_energy_of_the_tones_is_that_of_the_sound(rng):
    sound = np.pad(rng.standard_normal((5 * 256, 2)), ((256, 256), (0, 0))).astype(np.float32)
    energy, of_tones = (np.sum(np.square(x, dtype=np.float64)) for x in (sound, to_tones(sound, 256)))
    assert of_tones == pytest.approx(energy, rel=1e-6)


def test_a_sine_is_one_peak_at_its_tone():
    time = np.arange(6 * 512)[:, np.newaxis]
    tones = to_tones(np.sin(np.pi / 512 * (100 + 0.5) * time).astype(np.float32), 512)
    power = np.square(tones).mean(axis=(0, 1))
    assert power.argmax() == 100 and power[97:104].sum() > 0.999 * power.sum()


def test_the_sound_that_is_given_stays_as_it_was(rng):
    sound = rng.standard_normal((4 * 64, 2)).astype(np.float32)
    before, tones = sound.copy(), to_tones(sound, 64)
    kept = tones.copy()
    to_sound(tones)
    assert np.array_equal(sound, before) and np.array_equal(tones, kept)

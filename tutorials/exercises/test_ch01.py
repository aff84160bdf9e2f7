"""Checks of the exercises of chapter 1."""
import ch01
import numpy as np
from checking import expect

from numpyae.audio import snr_db


def test_a_mid_side():
    x = np.random.default_rng(0).standard_normal((100, 2))
    got = ch01.mid_side(x)
    expect("mid_side(x)", got, np.stack([(x[:, 0] + x[:, 1]) / 2, (x[:, 0] - x[:, 1]) / 2], axis=1))
    expect("left_right(mid_side(x))", ch01.left_right(got), x)
    expect("twice the energy of mid and side", 2 * np.vdot(got, got), np.vdot(x, x), 1e-10)


def test_b_level_db():
    sine = 0.5 * np.sin(2 * np.pi * np.arange(1000) / 100)
    expect("level_db of a sine of amplitude 0.5", ch01.level_db(sine), -9.030899869919436, 1e-9)
    expect("level_db of ones", ch01.level_db(np.ones((5, 2))), 0.0)


def test_c_to_16_bits():
    x = np.array([0.0, 0.6, -0.6, 1.4, 32767.9, -32769.0]) / 32768
    expect("to_16_bits(x) * 32768", ch01.to_16_bits(x) * 32768, [0, 1, -1, 1, 32767, -32768])
    sine = 32767 / 32768 * np.sin(2 * np.pi * 997 * np.arange(44100) / 44100)
    expect("its SNR for a sine of 997 Hz", snr_db(sine, ch01.to_16_bits(sine)), 6.02 * 16 + 1.76, 0.1)


def test_d_segments():
    song = np.arange(10.0).reshape(5, 2)
    got = ch01.segments(song, 200, 3, np.random.default_rng(0))
    expect("the shape", got.shape, (200, 3, 2))
    starts = got[:, 0, 0] / 2
    expect("segments", got, np.stack([song[int(start) : int(start) + 3] for start in starts]))
    expect("the starts that occur", np.unique(starts), [0, 1, 2])
    expect("how often each start occurs in 200", np.bincount(starts.astype(int)), [200 / 3] * 3, 30)
    other = ch01.segments(song, 200, 3, np.random.default_rng(1))
    expect("whether another generator draws others", np.array_equal(other, got), 0)
    expect("the only segment", ch01.segments(song, 1, 5, np.random.default_rng(0)), song[None])

"""The demo song."""
import hashlib

import numpy as np
import pytest

from numpyae.audio import demo_song


def test_the_demo_song_is_twelve_seconds_of_stereo_on_the_16_bit_grid():
    song = demo_song()
    assert song.shape == (12 * 44100, 2) and song.dtype == np.float32
    assert np.array_equal(song * 32768, np.round(song * 32768))
    assert np.abs(song).max() == pytest.approx(0.8, abs=1e-4)


def test_the_demo_song_is_the_same_everywhere():
    digest = hashlib.sha256((demo_song() * 32768).astype("<i2").tobytes()).hexdigest()
    assert digest == "204f3fbca9f926a23e626b03129e3a581c0cdb8d49cb36250fd3513a5c657b97"


def test_the_demo_songs_side_is_6_to_12_decibels_below_its_mid():
    for seed in range(3):
        left, right = demo_song(seed=seed).astype(np.float64).T
        below = 10 * np.log10(np.sum((left + right) ** 2) / np.sum((left - right) ** 2))
        assert 6 <= below <= 12


def test_another_seed_plays_another_melody_to_the_same_chords():
    one, other = demo_song(3.0), demo_song(3.0, seed=1)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("seconds, rate", [(0, 44100), (12, 1), (12, 0), (1e-9, 44100), (np.nan, 44100)])
def test_a_demo_song_of_nothing_or_at_a_rate_too_low_for_music_is_refused(seconds, rate):
    words = f"expected at least one sample and at least 1000 Hz, got {seconds} s at {rate} Hz: give a longer"
    with pytest.raises(ValueError, match=words):
        demo_song(seconds, rate)


@pytest.mark.parametrize("seconds, rate", [
    (0.01, 44100), (1.0, 8000), (13.0, 11025), (0.5, 96000), (9.0, 1000),
])
def test_the_demo_song_has_the_length_and_rate_that_are_asked_for(seconds, rate):
    song = demo_song(seconds, rate)
    assert song.shape == (round(seconds * rate), 2) and np.isfinite(song).all()

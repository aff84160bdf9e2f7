"""Segments, measures and the demo song."""
import hashlib

import numpy as np
import pytest
import scipy.stats

from numpyae.audio import (
    cut, demo_song, energies, notable_starts, octave_snrs, random_segments, snr_db, snrs, spaced_segments,
)


def test_every_start_from_first_to_last_is_equally_likely(rng):
    song = np.arange(50, dtype=np.float32)[:, np.newaxis]
    segments = random_segments(song, 41_000, 10, rng)
    assert segments.shape == (41_000, 10, 1) and segments.dtype == np.float32
    starts, counts = np.unique(segments[:, 0, 0], return_counts=True)
    assert starts.tolist() == [*range(41)]  # 0 and 40, the first and the last that fit, are there too
    assert scipy.stats.chisquare(counts).pvalue > 0.001
    assert (np.diff(segments[:, :, 0], axis=1) == 1).all()


def test_a_song_of_one_segment_is_that_segment(rng):
    song = rng.standard_normal((10, 2))
    assert (random_segments(song, 3, 10, rng) == song).all()
    assert np.array_equal(spaced_segments(song, 3, 10), song[np.newaxis])


def test_spaced_segments_go_from_edge_to_edge_and_none_comes_twice():
    song = np.arange(1000)[:, np.newaxis]
    assert spaced_segments(song, 5, 100)[:, 0, 0].tolist() == [0, 225, 450, 675, 900]
    assert spaced_segments(song[:104], 1000, 100)[:, 0, 0].tolist() == [0, 1, 2, 3, 4]


def test_context_is_the_songs_own_samples_and_zeros_beyond_its_ends(rng):
    song = np.arange(1, 21, dtype=np.float32)[:, np.newaxis]
    assert cut(song, [0, 8, 15], 5, 3)[:, :, 0].tolist() == [
        [0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8], [6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], [13, 14, 15, 16, 17, 18, 19, 20, 0, 0, 0],
    ]
    drawn = random_segments(song, 5000, 5, rng, context=3)
    starts, counts = np.unique(drawn[:, 3, 0], return_counts=True)
    assert starts.tolist() == [*range(1, 17)] and scipy.stats.chisquare(counts).pvalue > 0.001


def test_context_does_not_move_the_segments(rng):
    song = rng.standard_normal((500, 2))
    for segments in (random_segments, spaced_segments):
        settings = [np.random.default_rng(1)] if segments is random_segments else []
        alone = segments(song, 20, 50, *settings)
        settings = [np.random.default_rng(1)] if segments is random_segments else []
        assert np.array_equal(segments(song, 20, 50, *settings, context=8)[:, 8:-8], alone)


def tones(*frequencies, rate=8000, seconds=1.0):
    time = np.arange(int(seconds * rate)) / rate
    return np.stack([np.sin(2 * np.pi * frequency * time) for frequency in frequencies], axis=1)


def test_the_notable_segments_are_found_by_measure(rng):
    rate, quiet = 8000, 0.01 * rng.standard_normal((8000, 2))
    low, high = 0.5 * tones(70, 70), 0.5 * tones(3000, 3000)
    hiss = 0.5 * rng.standard_normal((8000, 1)) * [1, 1]
    wide = 0.5 * tones(300, 330) + 0.3 * rng.standard_normal((8000, 2))
    found = notable_starts(np.concatenate([quiet, low, high, hiss, wide]), 512)
    seconds = {name: start / rate for name, start in found.items()}
    assert 1 <= seconds["low"] < 2 and 2 <= seconds["high"] < 3 and 4 <= seconds["lively"]
    assert 1 <= seconds["periodic"] < 3


def test_notable_segments_are_never_silent_ones_if_there_is_a_sound():
    song = np.zeros((20_000, 2))
    song[9_000:9_600] = 0.5 * np.sin(np.arange(600) / 9)[:, np.newaxis] * [1, -1]  # the mean of the channels is silent
    for start in notable_starts(song, 512).values():
        assert song[start : start + 512].any()


@pytest.mark.parametrize("song", [np.zeros((700, 2)), np.ones((600, 1)), np.zeros((512, 6))])
def test_silence_and_short_songs_have_notable_segments_too(song):
    assert all(0 <= start <= len(song) - 512 for start in notable_starts(song, 512).values())


def test_octave_snrs_tell_where_the_error_is(rng):
    rate = 44100
    sound = rng.standard_normal((5 * rate, 2))
    tone = 0.05 * tones(1000, 1000, rate=rate, seconds=5)
    bands = dict(octave_snrs(sound, sound + tone, rate))
    assert [round(centre) for centre in bands] == [31, 62, 125, 250, 500, 1000, 2000, 4000, 8000, 16000]
    assert min(bands, key=bands.get) == 1000
    power_in_octave = 2 * 5 * rate * (1000 * (2**0.5 - 0.5**0.5)) / (rate / 2)
    assert bands[1000] == pytest.approx(10 * np.log10(power_in_octave / np.sum(tone**2)), abs=0.5)
    assert dict(octave_snrs(0 * sound, tone, rate))[1000] is None


@pytest.mark.parametrize("segments", [lambda song: random_segments(song, 1, 11, np.random.default_rng()), lambda song: spaced_segments(song, 1, 11)])
def test_a_song_shorter_than_a_segment_is_refused(segments):
    with pytest.raises(ValueError, match="the song has 10 samples, a segment 11"):
        segments(np.zeros((10, 2)))


def test_a_segment_of_nothing_is_refused(rng):
    with pytest.raises(ValueError, match="a segment of -3 samples was asked for"):
        random_segments(np.zeros((10, 2)), 1, -3, rng)


def test_snr_is_the_ratio_of_the_energies_in_decibels(rng):
    x = rng.standard_normal((3, 100, 2))
    assert snr_db(x, 0.9 * x) == pytest.approx(20, abs=1e-9)
    assert snr_db(x, 0 * x) == pytest.approx(0, abs=1e-12)
    assert snr_db(x, x) == np.inf


def test_snr_of_silence_is_undefined_without_a_warning():
    assert snr_db(np.zeros((9, 2)), np.ones((9, 2))) is None
    assert snr_db(np.zeros((9, 2)), np.zeros((9, 2))) is None
    assert snr_db(np.ones((9, 2)), np.full((9, 2), np.nan)) is None


def test_sixteen_bits_of_a_full_scale_sine_are_98_decibels():
    sine = np.sin(2 * np.pi * 997 / 44100 * np.arange(441000))
    assert snr_db(sine, np.round(sine * 32767) / 32767) == pytest.approx(98.08, abs=0.1)


def test_an_error_in_the_side_alone_leaves_the_mid_perfect(rng):
    x = rng.standard_normal((100, 2))
    found = snrs(energies(x, x + [0.1, -0.1]))
    side = (x[:, 0] - x[:, 1]) / 2
    assert found["snr_mid_db"] > 290
    assert found["snr_side_db"] == pytest.approx(10 * np.log10(np.sum(side**2) / (100 * 0.01)))


def test_mid_and_side_share_the_energy_of_left_and_right(rng):
    x, y = rng.standard_normal((2, 100, 2))
    found = energies(x, y)
    np.testing.assert_allclose(2 * (found["snr_mid_db"] + found["snr_side_db"]), found["snr_db"], rtol=1e-12)


@pytest.mark.parametrize("channels", [1, 3, 6])
def test_mid_and_side_are_undefined_unless_stereo(rng, channels):
    x = rng.standard_normal((100, channels))
    found = snrs(energies(x, 0.9 * x))
    assert found["snr_mid_db"] is found["snr_side_db"] is None and found["snr_db"] == pytest.approx(20)


def test_the_energies_of_pieces_add_up_to_those_of_the_whole(rng):
    x, y = rng.standard_normal((2, 10, 100, 2)).astype(np.float32)
    whole, parts = snrs(energies(x, y)), snrs(energies(x[:3], y[:3]), energies(x[3:], y[3:]))
    assert whole == pytest.approx(parts, rel=1e-12)


def test_snr_refuses_unequal_shapes():
    with pytest.raises(ValueError, match=r"original has shape \(9, 2\), reconstruction \(9, 1\)"):
        snr_db(np.zeros((9, 2)), np.zeros((9, 1)))


def test_the_demo_song_is_twelve_seconds_of_stereo_on_the_16_bit_grid():
    song = demo_song()
    assert song.shape == (12 * 44100, 2) and song.dtype == np.float32
    assert np.array_equal(song * 32768, np.round(song * 32768)) and np.abs(song).max() == pytest.approx(0.8, abs=1e-4)


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


def test_a_demo_song_of_nothing_is_refused():
    with pytest.raises(ValueError, match="0 s at 44100 Hz is not one sample"):
        demo_song(0)


@pytest.mark.parametrize("seconds, rate", [(0.01, 44100), (1.0, 8000), (13.0, 11025), (0.5, 96000)])
def test_the_demo_song_has_the_length_and_rate_that_are_asked_for(seconds, rate):
    song = demo_song(seconds, rate)
    assert song.shape == (round(seconds * rate), 2) and np.isfinite(song).all()

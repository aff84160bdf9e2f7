"""Segments: random, spaced, with their context, and those worth looking at."""
import numpy as np
import pytest
import scipy.stats
from small import tones

from numpyae.audio import cut, notable_starts, random_segments, spaced_segments


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
    song = np.arange(1000.0)[:, np.newaxis]
    assert spaced_segments(song, 5, 100)[:, 0, 0].tolist() == [0, 225, 450, 675, 900]
    assert spaced_segments(song[:104], 1000, 100)[:, 0, 0].tolist() == [0, 1, 2, 3, 4]


def test_context_is_the_songs_own_samples_and_zeros_beyond_its_ends(rng):
    song = np.arange(1, 21, dtype=np.float32)[:, np.newaxis]
    assert cut(song, [0, 8, 15], 5, 3)[:, :, 0].tolist() == [
        [0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8],
        [6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
        [13, 14, 15, 16, 17, 18, 19, 20, 0, 0, 0],
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
    # the mean of the channels is silent
    song[9_000:9_600] = 0.5 * np.sin(np.arange(600) / 9)[:, np.newaxis] * [1, -1]
    for start in notable_starts(song, 512).values():
        assert song[start : start + 512].any()


@pytest.mark.parametrize("song", [np.zeros((700, 2)), np.ones((600, 1)), np.zeros((512, 6))])
def test_silence_and_short_songs_have_notable_segments_too(song):
    assert all(0 <= start <= len(song) - 512 for start in notable_starts(song, 512).values())


@pytest.mark.parametrize(
    "segments",
    [
        lambda song: random_segments(song, 1, 11, np.random.default_rng()),
        lambda song: spaced_segments(song, 1, 11),
    ],
)
def test_a_song_shorter_than_a_segment_is_refused(segments):
    with pytest.raises(ValueError, match="expected a song of at least one segment, 11 samples, got 10"):
        segments(np.zeros((10, 2)))


@pytest.mark.parametrize("words, arguments", {
    "length: expected a whole number of at least 1, got -3": {"length": -3},
    "length: expected a whole number of at least 1, got 2.5": {"length": 2.5},
    "count: expected a whole number of at least 1, got 0": {"count": 0},
    "context: expected a whole number of at least 0, got -1": {"context": -1},
    r"expected sound of shape \(time, channels\), got \(10,\): give mono as": {"song": np.zeros(10)},
    r"expected sound of shape \(time, channels\), got \(1, 10, 2\)": {"song": np.zeros((1, 10, 2))},
    r"got \(2, 10\), fewer samples than channels: give song.T": {"song": np.zeros((2, 10))},
    "with full scale 1, got int16: divide them by 32768": {"song": np.zeros((10, 2), np.int16)},
    "with full scale 1, got uint8: divide them by their full scale": {"song": np.zeros((10, 2), np.uint8)},
    "got a tuple: read a file by samples, rate = numpyae.read": {"song": (np.zeros((10, 2)), 8000)},
}.items())
def test_segments_of_nothing_or_of_what_is_no_song_are_refused(rng, words, arguments):
    wanted = {"song": np.zeros((10, 2)), "count": 1, "length": 4, "context": 0, **arguments}
    with pytest.raises(ValueError, match=words):
        random_segments(rng=rng, **wanted)
    with pytest.raises(ValueError, match=words):
        spaced_segments(**wanted)
    if "count" not in arguments:
        del wanted["count"]
        with pytest.raises(ValueError, match=words):
            cut(starts=[0], **wanted)

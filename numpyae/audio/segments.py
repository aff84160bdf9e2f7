"""Segments of a song: random ones to learn from, evenly spaced ones to measure by."""
import numpy as np


def random_segments(song, count, length, rng):
    """Draw `count` segments of `length` samples, every start from first to last possible equally likely.

    song: (time, channels), an array or a Song; the result is (count, length, channels). Segments may overlap.
    Raises ValueError for a song shorter than a segment.
    """
    return _cut(song, rng.integers(0, _last_start(song, length) + 1, count), length)


def spaced_segments(song, count, length):
    """Cut up to `count` segments evenly spaced from the song's start to its end, none twice: (count, length, channels).

    Raises ValueError for a song shorter than a segment.
    """
    last = _last_start(song, length)
    return _cut(song, np.unique(np.linspace(0, last, min(count, last + 1)).round().astype(int)), length)


def _last_start(song, length):
    if len(song) < length:
        raise ValueError(f"the song has {len(song)} samples, a segment {length}: give a longer song or a shorter segment")
    return len(song) - length


def _cut(song, starts, length):
    return np.stack([song[start : start + length] for start in starts])

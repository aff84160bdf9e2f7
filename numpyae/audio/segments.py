"""Cut segments from a song: random ones to train on, evenly spaced ones to measure, notable ones to show."""
import numpy as np

from numpyae.nn.conv import check_whole


def random_segments(song, count, length, rng, context=0):
    """Draw `count` segments of `length` samples; all possible starts are equally likely.

    song: (time, channels), an array or a Song; the result is (count, context + length + context, channels).
    context: how many more of the song's samples to add on either side, with zeros beyond its ends. Segments
    may overlap. Raises ValueError for a song of another shape or shorter than a segment, and for a count,
    length or context that is not a whole number or too small.
    """
    check_whole(1, count=count)
    return cut(song, rng.integers(0, _last_start(song, length) + 1, count), length, context)


def spaced_segments(song, count, length, context=0):
    """Cut up to `count` different segments, evenly spaced from the song's start to its end.

    The result, the context and the errors are as in random_segments.
    """
    check_whole(1, count=count)
    last = _last_start(song, length)
    starts = np.unique(np.linspace(0, last, min(count, last + 1)).round().astype(int))
    return cut(song, starts, length, context)


def cut(song, starts, length, context=0):
    """Cut the segments that begin at `starts`; result, context and errors are as in random_segments.

    A segment that goes beyond an end of the song has zeros there.
    """
    check_sound(song)
    check_whole(1, length=length)
    check_whole(0, context=context)
    segments = np.zeros((len(starts), context + length + context, song.shape[1]), song.dtype)
    for segment, start in zip(segments, starts, strict=True):
        begin = max(0, start - context)
        piece = song[begin : start + length + context]
        offset = begin - (start - context)
        segment[offset : offset + len(piece)] = piece
    return segments


def check_sound(song, channels=None):
    """Raise ValueError unless this is sound: floating-point numbers (time, channels), an array or a Song.

    channels: the number that is expected, if it is known. Else, or if it is another, sound of fewer samples
    than channels is taken for (channels, time). The samples themselves are not read.
    """
    if not (hasattr(song, "shape") and hasattr(song, "dtype")):
        raise ValueError(
            f"expected sound as an array of shape (time, channels), got a {type(song).__name__}: read a file "
            "by samples, rate = numpyae.read(path), and give the samples"
        )
    if len(song.shape) != 2:
        raise ValueError(
            f"expected sound of shape (time, channels), got {song.shape}: give mono as song[:, np.newaxis]"
        )
    if 0 < song.shape[0] < song.shape[1] != channels:
        raise ValueError(
            f"expected sound of shape (time, channels), got {song.shape}, fewer samples than channels: give "
            "song.T"
        )
    if not np.issubdtype(song.dtype, np.floating):
        full_scale = {"int16": 2**15, "int32": 2**31}.get(song.dtype.name, "their full scale")
        raise ValueError(
            f"expected floating-point samples with full scale 1, got {song.dtype}: divide them by "
            f"{full_scale}"
        )


def _last_start(song, length):
    check_sound(song)
    check_whole(1, length=length)
    if len(song) < length:
        raise ValueError(
            f"expected a song of at least one segment, {length} samples, got {len(song)}: give a longer song "
            "or a shorter segment"
        )
    return len(song) - length


def notable_starts(song, length):
    """Find the most instructive of up to 400 evenly spaced segments; return name -> start.

    "lively": the most energy in the side or, if the song is not stereo, in all channels. The others come from
    the louder half of the segments that are not silent, by the power of all channels. "periodic": the highest
    autocorrelation at any lag from where it first becomes negative up to half a segment, relative to lag 0
    and per overlapping sample. "low", "high": the lowest and highest spectral centroid, by power.
    """
    last = _last_start(song, length)
    starts = np.unique(np.linspace(0, last, min(400, last + 1)).round().astype(int))
    segments = cut(song, starts, length).astype(np.float64)
    interest = segments[:, :, 0] - segments[:, :, 1] if segments.shape[2] == 2 else segments
    energy = np.square(segments).sum(axis=(1, 2))
    loud = np.flatnonzero(energy >= np.median(energy[energy > 0])) if energy.any() else np.arange(len(starts))

    spectrum = np.fft.rfft(segments[loud], 2 * length, axis=1)  # twice the length: no lag wraps around
    power = np.square(np.abs(spectrum)).sum(axis=2)
    lags = np.arange(length // 2)
    correlation = np.fft.irfft(power)[:, : len(lags)] / (length - lags)
    beyond = np.logical_or.accumulate(correlation < 0, axis=1)
    peaks = np.where(beyond, correlation, 0).max(axis=1, initial=0)
    peaks /= np.maximum(correlation.max(axis=1, initial=0), 1e-12)
    centroid = power @ np.arange(power.shape[1]) / np.maximum(power.sum(axis=1), 1e-12)
    return {
        "lively": int(starts[np.square(interest).reshape(len(starts), -1).sum(axis=1).argmax()]),
        "periodic": int(starts[loud[peaks.argmax()]]),
        "low": int(starts[loud[centroid.argmin()]]),
        "high": int(starts[loud[centroid.argmax()]]),
    }

"""Keep the noise of rounding in time with the sound: temporal noise shaping (Herre & Johnston, 1996).

A rounded tone is off for as long as its window, so its noise is heard before the stroke of a drum. But as a
tone can be foretold along time, a stroke can along frequency. What its two lower neighbours foretell of each
tone is subtracted before rounding, and added again afterwards. That gives the noise the shape of the sound in
time, and of the mirror image that each half of a window adds to it.
"""
import numpy as np

FROM = 4_000  # Hz
WORTH = 1.3  # how many times the energy must fall for a filter to be used


def rise(sound):
    """Return by how many octaves the level of sound (time, channels) rises within 2,048 samples, on average.

    A song of nothing but strokes rises by one and more, and wants shorter windows.
    """
    bright = sound[1:] - 0.9 * sound[:-1]  # strokes stand out in the treble
    blocks = bright[: len(bright) // 256 * 256].reshape(-1, 256 * sound.shape[1])
    levels = np.log2(np.square(blocks).mean(axis=1) + 1e-9) / 2
    if len(levels) < 8:
        return 0.0
    coming = np.lib.stride_tricks.sliding_window_view(levels, 8)
    return float((coming.max(axis=1) - coming[:, 0]).mean())


def first_tone(header):
    """Return the first tone that is foretold: where the first band from 4 kHz on begins."""
    edges = header.edges
    return edges[min(np.searchsorted(edges, FROM * 2 * header.size / header.rate), len(edges) - 1)]


def find_filters(white):
    """Return two reflection coefficients per window and channel, in eighths: (windows, channels, 2).

    white: the tones to be foretold, divided by the rms of their bands, (windows, channels, tones). Both are 0
    where they would be of little use.
    """
    tones = white.shape[-1]
    r0, r1, r2 = (np.sum(white[..., lag:] * white[..., : max(0, tones - lag)], axis=-1) for lag in range(3))
    k1 = r1 / (r0 + 1e-9)
    k2 = (r2 / (r0 + 1e-9) - k1**2) / (1 - k1**2 + 1e-9)
    filters = np.rint(8 * np.stack([k1, k2], axis=-1)).clip(-7, 7).astype(np.int64)
    return filters * (prediction_gain(filters) > WORTH)[..., np.newaxis]


def prediction_gain(filters):
    """Return how many times more energy tones have than what is left of them: (windows, channels)."""
    return 1 / np.prod(1 - np.square(filters / 8), axis=-1)


def residual(u, filters):
    """Return tones (..., tones) less what their two lower neighbours foretell."""
    first, second = _taps(filters)
    rest = u.copy()
    rest[..., 1:] -= first * u[..., :-1]
    rest[..., 2:] -= second * u[..., :-2]
    return rest


def restored(rest, filters):
    """Undo `residual`, from the lowest tone to the highest."""
    used = filters.any(axis=-1)
    first, second = (taps[..., 0] for taps in _taps(filters[used]))
    u = np.zeros((rest.shape[-1] + 2, len(first)), np.float32)  # two zeros, then the tones
    for now, one_lower, two_lower, part in zip(u[2:], u[1:], u, rest[used].T, strict=False):
        now[:] = part + first * one_lower + second * two_lower
    rest = rest.copy()
    rest[used] = u[2:].T
    return rest


def _taps(filters):
    k1, k2 = (filters[..., i, np.newaxis].astype(np.float32) / 8 for i in (0, 1))
    return k1 * (1 - k2), k2

"""The order in which a song is told: one function that writer and reader both run.

A window is told in two parts, its outline and its numbers, and each part in two halves, like the fields of a
chessboard: the black fields are guessed from the past, and the white ones also from their black neighbours.
"""
import numpy as np

from numpyae.codec.neuron import ONE, Neuron, log2
from numpyae.codec.rounding import log_steps

CLASSES = 16  # into which a table's context is divided


class Model:
    """What is known of the song so far, and the neurons that guess how it goes on."""

    def __init__(self, header):
        self._header, self._widths = header, np.diff(header.edges)
        channels, bands, tones = header.channels, len(self._widths), header.edges[-1]
        self._outline, self._changes, self._usual_outline = np.zeros((3, channels, bands + 2), np.int64)
        self._sizes, self._usual_sizes = np.zeros((2, channels, tones), np.int64)  # usual: means, in 16ths
        self._outline_halves, self._size_halves = halves(channels, bands + 2), halves(channels, tones)
        self._outline_neurons = [Neuron(0, [5 * channels * (bands + 2), 35, 45]) for _ in range(2)]
        self._size_neurons = [Neuron(2, [CLASSES**2, 2 * CLASSES * bands]) for _ in range(2)]

    def code(self, coder, outline=None, numbers=None):
        """Write the next window, or read it if it is None; return its outline and its numbers.

        outline: (channels, bands + 2), loudness and filters; numbers: (channels, tones).
        """
        outline = self._code_outline(coder, outline)
        return outline, self._code_numbers(coder, outline[:, :-2], numbers)

    def _code_outline(self, coder, truth):
        """Tell every value as its change from the window before."""
        own = clip(self._changes, 2)
        place = 5 * np.arange(own.size).reshape(own.shape) + own
        trend = clip(self._usual_outline - 16 * self._outline + 8 >> 4, 4)
        known, changes = self._changes, np.zeros_like(self._changes)
        wanted = None if truth is None else fold(truth - self._outline)
        for half, neuron in zip(self._outline_halves, self._outline_neurons, strict=True):
            around = 5 * clip(beside(known), 3) + clip(before(known), 2)
            cells = np.array([fields.ravel()[half] for fields in (place, around, 5 * trend + own)])
            told = neuron.code(coder, cells[:0], cells, None if truth is None else wanted.ravel()[half])
            changes.ravel()[half] = unfold(told)
            known = changes
        self._changes, self._outline = changes, self._outline + changes
        self._usual_outline += 16 * self._outline - self._usual_outline >> 2
        return self._outline

    def _code_numbers(self, coder, levels, truth):
        """Tell the sizes of the numbers, then their signs."""
        above = 64 * levels - log_steps(levels, self._header)  # 64 log2 of rms / step
        bands = np.arange(len(self._widths))
        places = 2 * CLASSES * bands + np.clip(above // 32 + CLASSES, 0, 2 * CLASSES - 1)
        above, places = (np.repeat(fields, self._widths, axis=1).ravel() for fields in (4 * above, places))
        around = 3 * self._sizes + beside(self._sizes) + before(self._sizes) + self._usual_sizes
        usual = class_of(log2(self._usual_sizes.ravel()))
        sizes = np.zeros_like(self._sizes)
        for half, neuron in zip(self._size_halves, self._size_neurons, strict=True):
            logarithm = log2((around + 3 * beside(sizes) + 2 * before(sizes)).ravel()[half])
            inputs = np.array([logarithm - 4 * 256, above[half]])
            cells = np.array([CLASSES * class_of(logarithm) + usual[half], places[half]])
            told = neuron.code(coder, inputs, cells, None if truth is None else abs(truth.ravel()[half]))
            sizes.ravel()[half] = told
        there = sizes > 0
        negative = coder(np.full(there.sum(), ONE // 2), None if truth is None else truth[there] < 0)
        numbers = sizes.copy()
        numbers[there] *= 1 - 2 * negative
        self._sizes = sizes
        self._usual_sizes += 16 * sizes - self._usual_sizes >> 2
        return numbers


def halves(channels, fields):
    """Return where the black and where the white fields of (channels, fields) are, counted in one row."""
    colour = np.indices((channels, fields)).sum(axis=0).ravel() % 2
    return np.flatnonzero(colour == 0), np.flatnonzero(colour == 1)


def beside(fields):
    """Return the sum of both neighbours in the same channel."""
    total = np.zeros_like(fields)
    total[:, 1:] = fields[:, :-1]
    total[:, :-1] += fields[:, 1:]
    return total


def before(fields):
    """Return the fields of the channel before: of stereo, the other channel; of mono, the same."""
    return np.concatenate([fields[-1:], fields[:-1]])


def clip(numbers, most):
    """Return numbers from -most to most as numbers from 0 on."""
    return numbers.clip(-most, most) + most


def class_of(logarithm):
    """Return the half octave of a log2 with 8 bits after the point."""
    return np.minimum(logarithm >> 7, CLASSES - 1)


def fold(numbers):
    """Return 0, 1, -1, 2, -2, ... as 0, 1, 2, 3, 4, ..."""
    return np.where(numbers > 0, 2 * numbers - 1, -2 * numbers)


def unfold(numbers):
    """Return 0, 1, 2, 3, 4, ... as 0, 1, -1, 2, -2, ..."""
    return np.where(numbers % 2, numbers + 1, -numbers) // 2

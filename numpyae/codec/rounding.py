"""Round tones as coarsely as the ear forgives, and put quiet noise in the place of zeros."""
import numpy as np

from numpyae.codec.attacks import find_filters, first_tone, prediction_gain, residual, restored
from numpyae.codec.bands import LOUDEST, SILENT, loudness

ROUND_UP = 0.4  # added before rounding towards zero; less than 1/2, because zeros are cheap
LARGEST = 2**14
MOST_NOISE = 0.3  # rms, in rounding steps


def log_steps(levels, header):
    """Return 64 log2 of the rounding steps of the bands: (..., channels, bands) -> (..., bands).

    All channels have the same. With gamma 0 the error is as loud in every band, with 64 it follows the song.
    """
    return header.gain + header.gamma * levels.max(axis=-2)


def outline(tones, header):
    """Return what is told of the windows before their numbers: (windows, channels, bands + 2).

    The loudness of the bands, and two filter coefficients.
    """
    levels = loudness(tones, header.edges)
    white = (tones / _per_tone(2.0**levels, header))[..., first_tone(header) :]
    return np.concatenate([levels, find_filters(white)], axis=-1)


def rounded(tones, outline, header):
    """Return the tones as whole numbers of rounding steps, less what their lower neighbours foretell."""
    levels, filters = outline[..., :-2], outline[..., -2:]
    u, first = tones / _steps(levels, header), first_tone(header)
    u[..., first:] = residual(u[..., first:], filters)
    return np.trunc(u + np.copysign(ROUND_UP, u)).clip(-LARGEST, LARGEST).astype(np.int16)


def heard(outline, numbers, header, page):
    """Return the tones of rounded ones, with noise for zeros; the number of the page seeds it."""
    levels, filters = outline[..., :-2].clip(SILENT, LOUDEST), outline[..., -2:].clip(-7, 7)
    steps, first = _steps(levels, header), first_tone(header)
    u, silent = numbers.astype(np.float32), levels == SILENT
    power = np.where(silent, 0, 2.0**levels) ** 2
    power[..., header.edges[:-1] >= first] /= prediction_gain(filters)[..., np.newaxis]
    u += _noise(u, _per_tone(power, header) / steps**2, header, np.random.default_rng(page))
    u[..., first:] = restored(u[..., first:], filters)
    return u * steps


def _noise(u, power, header, rng):
    """Return uniform noise where u is 0, in proportion to what a band lacks of its power."""
    zero, starts = u == 0, header.edges[:-1]
    lacking = np.add.reduceat(power - np.square(u), starts, axis=-1)
    lacking /= np.add.reduceat(zero, starts, axis=-1, dtype=np.float32).clip(1)
    rms = header.fill / 64 * np.sqrt(lacking.clip(0, MOST_NOISE**2))
    return zero * _per_tone(12**0.5 * rms, header) * (rng.random(u.shape, np.float32) - np.float32(0.5))


def _steps(levels, header):
    """Return the rounding step of every tone: (windows, 1, tones)."""
    return _per_tone(2 ** (log_steps(levels, header)[:, np.newaxis] / 64), header)


def _per_tone(bands, header):
    return np.repeat(bands.astype(np.float32), np.diff(header.edges), axis=-1)

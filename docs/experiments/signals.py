"""The sounds of the experiments, each defined once. A song is a float32 array (time, channels)."""
import numpy as np
from scipy.signal import chirp


def white_noise(shape, rms, seed=0):
    """Return noise (time, channels) of this RMS, equally strong at every frequency, in mid and side."""
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32) * np.float32(rms)


def noise_like(song, seed=0):
    """Return white noise of the song's loudness and length."""
    return white_noise(song.shape, np.sqrt(np.square(song).mean()), seed)


def sweep(seconds, rate, channels, rms=0.1):
    """Return a sine that rises through all frequencies from 20 Hz on, equally long in each octave."""
    time = np.arange(seconds * rate) / rate
    sine = np.sqrt(2) * rms * chirp(time, 20, time[-1], 0.45 * rate, method="logarithmic")
    return np.stack([sine] * channels, axis=1).astype(np.float32)


def treble_lifted(song, factor=0.95):
    """Return the song with its treble lifted, x[n] - factor x[n - 1], scaled to be as loud as before."""
    lifted = song.copy()
    lifted[1:] -= np.float32(factor) * song[:-1]
    return lifted * np.float32(np.sqrt(np.square(song).mean() / np.square(lifted).mean()))


def right_negated(song):
    """Return the song with its right channel negated: what left and right shared is now the side."""
    return song * np.array([1, -1], np.float32)


def right_later(song):
    """Return the song with its right channel half the song later, so that left and right share nothing."""
    return np.stack([song[:, 0], np.roll(song[:, 1], len(song) // 2)], axis=1)


def right_reversed(song):
    """Return the song with its right channel reversed in time, so that left and right share nothing."""
    return np.stack([song[:, 0], song[::-1, 1]], axis=1)


def every_second_negated(song):
    """Return the song with every second sample negated, which mirrors its spectrum: bass becomes treble."""
    signs = np.where(np.arange(len(song)) % 2, -1, 1)[:, None]
    return (song * signs).astype(np.float32)

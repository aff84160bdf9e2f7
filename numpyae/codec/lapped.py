"""Sound as windows of many tones, and back: two layers of the network with a stride of 1,024.

The kernels are cosines under a sine window, so nothing has to be learned or sent. Windows of 2 * size samples
begin every `size` samples, so each sample lies in two of them, and each window gives `size` numbers: as many
numbers as samples. This is the MDCT of Princen & Bradley (1986), "Analysis/synthesis filter bank design based
on time domain aliasing cancellation". Its kernel is orthonormal, so the transposed convolution is its inverse
and the energy of an error is the same on both sides.
"""
from functools import cache

import numpy as np

from numpyae.nn.conv import conv, conv_transpose


@cache
def kernel(size):
    """Return the kernel w: (2 * size, 1, size), to be used with a stride of `size`.

    w[t, 0, k] = sqrt(2 / N) sin(pi (t + 1/2) / 2N) cos(pi / N (t + 1/2 + N/2) (k + 1/2)),  N = size
    """
    time, tone = np.arange(2 * size)[:, np.newaxis, np.newaxis] + 0.5, np.arange(size) + 0.5
    window = np.sqrt(2 / size) * np.sin(np.pi * time / (2 * size))
    return (window * np.cos(np.pi / size * (time + size / 2) * tone)).astype(np.float32)


def to_tones(sound, size):
    """Convolve sound (size * (windows + 1), channels) into tones (windows, channels, size)."""
    x = np.ascontiguousarray(sound.T)[:, :, np.newaxis]  # every channel is a sound of its own
    return conv(x, kernel(size), size, "valid").transpose(1, 0, 2)


def to_sound(tones):
    """Convolve tones (windows, channels, size) back into sound (size * (windows + 1), channels).

    The first and the last `size` samples lie in one window only: they are what they were only if the windows
    before and after are added.
    """
    windows, channels, size = tones.shape
    y = np.ascontiguousarray(tones.transpose(1, 0, 2))
    return conv_transpose(y, kernel(size), size, "valid", size * (windows + 1))[:, :, 0].T

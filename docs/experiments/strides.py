"""How many bits a song takes at one SNR, by its stride, with fixed and with learned kernels."""
from functools import partial
from unittest import mock

import numpy as np

from numpyae.codec import bands
from numpyae.codec.container import Header
from numpyae.codec.encoder import search
from numpyae.codec.lapped import to_tones
from numpyae.codec.model import Model
from numpyae.codec.rans import Encoder
from numpyae.codec.rounding import rounded

STRIDES = (4, 16, 64, 256, 512, 1024, 2048)
SNR, SECONDS = 25, 8


def measured_strides(song, rate):
    """Yield (setting, a function that measures it) for all strides, on SECONDS from the song's middle."""
    middle = (len(song) - SECONDS * rate) // 2
    left, right = song[middle : middle + SECONDS * rate].T
    piece = np.stack([left + right, left - right], axis=1) / np.float32(2**0.5)
    for stride in STRIDES:
        for kind in ("fixed", "learned"):
            yield f"stride {stride} {kind}", partial(bits, piece, rate, stride, learned=kind == "learned")


def bits(piece, rate, stride, learned):
    """Return bytes and kbps of mid and side in equal steps, without loudness, filters or noise.

    Learned kernels are the cosines turned to the piece's own principal components; their bytes do not count.
    """
    windows = -(-len(piece) // stride) + 1
    padded = np.pad(piece, ((stride, stride * windows - len(piece)), (0, 0)))
    tones = to_tones(padded, stride)
    if learned:
        flat = tones.reshape(-1, stride).astype(np.float64)
        tones = (tones @ np.linalg.eigh(flat.T @ flat)[1][:, ::-1]).astype(np.float32)
    with mock.patch.object(bands, "TOP", rate):  # keep all tones
        header = Header(rate, 2, len(piece), stride, 0, 0, 0)
        told = np.zeros((windows, 2, len(header.edges) + 1), np.int64)

        def accuracy(gain):
            """Return as many bytes as the error is small, because bytes are what `search` counts."""
            numbers = rounded(tones, told, header._replace(gain=gain)).astype(np.float64)
            error = np.linalg.norm(tones - numbers * 2 ** (gain / 64))
            return bytes(int(1000 * np.linalg.norm(tones) / error))

        wanted = 1000 * 10 ** (SNR / 20)
        gain, _ = search(accuracy, -400, 0.995 * wanted, 1.005 * wanted)
        header = header._replace(gain=gain)
        encoder, model = Encoder(), Model(header)
        for outline, numbers in zip(told, rounded(tones, told, header).astype(np.int64), strict=True):
            model.code(encoder, outline, numbers)
        size = len(encoder.finish(2**16, 128))
    return {"bytes": size, "kbps": size / SECONDS / 125}

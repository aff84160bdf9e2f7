"""From the bytes of a file back to sound, page by page."""
import numpy as np

from numpyae.codec.bands import turn
from numpyae.codec.container import split
from numpyae.codec.lapped import to_sound
from numpyae.codec.model import Model
from numpyae.codec.rans import Decoder
from numpyae.codec.rounding import heard


def decompress(data):
    """Return (samples, rate) of the bytes of an .npae file: samples (time, channels) in float32, rate in Hz.

    Raises InputError if the bytes are of something else, of a later version, or damaged.
    """
    header, pages = split(data)
    return np.concatenate(list(decoded(header, pages))), header.rate


def decoded(header, pages):
    """Yield the sound of the pages in blocks (time, channels); InputError if one is damaged."""
    left, tail = header.time, np.zeros((header.size, header.channels), np.float32)
    for number, (outline, numbers) in enumerate(whole_numbers(header, pages)):
        tones = turn(heard(outline, numbers, header, number), np.negative(header.angles), header.edges)
        above = header.size - tones.shape[-1]
        sound = to_sound(np.pad(tones, ((0, 0), (0, 0), (0, above))))
        sound[: header.size] += tail  # the other half of the page before
        tail = sound[-header.size :]
        block = sound[0 if number else header.size : -header.size][:left]
        left -= len(block)
        yield block


def whole_numbers(header, pages):
    """Yield (outline, numbers) of the pages, the whole numbers that were written.

    outline: (windows, channels, bands + 2), loudness and filters; numbers: (windows, channels, tones).
    """
    model = Model(header)
    for first, page in zip(header.pages(), pages, strict=True):
        windows = header.windows(first)
        decoder = Decoder(page, *header.rans(windows))
        told = [model.code(decoder) for _ in windows]
        decoder.finish()
        yield tuple(map(np.array, zip(*told, strict=True)))

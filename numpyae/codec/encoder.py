"""From sound to the bytes of a file, of the size that was asked for."""
from itertools import count
from math import log

import numpy as np

from numpyae.audio.metrics import snrs
from numpyae.audio.reading import MAX_SAMPLE
from numpyae.audio.segments import check_sound
from numpyae.codec.attacks import rise
from numpyae.codec.bands import fit_angles, turn
from numpyae.codec.container import COARSEST, FINEST, MOST_CHANNELS, MOST_RATE, Header, join
from numpyae.codec.lapped import to_tones
from numpyae.codec.model import Model
from numpyae.codec.rans import Encoder
from numpyae.codec.rounding import heard, outline, rounded
from numpyae.errors import InputError
from numpyae.nn.conv import check_whole

GAMMA, FILL = 42, 38  # as in Header
STROKES = 0.8  # octaves: a song that rises by more has windows of half the size
SLOPE = 0.01  # how much the logarithm of a file's size usually falls from one gain to the next
EXCERPT, PIECES = 60, 6  # the gain is first found on so many seconds at most, in so many pieces
ALWAYS = 1_000  # bytes per channel that a file may have, however short the sound


def compress(song, rate, kbps=64, on_page=None):
    """Return a song as the bytes of an .npae file, of `kbps` thousand bits per second.

    song: (time, channels), an array whose full scale is 1 or a Song; rate in Hz. It is written several times,
    until the size is right: between 1.5 % less and 0.5 % more than asked, of a song above a minute up to
    4.5 % less. A sound of less than a second may take more, and one that is told in full by fewer bytes takes
    fewer. on_page, if given, is called after every page with (attempt, the share of it that is done, its SNR
    in dB so far).
    Raises ValueError for anything that is not sound, and InputError for sound or a size that cannot be
    written.
    """
    check_sound(song, *getattr(song, "shape", ())[1:2])  # any number of channels, even of one sample
    check_whole(1, rate=rate)
    channels, attempts = song.shape[1], count(1)
    if not 1 <= channels <= MOST_CHANNELS or not len(song) or rate > MOST_RATE:
        raise InputError(
            f"expected at least one sample and 1 to {MOST_CHANNELS} channels, got sound of shape "
            f"{song.shape} at {rate} Hz: give song.T if it is (channels, time)"
        )
    excerpt = _excerpt(song, rate)
    header = header_for(excerpt, int(rate))

    def fit(sound, gain, least, most):
        """Return the gain and the bytes whose number is from `least` to `most` times what was asked for."""
        wanted = max(ALWAYS * channels, 125 * kbps * len(sound) / rate)

        def encoded(gain):
            return encode(sound, header._replace(time=len(sound), gain=gain), on_page, next(attempts))

        return search(encoded, gain, least * wanted, most * wanted)

    pcm, data = rate * channels * 16 / 1000, None
    if 0 < kbps <= pcm:
        gain = -140 - round(85 * log(22 * kbps / pcm))  # what music at 44,100 Hz took
        if len(excerpt) < len(song):
            gain, _ = fit(excerpt, gain, 1.02, 1.12)  # the neurons learn less of it, so it costs more
        _, data = fit(song, gain, 0.985 if len(song) < 60 * rate else 0.955, 1.005)
    if data is None:
        least = len(encode(excerpt, header._replace(gain=COARSEST))) * rate / len(excerpt) / 125
        raise InputError(
            f"expected from {least:.1f} to {pcm:,g} kbps for this song, got {kbps:g}: give another number")
    return data


def search(encoded, gain, least, most):
    """Return (gain, encoded(gain)) of `least` to `most` bytes, or of as many below as there can be.

    The bytes are None if there are too many even with the coarsest gain. gain: a first guess.
    """
    too_fine, too_coarse, best, before, slope = FINEST - 1, COARSEST + 1, None, None, SLOPE
    while too_fine + 1 < too_coarse:
        gain = min(max(gain, too_fine + 1), too_coarse - 1)
        data = encoded(gain)
        if len(data) > most:
            too_fine = gain
        else:
            too_coarse, best = gain, data
        if least <= len(data) <= most:
            break
        if before:  # the secant's slope
            slope = np.clip(log(len(data) / before[1]) / (before[0] - gain), SLOPE / 4, 2 * SLOPE)
        before = gain, len(data)
        gain += round(log(2 * len(data) / (least + most)) / slope)
    return too_coarse, best


def header_for(excerpt, rate):
    """Return the Header of an excerpt, whose size and angles suit the whole song, with a gain of 0."""
    size = 512 if rate < 24_000 else 1024 if rate < 64_000 else 2048  # 10 to 64 ms
    if rise(excerpt) > STROKES:
        size //= 2
    header = Header(rate, excerpt.shape[1], len(excerpt), size, 0, GAMMA, FILL)
    if header.channels == 2:
        tones = _tones(excerpt, range(-(-len(excerpt) // size) + 1), header)[..., : header.edges[-1]]
        header = header._replace(angles=fit_angles(tones, header.edges))
    return header


def _excerpt(song, rate):
    """Return a quarter of the song, a minute at the most, from all over it; a short song as it is."""
    length = min(EXCERPT * rate, len(song) // 4) // PIECES
    if length < rate // 2:
        return _finite(song[:])
    starts = np.linspace(0, len(song) - length, PIECES).astype(int)
    return _finite(np.concatenate([song[start : start + length] for start in starts]))


def encode(song, header, on_page=None, attempt=1):
    """Return the bytes of a file with this header; on_page as in `compress`."""
    model, pages, energies = Model(header), [], np.zeros(2)
    for number, first in enumerate(header.pages()):
        windows, top = header.windows(first), header.edges[-1]
        tones = _tones(song, windows, header)
        kept = turn(tones[..., :top], header.angles, header.edges)
        told = outline(kept, header)
        numbers = rounded(kept, told, header)
        encoder = Encoder()
        for window in zip(told, numbers.astype(np.int64), strict=True):
            model.code(encoder, *window)
        pages.append(encoder.finish(*header.rans(windows)))
        if on_page:  # orthonormal tones have the energies of the sound
            error = _energy(kept - heard(told, numbers, header, number)) + _energy(tones[..., top:])
            energies += _energy(tones), error
            on_page(attempt, windows.stop / header.pages().stop, snrs({"snr_db": energies})["snr_db"])
    return join(header, pages)


def _tones(song, windows, header):
    """Return the tones of some windows of a song that zeros surround: (windows, channels, size)."""
    begin = (windows.start - 1) * header.size
    piece = _finite(song[max(0, begin) : windows.stop * header.size])
    sound = np.zeros(((len(windows) + 1) * header.size, header.channels), np.float32)
    sound[max(0, -begin) :][: len(piece)] = piece
    return to_tones(sound, header.size)


def _finite(samples):
    """Return samples in float32; InputError unless they are finite and not absurdly loud."""
    if not (abs(samples) < MAX_SAMPLE).all():  # false for NaN too
        raise InputError("expected samples below a million times full scale, got larger ones or NaN")
    return samples.astype(np.float32, copy=False)


def _energy(tones):
    return np.sum(np.square(tones, dtype=np.float64))

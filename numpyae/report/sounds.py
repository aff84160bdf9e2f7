"""The sounds of a report: WAVs beside the page, and FLACs in it, which are smaller."""
import io
import math

import numpy as np
import soundfile

from numpyae.audio import write

FLAC_CHANNELS, FLAC_RATE = 8, 655_350  # the most that a FLAC holds; the rate in Hz
QUIET = 0.01  # 16 bits are too coarse for a sound whose peak is below this


def write_sounds(folder, facts):
    """Write original.wav and reconstruction.wav in 16 bits, or as floats where 16 bits would change them.

    The reconstruction may be rounded to 16 bits if the original was, but nothing is ever clipped.
    """
    in_16_bits = np.array_equal(_to_16_bits(facts.original) / 2**15, facts.original)
    subtype = "PCM_16" if in_16_bits and np.abs(facts.reconstruction).max() <= 1 else "FLOAT"
    for name in ("original", "reconstruction"):
        write(folder / f"{name}.wav", getattr(facts, name), facts.rate, subtype=subtype)


def flacs(facts):
    """Return file name -> bytes of both sounds for the page, and sentences on how they differ from the WAVs.

    If no FLAC can hold their rate, there are no sounds, and a sentence says so.
    """
    if facts.rate > FLAC_RATE:
        return {}, [
            f"A page cannot hold a sound of {facts.rate:,} Hz: listen to original.wav and reconstruction.wav "
            "in the folder of the run."
        ]
    sounds = {"original.flac": facts.original, "reconstruction.flac": facts.reconstruction}
    notes = []
    if facts.original.shape[1] > FLAC_CHANNELS:
        sounds = {name: sound[:, :2] for name, sound in sounds.items()}
        notes.append("This page has their first two channels only.")
    peak = max(float(np.abs(sound).max()) for sound in sounds.values())
    if peak > 1 or 0 < peak < QUIET:
        sounds = {name: np.divide(sound, peak, dtype=np.float64) for name, sound in sounds.items()}
        notes.append(f"In this page both are turned {_gain(peak)}.")
    return {name: _flac(sound, facts.rate) for name, sound in sounds.items()}, notes


def _gain(peak):
    decibels = 20 * math.log10(peak)
    return f"down by {decibels:.1f} dB, or they would be clipped" if peak > 1 else f"up by {-decibels:.1f} dB"


def _flac(sound, rate):
    file = io.BytesIO()
    soundfile.write(file, _to_16_bits(sound), rate, subtype="PCM_16", format="FLAC")
    return file.getvalue()


def _to_16_bits(sound):
    return np.round(2**15 * np.clip(sound, -1, 1 - 2**-15)).astype(np.int16)

"""The song that a run learns."""
import hashlib
import os
from dataclasses import dataclass

import numpy as np

from numpyae.audio import demo_song, open_song, spaced_segments
from numpyae.errors import InputError

DEMO_RATE = 44100  # Hz


@dataclass(frozen=True)
class Source:
    """Where a run's song comes from. A demo song has no audio, no path and no SHA-256."""

    audio: str | None  # as it was given
    audio_path: str | None  # absolute
    audio_sha256: str | None
    samples: int
    sample_rate: int  # Hz
    channels: int


def open_source(audio, settings):
    """Return (song, its Source, warnings about it) of a sound file, or of the demo song if audio is None.

    Raises InputError if it cannot be read, or is shorter than a segment.
    """
    path = digest = None
    warnings = []
    if audio:
        song, file = open_song(audio)
        rate, path = file.rate, os.path.abspath(audio)
        digest = _sha256(path)
        if file.warning:
            warnings.append(f"warning: {file.warning}")
    else:
        song, rate = demo_song(rate=DEMO_RATE, seed=settings.seed), DEMO_RATE
    if len(song) < settings.segment:
        raise InputError(
            f"expected at least one segment of {settings.segment} samples, got {len(song)} "
            f"({len(song) / rate:.3f} s) in {audio or 'the demo song'}: give a longer song or a smaller "
            "segment"
        )
    clipped = np.mean(np.abs(spaced_segments(song, 200, settings.segment)) >= 1 - 2**-15)
    if clipped > 0.001:
        warnings.append(
            f"note: {100 * clipped:.1f} % of the song is at full scale, so it was clipped when it was made"
        )
    return song, Source(audio and str(audio), path, digest, len(song), rate, song.shape[1]), warnings


def _sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(2**20):
            digest.update(chunk)
    return digest.hexdigest()

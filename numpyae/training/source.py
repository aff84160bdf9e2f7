"""The song that a run learns."""
import os
from dataclasses import dataclass

import numpy as np

from numpyae.audio import Song, demo_song, spaced_segments
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

    Raises InputError if `audio` is not a path, cannot be read, or is shorter than a segment.
    """
    path = digest = None
    warnings = []
    if audio is not None:
        if not isinstance(audio, (str, os.PathLike)) or audio == "":
            got = repr(audio) if isinstance(audio, str) else f"a {type(audio).__name__}"
            raise InputError(
                f"expected the path of a sound file, got {got}: name a file, or train on an array with "
                "numpyae.training.train"
            )
        file = Song(audio)
        rate, path, digest = file.rate, os.path.abspath(audio), file.contents.sha256()
        song = file.load()
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
    warnings += _notes_on_level(np.abs(spaced_segments(song, 200, settings.segment)))
    return song, Source(audio and str(audio), path, digest, len(song), rate, song.shape[1]), warnings


def _notes_on_level(levels):
    """Return notes about a song that is too loud or too quiet, from the absolute values of its samples."""
    peak = levels.max()
    at_full_scale, over = np.abs(levels - 1) <= 2**-15, levels > 1 + 2**-15
    notes = []
    if at_full_scale.mean() > 0.001:
        share = 100 * at_full_scale.mean()
        notes.append(f"note: {share:.1f} % of the song is at full scale, so it was clipped when it was made")
    if over.mean() > 0.001:
        notes.append(
            f"note: {100 * over.mean():.1f} % of the song is over full scale, by up to "
            f"{20 * np.log10(peak):.1f} dB: it is used as it is, but a player will clip it"
        )
    if peak < 0.001:
        level = f"nearly silent, with a peak of {20 * np.log10(peak):.0f} dB" if peak else "silent"
        notes.append(f"note: the song is {level}")
    return notes

"""The song before and after, for the ears."""
import numpy as np

from numpyae.audio import write
from numpyae.whole_song import reconstruct

SHORT_SONG = 30  # seconds: up to here the whole song is written
EXCERPT = 10  # seconds of a longer one, from its middle


def write_before_and_after(run, model, song, rate):
    """Write original.wav and reconstruction.wav into the run folder: the same samples, at the same level.

    song: (time, channels), rate in Hz. 32-bit float, so that nothing is rounded or clipped.
    """
    if len(song) > SHORT_SONG * rate:
        start = (len(song) - EXCERPT * rate) // 2
        song = song[start : start + EXCERPT * rate]
    write(run / "original.wav", song, rate, subtype="FLOAT")
    write(run / "reconstruction.wav", np.concatenate([*reconstruct(model, [song])]), rate, subtype="FLOAT")

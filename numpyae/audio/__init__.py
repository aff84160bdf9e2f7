"""Sound in and out: files, the demo song, segments and measures."""
from numpyae.audio.demo import demo_song
from numpyae.audio.files import Song, read, write
from numpyae.audio.metrics import energies, snr_db, snrs
from numpyae.audio.segments import random_segments, spaced_segments

__all__ = [
    "Song", "demo_song", "energies", "random_segments", "read", "snr_db", "snrs", "spaced_segments", "write",
]

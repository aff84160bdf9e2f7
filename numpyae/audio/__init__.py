"""Sound in and out: files, the demo song, segments and measures."""
from numpyae.audio.demo import demo_song
from numpyae.audio.metrics import decibels, energies, octave_snrs, snr_db, snrs, spectra
from numpyae.audio.reading import Song, read
from numpyae.audio.segments import cut, notable_starts, random_segments, spaced_segments
from numpyae.audio.writing import check_can_write, write, writer

__all__ = [
    "Song", "check_can_write", "cut", "decibels", "demo_song", "energies", "notable_starts", "octave_snrs",
    "random_segments", "read", "snr_db", "snrs", "spaced_segments", "spectra", "write", "writer",
]

"""Sound in and out: files, the demo song, segments and measures."""
from numpyae.audio.demo import demo_song
from numpyae.audio.files import Song, cut_short, open_song, read, write, writer
from numpyae.audio.metrics import energies, octave_snrs, snr_db, snrs, spectra
from numpyae.audio.segments import cut, notable_starts, random_segments, spaced_segments

__all__ = [
    "Song", "cut", "cut_short", "demo_song", "energies", "notable_starts", "octave_snrs", "open_song", "random_segments", "read",
    "snr_db", "snrs", "spaced_segments", "spectra", "write", "writer",
]

"""Read sound files with libsndfile; a file that cannot be read is an InputError of one sentence."""
import difflib
import errno
import os
import stat
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from numpyae.errors import InputError

MAX_BYTES_IN_MEMORY = 2**27
MAX_SAMPLE = 1e6  # times full scale: no sound is that loud, and float32 overflows in training not far above
BLOCK = 2**17  # numbers to read at a time


class Song:
    """An open sound file that can be sliced like an array: song[start:stop] is float32, full scale is 1.

    path; rate in Hz; shape, (time, channels); dtype; format and subtype: libsndfile's names, such as "WAV"
    and "PCM_16"; warning: a sentence if the file is cut off, else None. blocks(size) reads all samples in
    turn. Nothing is resampled, mixed down or clipped. Close it, or use it in a with statement.
    Raises InputError for anything that is not a readable sound file, when it is opened or when it is read.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, path):
        self.path = Path(path)
        head, size = _head_and_size(self.path)
        try:
            self._file = soundfile.SoundFile(self.path)
        except (soundfile.SoundFileError, TypeError) as error:  # TypeError: headerless data, such as .raw
            raise InputError(
                f"{path} is not a sound file that can be read ({reason(error)}): give WAV, FLAC, OGG, MP3 or "
                "AIFF, or convert it to one of them"
            ) from error
        if self._file.frames > 2**48:
            raise InputError(
                f"{path} does not say how long it is, as if it were cut off or written to a pipe: "
                "convert it to a new file"
            )
        self.rate, self.shape = self._file.samplerate, (self._file.frames, self._file.channels)
        self.format, self.subtype = self._file.format, self._file.subtype
        self.warning = self._cut_off(head, size)

    def _cut_off(self, head, size):
        """Return a warning if a WAV or AIFF file is shorter than its header says; the rest can be read."""
        if head[:4] not in (b"RIFF", b"FORM"):
            return None
        promised = 8 + int.from_bytes(head[4:], "little" if head[:4] == b"RIFF" else "big")
        if not size + 8 < promised < 2**31 - 2**16:  # a program writing to a pipe states a maximum
            return None
        seconds = len(self) / self.rate
        return f"{self.path} is cut off: {seconds:.2f} s of about {seconds * promised / size:.2f} s are there"

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, where):
        if not isinstance(where, slice) or where.step not in (None, 1):
            raise TypeError(f"expected a slice song[start:stop], got song[{where}]")
        start, stop, _ = where.indices(len(self))
        return self._read(start, max(0, stop - start))

    def blocks(self, size=None):
        """Yield the song from its start in blocks of `size` samples, by default about 130,000 numbers."""
        start, size = 0, size or max(1, BLOCK // self.shape[1])
        while len(block := self._read(start, size)):
            yield block
            start += len(block)

    def _read(self, start, count):
        try:
            if self._file.tell() != start:
                self._go_to(start)
            samples = self._file.read(count, dtype="float32", always_2d=True)
        except soundfile.SoundFileError as error:
            raise InputError(
                f"{self.path} is damaged after {start / self.rate:.2f} s ({reason(error)}): get a whole copy"
            ) from error
        usable = np.abs(samples) < MAX_SAMPLE  # false for NaN too
        if not usable.all():
            first = (start + int(usable.all(axis=1).argmin())) / self.rate
            raise InputError(
                f"{self.path} has samples that are NaN, infinite or a million times full scale, the first at "
                f"{first:.3f} s: export it again"
            )
        return samples

    def _go_to(self, start):
        if self.format not in ("OGG", "MP3"):
            self._file.seek(start)
            return
        # after a seek, libsndfile gets up to 2,000 samples of these wrong, so decode everything up to there
        self._file.seek(0)
        while (left := start - self._file.tell()) and len(self._file.read(min(left, 65536), dtype="float32")):
            pass

    def close(self):
        """Close the file."""
        self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def read(path):
    """Read a whole sound file: (samples, rate), samples (time, channels) in float32, rate in Hz.

    Raises InputError if it cannot be read, or holds NaN or infinite samples.
    """
    with Song(path) as song:
        return _all_samples(song), song.rate


def open_song(path):
    """Return (samples, song): samples[start:stop] is cheap anywhere; the Song has the rate and a warning.

    Up to 128 MB as float32 (six minutes of stereo), samples is an array in memory. Of a longer song it is the
    Song itself if the file is plain PCM, else an array mapped to a temporary file that ends with the
    process. Raises InputError if it cannot be read, or holds NaN or infinite samples.
    """
    song = Song(path)
    if 4 * song.shape[0] * song.shape[1] <= MAX_BYTES_IN_MEMORY:
        with song:
            return _all_samples(song), song
    if song.subtype.startswith("PCM") and song.format in ("WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF"):
        return song, song  # whole numbers are always finite
    with song, tempfile.TemporaryFile() as file:
        for block in song.blocks():
            block.tofile(file)
        shape = (file.tell() // (4 * song.shape[1]), song.shape[1])
        return np.memmap(file, np.float32, "r", shape=shape), song


def _all_samples(song):
    # in blocks, because a broken header can promise more samples than any memory holds
    return np.concatenate([np.zeros((0, song.shape[1]), np.float32), *song.blocks()])


def _head_and_size(path):
    """Return (the first 8 bytes, the size) of a file; raise an InputError that says why it cannot be read."""
    try:
        status = os.stat(path)
        if stat.S_ISREG(status.st_mode):
            with open(path, "rb") as file:
                head = file.read(8)
    except FileNotFoundError as error:
        names = [neighbour.name for neighbour in path.parent.iterdir()] if path.parent.is_dir() else []
        close = difflib.get_close_matches(path.name, names, n=1)
        hint = f"did you mean {close[0]}?" if close else "check the name"
        raise InputError(f"there is no file {path}: {hint}") from error
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) == errno.EIO:  # the disk's fault
            raise
        raise InputError(f"{path} cannot be opened ({reason(error)}): check name and permissions") from error
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"{path} is a folder: name a sound file in it")
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{path} is a pipe or a device: save it to a file first, to be read from anywhere")
    if status.st_size == 0:
        raise InputError(f"{path} is empty (0 bytes): get a whole copy of it")
    return head, status.st_size


def reason(error):
    """Return the library's or the system's description of an error, without file name and full stop."""
    words = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    return words.rstrip(".")

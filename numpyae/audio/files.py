"""Sound files in and out, by libsndfile; what cannot be read or written is said in one sentence (InputError)."""
import difflib
import errno
import os
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

from numpyae.atomic import atomic
from numpyae.errors import InputError

IN_MEMORY = 2**27  # bytes
TOO_LOUD = 1e6  # times full scale: no sound is, and not far above it float32 overflows in training
WRITABLE = ("WAV", "FLAC", "OGG", "MP3", "AIFF", "AU", "CAF", "W64", "RF64")
KEPT = ("PCM", "FLOAT", "DOUBLE", "ALAC", "ULAW", "ALAW")  # others change a song's length, or are OGG's or MP3's usual
BLOCK = 2**17  # numbers read at a time
CODES = {"PCM_S8": 2**7, "PCM_U8": 2**7, "PCM_16": 2**15, "PCM_24": 2**23}  # from silence to full scale
UNCLIPPED = ("FLOAT", "DOUBLE", "VORBIS", "OPUS", "MPEG")


class Song:
    """An open sound file: `path`, `rate` in Hz, `channels`, len() samples.

    `format` and `subtype` are libsndfile's words, such as "WAV" and "PCM_16".

    song[start:stop] reads samples from anywhere, blocks(size) reads all of them in turn: float32, (time, channels),
    full scale is 1. Nothing is resampled, mixed down or clipped. Close it, or use it in a with statement.
    Raises InputError for what is not a readable sound file, when opening or when reading.
    """

    def __init__(self, path):
        self.path = Path(path)
        _check_is_a_file(self.path)
        try:
            self._file = soundfile.SoundFile(self.path)
        except (soundfile.SoundFileError, TypeError) as error:  # TypeError: headerless data, such as .raw
            raise InputError(
                f"{path} is not a sound file that can be read ({_reason(error)}): give WAV, FLAC, OGG, MP3 or AIFF, "
                "or convert it to one of them"
            ) from error
        if self._file.frames > 2**48:
            raise InputError(f"{path} does not say how long it is, as if cut off or made in a pipe: convert it to a new file")
        self.rate, self.channels = self._file.samplerate, self._file.channels
        self.format, self.subtype = self._file.format, self._file.subtype

    def __len__(self):
        return self._file.frames

    def __getitem__(self, where):
        if not isinstance(where, slice) or where.step not in (None, 1):
            raise TypeError("a Song is read by song[start:stop]")
        start, stop, _ = where.indices(len(self))
        return self._read(start, max(0, stop - start))

    def blocks(self, size=None):
        """Yield the song from its start in blocks of `size` samples, or of some 130,000 numbers; the last may be shorter."""
        start, size = 0, size or max(1, BLOCK // self.channels)
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
                f"{self.path} is damaged after {start / self.rate:.2f} s ({_reason(error)}): get a whole copy of it"
            ) from error
        usable = np.abs(samples) < TOO_LOUD  # false for NaN too
        if not usable.all():
            first = (start + int(usable.all(axis=1).argmin())) / self.rate
            raise InputError(
                f"{self.path} has samples that are NaN or infinite or a million times full scale, the first at "
                f"{first:.3f} s: export it again"
            )
        return samples

    def _go_to(self, start):
        if self.format not in ("OGG", "MP3"):
            self._file.seek(start)
            return
        # in these libsndfile's seek is not exact: up to some 2,000 samples come out wrong. So decode up to there
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
    """Read a whole sound file: (samples, rate), samples float32 of shape (time, channels), rate in Hz.

    Raises InputError where it cannot be read, or holds NaN or infinite samples.
    """
    with Song(path) as song:
        # in blocks, because a broken header may promise more samples than any memory holds
        blocks = [np.zeros((0, song.channels), np.float32), *song.blocks()]
        return np.concatenate(blocks), song.rate


def open_song(path):
    """Return (song, rate) with song[start:stop] cheap from anywhere, however long the song is; rate in Hz.

    A song of up to 128 MB as float32 (six minutes of stereo) is an array in memory. A longer one is a Song that reads
    from its file, where the format is a plain row of numbers, else an array mapped to a temporary file that goes with the
    process. Raises InputError where it cannot be read, or holds NaN or infinite samples.
    """
    song = Song(path)
    if 4 * len(song) * song.channels <= IN_MEMORY:
        song.close()
        return read(path)
    if song.subtype.startswith("PCM") and song.format in ("WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF"):
        return song, song.rate  # whole numbers are always finite
    with song, tempfile.TemporaryFile() as file:
        for block in song.blocks():
            block.tofile(file)
        length = file.tell() // (4 * song.channels)
        return np.memmap(file, np.float32, "r", shape=(length, song.channels)), song.rate


def write(path, samples, rate, subtype=None):
    """Write samples (time, channels) as a sound file whose format its extension names, whole or not at all.

    subtype and errors are those of `writer`.
    """
    if samples.ndim != 2:
        raise ValueError(f"samples have shape {samples.shape}: give (time, channels)")
    with writer(path, rate, samples.shape[1], subtype, len(samples)) as file:
        file.add(samples)


@contextmanager
def writer(path, rate, channels, subtype=None, length=0):
    """Give the block a Writer of a new sound file, which is there whole when the block ends, or not at all.

    rate in Hz; subtype: "PCM_16", "PCM_24", "FLOAT" and so on; where the format has no such, PCM_24 stands for a deeper
    one, and its own usual one for the others. Integer formats clip at full scale and take the nearest whole number.
    length: how many samples are to come; a WAV file of 4 GB and more becomes an RF64.
    Raises InputError for an extension that names no format, or a rate or number of channels that the format does not
    allow; ValueError for samples that are not finite; OSError where the place cannot be written.
    """
    path = Path(path)
    kind = check_can_write(path)
    if not soundfile.check_format(kind, subtype) or not (subtype or "PCM").startswith(KEPT):
        deep = subtype in ("PCM_32", "FLOAT", "DOUBLE") and soundfile.check_format(kind, "PCM_24")
        subtype = "PCM_24" if deep else None
    bytes_each = {"PCM_24": 3, "PCM_32": 4, "FLOAT": 4, "DOUBLE": 8}.get(subtype, 2)
    if kind == "WAV" and length * channels * bytes_each > 2**32 - 2**16:
        kind = "RF64"
    with atomic(path) as temporary:
        open(temporary, "xb").close()  # says why a place cannot be written; libsndfile would say "System error"
        try:
            with soundfile.SoundFile(temporary, "w", rate, channels, subtype, format=kind) as file:
                yield Writer(path, file)
        except soundfile.SoundFileError as error:
            with open(temporary, "ab") as again:  # libsndfile says "System error": the system itself says which
                again.write(bytes(2**16))
            if isinstance(error, soundfile.LibsndfileError) and error.prefix.startswith("Error opening"):
                raise InputError(
                    f"{path} cannot hold {channels} channels at {rate} Hz as {subtype or 'usual'} {kind} "
                    f"({_reason(error)}): write WAV instead"
                ) from error
            raise OSError(f"{path} could not be written ({_reason(error)})") from error


class Writer:
    """A sound file that is being written; `clipped` counts the numbers that were over the full scale of its format."""

    def __init__(self, path, file):
        self.clipped = 0
        self._path, self._file = path, file
        self._clips = not file.subtype.startswith(UNCLIPPED)
        self._codes = CODES.get(file.subtype)

    def add(self, samples):
        """Write more samples (time, channels); ValueError if they are not finite."""
        if not np.isfinite(samples).all():
            raise ValueError(f"{self._path} was to be written with samples that are NaN or infinite: mend them first")
        if self._clips:
            self.clipped += int(np.count_nonzero(np.abs(samples) > 1))
            samples = np.clip(samples, -1, 1)  # libsndfile clips some formats and wraps others
        if self._codes:
            samples = np.round(samples * self._codes) / self._codes  # most of its formats round down, which costs 6 dB
        try:
            self._file.write(samples)
        except AssertionError as error:  # soundfile's word for a disk that took less than it was given
            raise soundfile.SoundFileRuntimeError("not all was written") from error


def check_can_write(path):
    """Return the format that the path's extension names, as libsndfile calls it; InputError if there is none."""
    extension = Path(path).suffix[1:].upper()
    kind = "AIFF" if extension == "AIF" else extension
    if kind not in WRITABLE or kind not in soundfile.available_formats():
        raise InputError(f"{path} has no extension of a sound file that can be written: name it .wav, .flac or .ogg")
    return kind


def cut_short(path):
    """Return a sentence on a WAV or AIFF file that ends before its header says, or None; the rest of it can be read."""
    with open(path, "rb") as file:
        kind, promised = file.read(4), file.read(4)
        present = os.fstat(file.fileno()).st_size
    if kind not in (b"RIFF", b"FORM"):
        return None
    promised = 8 + int.from_bytes(promised, "little" if kind == b"RIFF" else "big")
    if not present + 8 < promised < 2**31 - 2**16:  # a program that writes into a pipe says some largest number
        return None
    with Song(path) as song:
        seconds = len(song) / song.rate
    return f"{path} is cut off: {seconds:.2f} s of about {seconds * promised / present:.2f} s are there"


def _check_is_a_file(path):
    """Raise InputError, each case in words of its own, unless path is a file with something in it that we may read."""
    try:
        found = os.stat(path)
        if stat.S_ISREG(found.st_mode):
            open(path, "rb").close()
    except FileNotFoundError:
        names = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
        close = difflib.get_close_matches(path.name, names, n=1)
        raise InputError(f"there is no file {path}: " + (f"did you mean {close[0]}?" if close else "check the name"))
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) == errno.EIO:  # the disk's fault
            raise
        raise InputError(f"{path} cannot be opened ({_reason(error)}): check its name and permissions")
    if stat.S_ISDIR(found.st_mode):
        raise InputError(f"{path} is a folder: name a sound file in it")
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"{path} is a pipe or a device, and sound is read from any place in a file: save it first")
    if found.st_size == 0:
        raise InputError(f"{path} is empty (0 bytes): get a whole copy of it")


def _reason(error):
    """Return a library's or the system's own few words on an error, without the file name and the full stop."""
    words = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    return words.rstrip(".")

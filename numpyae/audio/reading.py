"""Read sound files with libsndfile; a file that cannot be read is an InputError of one sentence."""
import logging
import os
import shlex
import tempfile
import warnings
import weakref
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import soundfile

from numpyae.audio.files import Contents, reason
from numpyae.audio.headers import ending
from numpyae.errors import FileChanged, InputError

MAX_BYTES_IN_MEMORY = 2**27
MAX_SAMPLE = 1e6  # times full scale: no sound is that loud, and float32 overflows in training not far above
BLOCK = 2**17  # numbers to read at a time


class Song:
    """An open sound file that can be sliced like an array: song[start:stop] is float32, full scale is 1.

    path; contents: its bytes; rate in Hz; shape, (time, channels); dtype; format and subtype: libsndfile's
    names, such as "WAV" and "PCM_16"; warning: a sentence if not all of the sound can be read, else None. Of
    a file that holds less than it states, as MP3 files that are cut off do, shape and warning are right only
    after its end has been read. Nothing is resampled, mixed down or clipped. Close it, or use it in a with
    statement. Raises InputError for anything that is not a readable sound file, when it is opened or when it
    is read, and FileChanged if the file has changed since it was opened.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, path):
        self.path = Path(path)
        self._resources = ExitStack()
        weakref.finalize(self, self._resources.close)
        self.contents = self._resources.enter_context(Contents(self.path))
        end = ending(self.contents.file)
        try:
            self._file = self._resources.enter_context(soundfile.SoundFile(native(self.path)))
        except (soundfile.SoundFileError, TypeError) as error:  # TypeError: headerless data, such as .raw
            raise InputError(_refusal(self.path, reason(error), end)) from error
        if not os.path.samestat(os.stat(self.path), os.fstat(self.contents.file.fileno())):
            raise FileChanged(f"{path} was replaced while it was opened: start again")
        if self._file.frames > 2**48:
            raise InputError(
                f"{path} does not say how long it is, as if it were cut off or written to a pipe: "
                f"{_conversion(self.path)}"
            )
        self.rate, self.shape = self._file.samplerate, (self._file.frames, self._file.channels)
        self.format, self.subtype = self._file.format, self._file.subtype
        # libsndfile concludes it from the bit rate of the first frame
        self._length_is_a_guess = self.format == "MP3" and end.size is None
        self._position = 0  # libsndfile does not tell it for a file in which it cannot seek
        self.warning = self._warning(end)

    def _warning(self, end):
        seconds = len(self) / self.rate
        if end.joined:
            return (
                f"{self.path} holds more than one recording, of which only the first, {seconds:.2f} s, is "
                "read: join them in an audio editor"
            )
        if not end.cut or self.format == "MP3":  # how much of an MP3 file is there is known at its end
            return None
        of = f" of about {seconds * end.size / self.contents.size:.2f} s" if end.size else ""
        return f"{self.path} is cut off: {seconds:.2f} s{of} are there"

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

    def load(self):
        """Return the samples as something of which samples[start:stop] is cheap anywhere.

        Up to 128 MB as float32 (six minutes of stereo), it is an array in memory. Of a longer song it is the
        Song itself, which stays open, if the file is plain PCM; else an array mapped to a temporary file that
        ends with the process.
        """
        if 4 * self.shape[0] * self.shape[1] <= MAX_BYTES_IN_MEMORY:
            with self:
                return _all_samples(self)
        kinds = ("WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF")
        if self.subtype.startswith("PCM") and self.format in kinds:
            return self  # whole numbers are always finite
        with self, tempfile.TemporaryFile() as file:
            self._decode_to(file)
            return np.memmap(file, np.float32, "r", shape=self.shape)

    def _decode_to(self, file):
        logging.getLogger(__name__).info(
            "reading %s, %.0f s of sound, which takes a while ...", self.path, len(self) / self.rate)
        try:
            for block in self.blocks():
                file.write(block)
            file.flush()
        except OSError as error:
            gigabytes = 4e-9 * self.shape[0] * self.shape[1]
            raise OSError(
                error.errno, f"{error.strerror} ({self.path} needs {gigabytes:.1f} GB there while it is in "
                "use; set TMPDIR to take another folder)", tempfile.gettempdir(),
            ) from error

    def _read(self, start, count):
        if self._file.closed:
            raise ValueError(f"expected an open song, got {self.path} after it was closed: open it again")
        try:
            if self._position != start:
                self._go_to(start)
            samples = self._read_on(count)
        except soundfile.SoundFileError as error:
            self.contents.check_unchanged()
            raise InputError(
                f"{self.path} is damaged after {start / self.rate:.2f} s ({reason(error)}): get a whole copy"
            ) from error
        self.contents.check_unchanged()
        if len(samples) < min(count, len(self) - start) or self._position == len(self):
            self._note_end()
        self._check_finite(samples, start)
        return samples

    def _read_on(self, count):
        samples = self._file.read(count, dtype="float32", always_2d=True)
        self._position += len(samples)
        return samples

    def _go_to(self, start):
        if not self._file.seekable():
            raise InputError(
                f"{self.path} can only be read from its start to its end, being {self.subtype}: "
                f"{_conversion(self.path)}"
            )
        # after a seek, libsndfile gets up to 2,000 samples of these wrong, so decode everything up to there
        self._position = self._file.seek(0 if self.format in ("OGG", "MP3") else start)
        while (left := start - self._position) and len(self._read_on(min(left, 65536))):
            pass

    def _note_end(self):
        """Compare the end that was reached with the one that the file states."""
        seconds, stated = self._position / self.rate, len(self) / self.rate
        if self._position < len(self):
            if not self._length_is_a_guess:
                there = f"{seconds:.2f} s of {stated:.2f} s are there"
                self.warning = f"{self.path} is cut off or damaged: {there}"
            self.shape, self._length_is_a_guess = (self._position, self.shape[1]), False
        elif self._length_is_a_guess:
            self.warning = (
                f"{self.path} does not state its length, and may be longer than the {seconds:.2f} s that can "
                f"be read: if it is, {_conversion(self.path)}"
            )

    def _check_finite(self, samples, start):
        usable = np.abs(samples) < MAX_SAMPLE  # false for NaN too
        if not usable.all():
            first = (start + int(usable.all(axis=1).argmin())) / self.rate
            raise InputError(
                f"{self.path} has samples that are NaN, infinite or a million times full scale, the first at "
                f"{first:.3f} s: export it again"
            )

    def close(self):
        """Close the file."""
        self._resources.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def read(path):
    """Read a whole sound file: (samples, rate), samples (time, channels) in float32, rate in Hz.

    Warns if the file is cut off or holds more than can be read. Raises InputError if it cannot be read, or
    holds NaN or infinite samples.
    """
    with Song(path) as song:
        samples = _all_samples(song)
    if song.warning:
        warnings.warn(song.warning, stacklevel=2)
    return samples, song.rate


def _all_samples(song):
    # in blocks, because a broken header can promise more samples than any memory holds
    return np.concatenate([np.zeros((0, song.shape[1]), np.float32), *song.blocks()])


def native(path):
    """Return a path as soundfile takes it, which fails to encode a name that is not UTF-8."""
    return str(path) if os.name == "nt" else os.fsencode(path)


def _refusal(path, words, end):
    if end.joined:
        return f"{path} holds more than one recording, one after the other: join them in an audio editor"
    if end.cut:
        return f"{path} is cut off, and nothing of it can be read: get a whole copy"
    if "does not exist" in words:  # what libsndfile says of anything else that is named .mp3
        words = "no sound was found in it"
    return (
        f"{path} is not a sound file that can be read ({words}): give WAV, FLAC, OGG, MP3 or AIFF, or "
        f"{_conversion(path)}"
    )


def _conversion(path):
    new = path.with_suffix(".flac" if path.suffix.lower() == ".wav" else ".wav")
    return f"convert it with {shlex.join(['ffmpeg', '-i', str(path), str(new)])}"

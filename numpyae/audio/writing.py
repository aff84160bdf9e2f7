"""Write sound files with libsndfile, whole or not at all."""
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

from numpyae.atomic import atomic
from numpyae.audio.files import reason
from numpyae.audio.reading import native
from numpyae.errors import InputError
from numpyae.nn.conv import check_whole

WRITABLE = ("WAV", "FLAC", "OGG", "MP3", "AIFF", "AU", "CAF", "W64", "RF64")
# the others change a song's length, or are the defaults of OGG and MP3 anyway
PRESERVED_SUBTYPES = ("PCM", "FLOAT", "DOUBLE", "ALAC", "ULAW", "ALAW")
FULL_SCALE = {"PCM_S8": 2**7, "PCM_U8": 2**7, "PCM_16": 2**15, "PCM_24": 2**23}  # as a whole number
MOST_CHANNELS = 1024  # libsndfile's limit
MOST_OGG_RATE = 200_000  # Hz
UNLIMITED = ("FLOAT", "DOUBLE")  # hold numbers beyond full scale
LOSSY = ("VORBIS", "OPUS", "MPEG")  # leave it to the player to clip them


def write(path, samples, rate, subtype=None):
    """Write samples (time, channels), floats whose full scale is 1, as a sound file, whole or not at all.

    rate in Hz. The path's extension gives the format, and `subtype` how a number is stored: "PCM_16",
    "PCM_24", "FLOAT" and so on, by default 16 bits, or what OGG (Vorbis) and MP3 need. Warns if numbers
    beyond full scale are clipped. Raises the errors of `writer`, and ValueError for another shape.
    """
    if samples.ndim != 2 or samples.shape[1] > MOST_CHANNELS:
        raise ValueError(
            f"expected samples of shape (time, channels), at most {MOST_CHANNELS:,} channels, got "
            f"{samples.shape}: transpose them, or give mono as samples[:, np.newaxis]"
        )
    with writer(path, rate, samples.shape[1], subtype, len(samples)) as file:
        file.add(samples)
    if file.clipped:
        warnings.warn(
            f"{file.clipped:,} numbers are beyond full scale, where {path} or its player clips them: scale "
            "the samples down, or write a WAV file with the subtype FLOAT", stacklevel=2,
        )


@contextmanager
def writer(path, rate, channels, subtype=None, length=0):
    """Give the block a Writer for a new sound file, which appears whole when the block ends, or not at all.

    rate in Hz; subtype: "PCM_16", "PCM_24", "FLOAT" and so on. If the format lacks it, PCM_24 replaces a
    deeper one, and the format's default any other. Integer formats clip at full scale and round to the
    nearest whole number. length: how many samples to expect; a WAV file of 4 GB or more becomes an RF64.
    Raises InputError for an extension that names no format, or if the format does not allow the rate or the
    number of channels; ValueError for an unknown subtype, a rate that is not a whole number, and for samples
    that are not floats or not finite; OSError if the place cannot be written.
    """
    if subtype not in (None, *soundfile.available_subtypes()):
        raise ValueError(f"expected a subtype such as PCM_16, PCM_24 or FLOAT, got {subtype!r}: use one")
    rate, path = _whole_rate(rate), Path(path)
    kind = check_can_write(path)
    if not soundfile.check_format(kind, subtype) or not (subtype or "PCM").startswith(PRESERVED_SUBTYPES):
        deep = subtype in ("PCM_32", "FLOAT", "DOUBLE") and soundfile.check_format(kind, "PCM_24")
        subtype = "PCM_24" if deep else None
    bytes_each = {"PCM_24": 3, "PCM_32": 4, "FLOAT": 4, "DOUBLE": 8}.get(subtype, 2)
    if kind == "OGG" and rate > MOST_OGG_RATE:  # libvorbis ends the process
        raise InputError(f"{path} cannot hold {rate} Hz, OGG holds {MOST_OGG_RATE} at most: write WAV")
    if kind == "WAV" and length * channels * bytes_each > 2**32 - 2**16:
        kind = "RF64"
    with atomic(path) as temporary:
        open(temporary, "xb").close()  # to learn why it fails; libsndfile only says "System error"
        try:
            with soundfile.SoundFile(native(temporary), "w", rate, channels, subtype, format=kind) as file:
                yield Writer(path, file)
        except soundfile.SoundFileError as error:
            with open(temporary, "ab") as again:  # again, to learn which of the system's errors it is
                again.write(bytes(2**16))
            if isinstance(error, soundfile.LibsndfileError) and error.prefix.startswith("Error opening"):
                raise InputError(
                    f"{path} cannot hold {channels} channels at {rate} Hz as {subtype or 'the default'} "
                    f"{kind} ({reason(error)}): write WAV instead"
                ) from error
            raise OSError(f"{path} could not be written ({reason(error)})") from error


def _whole_rate(rate):
    if isinstance(rate, (float, np.floating)) and float(rate).is_integer():
        rate = int(rate)
    check_whole(1, rate=rate)
    return rate


class Writer:
    """A sound file being written; `clipped` counts the numbers beyond full scale, to be clipped."""

    def __init__(self, path, file):
        self.clipped = 0
        self._path, self._file = path, file
        self._limited = not file.subtype.startswith(UNLIMITED)
        self._clips = self._limited and not file.subtype.startswith(LOSSY)
        self._full_scale = FULL_SCALE.get(file.subtype)

    def add(self, samples):
        """Write more samples (time, channels); ValueError if they are not floats or not finite."""
        if not np.issubdtype(samples.dtype, np.floating):
            raise ValueError(
                f"expected samples as floats, full scale being 1, got {samples.dtype}: divide whole numbers "
                "by their full scale, 32768 for int16"
            )
        if not np.isfinite(samples).all():
            raise ValueError(f"expected finite samples for {self._path}, got NaN or infinite ones")
        if self._limited:
            self.clipped += int(np.count_nonzero(np.abs(samples) > 1))
        if self._clips:
            samples = np.clip(samples, -1, 1)  # libsndfile clips some formats and wraps others
        if self._full_scale:
            # libsndfile rounds most formats down, which costs 6 dB
            samples = np.round(samples * self._full_scale) / self._full_scale
        try:
            self._file.write(samples)
        except AssertionError as error:  # soundfile's sign of a short write
            raise soundfile.SoundFileRuntimeError("not all was written") from error


def check_can_write(path):
    """Return libsndfile's name for the format of the path's extension; InputError if there is none."""
    extension = Path(path).suffix[1:].upper()
    kind = "AIFF" if extension == "AIF" else extension
    if kind not in WRITABLE or kind not in soundfile.available_formats():
        raise InputError(
            f"{path} has no extension of a sound file that can be written: name it .wav, .flac or .ogg"
        )
    return kind

"""The file: a header, then pages, 24 seconds each of stereo, all with their length and a checksum.

Nothing that a file says is believed before the rest of the file bears it out: its parts must fill it exactly,
and be as many as its length in samples needs. All lanes of a page start with the header's checksum, so a page
can only be read with the header that it was written for, and after the pages before it.
"""
import struct
import zlib
from typing import NamedTuple

from numpyae.codec.bands import band_edges
from numpyae.codec.rans import DAMAGED
from numpyae.errors import InputError

MAGIC, VERSION = b"NPAE", 1
PART = struct.Struct("<II")  # bytes, CRC-32
FIELDS = struct.Struct("<IBQHhBB")  # the Header without its angles
SIZES = (256, 512, 1024, 2048)
PAGE_NUMBERS = 2**21  # bounds the memory that a page takes
MOST_CHANNELS, MOST_RATE = 255, 2**31 - 1
FINEST, COARSEST = -640, 320  # gains


class Header(NamedTuple):
    """What the reader must know before the first page."""

    rate: int  # Hz
    channels: int
    time: int  # samples
    size: int  # samples from one window to the next, and tones in a window
    gain: int  # 64 log2 of the rounding step where the loudness is 0
    gamma: int  # by how many 64ths of an octave the step grows with an octave of loudness
    fill: int  # rms of the noise, in 64ths of what a band lacks
    angles: tuple = ()  # by which left and right are turned, one a band; none unless there are two channels

    @property
    def edges(self):
        """The tones where bands begin, and where the last one ends."""
        return band_edges(self.rate, self.size)

    def pages(self):
        """Return the first window of every page, as a range that stops at the number of windows."""
        return range(0, -(-self.time // self.size) + 1, PAGE_NUMBERS // (self.size * self.channels))

    def windows(self, first):
        """Return the windows of the page that begins with the window `first`, as a range."""
        return range(first, min(first + self.pages().step, self.pages().stop))

    def rans(self, windows):
        """Return (start, lanes) of a page's coder: a short page has fewer lanes, because each takes bytes."""
        return 2**16 + zlib.crc32(self.pack()) % 2**16, min(128, 1 + len(windows) * self.channels // 8)

    def pack(self):
        """Return the header as bytes."""
        return FIELDS.pack(*self[:-1]) + bytes(self.angles)


def join(header, pages):
    """Return the bytes of a file."""
    parts = (PART.pack(len(part), zlib.crc32(part)) + part for part in (header.pack(), *pages))
    return MAGIC + bytes([VERSION]) + b"".join(parts)


def split(data):
    """Return (header, pages) of a file's bytes; InputError if they are of something else, or damaged."""
    if data[:4] != MAGIC:
        raise InputError("this is not an .npae file: give one that python -m numpyae.compress has written")
    if data[4:5] not in (b"", bytes([VERSION])):
        raise InputError(f"this .npae file is not of version {VERSION}: decompress it with a newer numpyae")
    parts, position = [], 5
    while position < len(data):
        size, checksum = PART.unpack(data[position : position + PART.size].ljust(PART.size))
        position += PART.size + size
        part = data[position - size : position]
        if position > len(data) or zlib.crc32(part) != checksum:
            raise InputError(DAMAGED)
        parts.append(part)
    if not parts or len(parts[0]) < FIELDS.size:
        raise InputError(DAMAGED)
    header, pages = Header(*FIELDS.unpack_from(parts[0]), tuple(parts[0][FIELDS.size :])), parts[1:]
    if (
        not 1 <= header.rate <= MOST_RATE or not 1 <= header.channels <= MOST_CHANNELS or header.time < 1
        or not FINEST <= header.gain <= COARSEST or header.gamma > 64
        or header.size not in SIZES or len(pages) != len(header.pages())
        or len(header.angles) != (len(header.edges) - 1 if header.channels == 2 else 0)
    ):
        raise InputError(DAMAGED)
    return header, pages

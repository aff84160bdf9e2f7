"""What the bytes of a sound file say about its end, which libsndfile keeps to itself."""
import re
from typing import NamedTuple

HEAD = TAIL = 2**17  # bytes; an Ogg page has at most 2^16
OGG_PAGE = re.compile(rb"OggS\0(.).{20}(.)", re.DOTALL)  # flags, and how many bytes of lengths follow
OGG_FIRST, OGG_LATER = re.compile(rb"OggS\0[\2\6]"), re.compile(rb"OggS\0[^\2\6]")  # pages of a stream
# the first frame of an MP3 file, if it is a header that counts the frames and the bytes from its own first on
XING = re.compile(
    rb"\xff[\xe2-\xff]..(?:.{9}|.{17}|.{32})(?:Xing|Info)\0\0\0[\3\7\x0b\x0f].{4}(.{4})", re.DOTALL)
FLAC_FIRST = re.compile(rb"fLaC[\0\x80]\0\0\x22")


class Ending(NamedTuple):
    """How a sound file ends: the size in bytes that it states, is it cut off, does another recording follow?

    size is None if the file does not state it, or states it in a way that is not known here.
    """

    size: int | None = None
    cut: bool = False
    joined: bool = False


def ending(file):
    """Return the Ending of a sound file that is open for reading as bytes.

    WAV, AIFF, AU, RF64 and W64 state their size, and so do most MP3 files. An OGG file ends with a marked
    page. OGG and FLAC are searched for the start of another recording. Other formats are taken as whole.
    """
    size = file.seek(0, 2)
    start = _after_id3(file, 0)
    head = _bytes(file, start, HEAD)
    if head.startswith(b"OggS"):
        later = OGG_LATER.search(head)  # several streams may begin together
        joined = later is not None and _found(OGG_FIRST, file, start + later.start())
        return Ending(cut=_lacks_last_page(_bytes(file, max(0, size - TAIL), TAIL)), joined=joined)
    if head.startswith(b"fLaC"):
        return Ending(joined=_found(FLAC_FIRST, file, start + 4))
    if stated := _stated_size(head):
        # in a W64, libsndfile reads on
        joined = stated < size and _bytes(file, stated, 4) == head[:4] != b"riff"
        return Ending(stated, size + 8 < stated, joined)
    if xing := XING.search(head):
        stated = start + xing.start() + int.from_bytes(xing[1], "big")
        return Ending(stated, size < stated, _mp3_begins_at(file, stated))
    return Ending()


def _bytes(file, start, count):
    file.seek(start)
    return file.read(count)


def _after_id3(file, start):
    """Return where the ID3 tag that begins here ends, or `start` if there is none."""
    tag = _bytes(file, start, 10)
    if len(tag) < 10 or not tag.startswith(b"ID3"):
        return start
    return start + 10 + sum(byte << shift for byte, shift in zip(tag[6:], (21, 14, 7, 0), strict=True))


def _mp3_begins_at(file, start):
    if _bytes(file, start, 3) == b"TAG":  # the other kind of ID3, at the end of a file
        start += 128
    return re.match(rb"\xff[\xe2-\xff]", _bytes(file, _after_id3(file, start), 2)) is not None


def _stated_size(head):
    """Return the size in bytes that the header of a WAV, RF64, W64, AIFF or AU file states, else None."""

    def number(at, size, order="little"):
        return int.from_bytes(head[at : at + size], order)

    match head[:4]:
        case b"RIFF":
            before, size = 8, number(4, 4)
        case b"RF64":
            before, size = 8, number(20, 8)
        case b"riff":
            before, size = 0, number(16, 8)
        case b"FORM":
            before, size = 8, number(4, 4, "big")
        case b".snd":
            before, size = number(4, 4, "big"), number(8, 4, "big")
        case _:
            return None
    if any(0 <= limit - size < 2**16 for limit in (2**31, 2**32, 2**63, 2**64)):
        return None  # a program that writes to a pipe states about the maximum
    return before + size


def _lacks_last_page(tail):
    *_, last = [None, *OGG_PAGE.finditer(tail)]
    if last is None:  # a lot of something else follows
        return False
    flags, count = last[1][0], last[2][0]
    lengths = tail[last.end() : last.end() + count]
    return not flags & 4 or len(tail) < last.end() + count + sum(lengths)


def _found(pattern, file, start):
    """Return whether a pattern of up to 8 bytes is in the file from `start` on."""
    file.seek(start)
    before = b""
    while block := file.read(2**20):
        if pattern.search(before + block):
            return True
        before = block[-7:]
    return False

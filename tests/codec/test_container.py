"""The .npae file: it comes back as it was, and any damage to it is refused in one sentence."""
import re
import tracemalloc

import numpy as np
import pytest

from numpyae.audio import demo_song
from numpyae.codec import container, decompress, split
from numpyae.codec.container import COARSEST, FINEST, SIZES, Header, join
from numpyae.codec.decoder import whole_numbers
from numpyae.codec.encoder import encode, header_for
from numpyae.errors import InputError

DAMAGED = "this .npae file is damaged or cut off: get a whole copy"


@pytest.fixture(autouse=True)
def short_pages(monkeypatch):
    """Let a page of 256 stereo tones have two windows."""
    monkeypatch.setattr(container, "PAGE_NUMBERS", 1024)


@pytest.fixture(scope="module")
def files():
    """The bytes of two songs under one header, four pages each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(container, "PAGE_NUMBERS", 1024)
        song = demo_song(0.5, 8000)[800:2300]
        header = header_for(song, 8000)._replace(size=256, gain=-60)
        header = header._replace(angles=(40,) * (len(header.edges) - 1))
        return encode(song, header), encode(song[::-1], header)


@pytest.fixture
def file(files):
    return files[0]


def assert_it_is_refused(data, message=DAMAGED):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        decompress(data)


@pytest.mark.parametrize("header", [
    Header(8000, 1, 1, 256, 0, 42, 38),
    Header(44100, 6, 1024, 1024, FINEST, 0, 0),
    Header(2**31 - 1, 255, 1, 2048, COARSEST, 64, 255),
])
def test_header_and_pages_come_back(header, monkeypatch):
    monkeypatch.undo()  # pages as long as they are
    pages = [bytes([number]) * number for number in range(len(header.pages()))]
    assert split(join(header, pages)) == (header, pages)


def test_a_stereo_header_has_one_angle_a_band(file):
    header, pages = split(file)
    assert header.angles == (40,) * (len(header.edges) - 1) and len(pages) == 4
    assert join(header, pages) == file


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("channels", [1, 2, 255])
@pytest.mark.parametrize("time", [1, 255, 256, 257, 2048, 100_000])
def test_pages_hold_every_window_once_and_windows_reach_beyond_the_sound(time, channels, size, monkeypatch):
    monkeypatch.setattr(container, "PAGE_NUMBERS", 2**20)
    header = Header(8000, channels, time, size, 0, 0, 0)
    windows = [header.windows(first) for first in header.pages()]
    told = [window for page in windows for window in page]
    assert told == [*range(len(told))] and (len(told) - 2) * size < time <= (len(told) - 1) * size
    for page in windows:
        assert 0 < len(page) * size * channels <= 2**20
        start, lanes = header.rans(page)
        assert 2**16 <= start < 2**17 and 1 <= lanes <= 128


def test_every_flipped_bit_is_refused(file):
    for at in range(5, len(file)):
        for bit in range(8):
            changed = bytearray(file)
            changed[at] ^= 1 << bit
            assert_it_is_refused(changed)


def test_every_file_cut_off_is_refused(file):
    for end in range(5, len(file)):
        assert_it_is_refused(file[:end])


@pytest.mark.parametrize("start", [b"", b"\0", b"NPA", b"npae\1", b"RIFF\1", b"\1NPAE"])
def test_another_file_is_said_to_be_one(file, start):
    message = "this is not an .npae file: give one that python -m numpyae.compress has written"
    for data in (start, start + file[5:] if start else b"OggS" + file):
        assert_it_is_refused(data, message)


def test_a_later_version_is_said_to_be_one(file):
    message = "this .npae file is not of version 1: decompress it with a newer numpyae"
    assert_it_is_refused(file[:4] + b"\2" + file[5:], message)


@pytest.mark.parametrize("more", [b"\0", 8 * b"\0", b"NPAE\1", bytes(100)])
def test_what_follows_the_last_page_is_refused(file, more):
    assert_it_is_refused(file + more)


FIELDS = [
    *({"rate": rate} for rate in (0, 1, 7999, 8001, 44_100, 2**31 - 1, 2**31, 2**32 - 1)),
    *({"channels": channels} for channels in (0, 1, 3, 4)),
    *({"time": time} for time in (0, 1, 1244, 1499, 1501, 1756, 2**32, 2**63, 2**64 - 1)),
    *({"size": size} for size in (0, 1, 128, 255, 257, 512, 2**16 - 1)),
    *({"gain": gain} for gain in (-(2**15), -124, -61, -59, 4, 2**15 - 1)),
    *({"gamma": gamma} for gamma in (0, 41, 43, 255)),
    *({"fill": fill} for fill in (0, 37, 39, 255)),
    *({"angles": angles} for angles in ((), (40,), (40,) * 255)),
    {"rate": 44_100, "size": 512}, {"channels": 1, "angles": ()}, {"channels": 3, "angles": ()},
]


@pytest.mark.parametrize("changes", FIELDS, ids=lambda changes: str(changes)[:40])
def test_a_header_of_another_song_is_refused_though_its_checksum_is_right(file, changes):
    header, pages = split(file)
    assert_it_is_refused(join(header._replace(**changes), pages))


@pytest.mark.parametrize("changed", [
    lambda angles: (41, *angles[1:]), lambda angles: (*angles[:-1], 39), lambda angles: (0,) * len(angles),
    lambda angles: angles[1:], lambda angles: (*angles, 40),
], ids=["first", "last", "all", "one less", "one more"])
def test_other_angles_are_refused_though_their_checksum_is_right(file, changed):
    header, pages = split(file)
    assert_it_is_refused(join(header._replace(angles=changed(header.angles)), pages))


DAMAGES = {
    "the first page is missing": lambda ours, theirs: ours[1:],
    "the last page is missing": lambda ours, theirs: ours[:-1],
    "no page is there": lambda ours, theirs: [],
    "two pages have changed places": lambda ours, theirs: [ours[0], ours[2], ours[1], ours[3]],
    "the first two pages have changed places": lambda ours, theirs: [ours[1], ours[0], *ours[2:]],
    "a page is there twice": lambda ours, theirs: [*ours[:2], ours[1], *ours[2:]],
    "a page is there twice, and another is not": lambda ours, theirs: [*ours[:2], ours[1], ours[3]],
    "an empty page follows": lambda ours, theirs: [*ours, b""],
    "a page is empty": lambda ours, theirs: [ours[0], b"", *ours[2:]],
    "the first page is of another song": lambda ours, theirs: [theirs[0], *ours[1:]],
    "a page in the middle is of another song": lambda ours, theirs: [*ours[:2], theirs[2], ours[3]],
    "the last page is of another song": lambda ours, theirs: [*ours[:3], theirs[3]],
    "all pages but the first are of another song": lambda ours, theirs: [ours[0], *theirs[1:]],
    "a page lacks its last word": lambda ours, theirs: [*ours[:3], ours[3][:-2]],
    "a page lacks its last byte": lambda ours, theirs: [*ours[:3], ours[3][:-1]],
    "a page lacks its first word": lambda ours, theirs: [ours[0][2:], *ours[1:]],
    "a page has a byte more": lambda ours, theirs: [ours[0] + b"\0", *ours[1:]],
    "a page has a word more": lambda ours, theirs: [ours[0] + b"\0\0", *ours[1:]],
    "the last page has a word more": lambda ours, theirs: [*ours[:3], ours[3] + b"\0\0"],
    "a lane starts elsewhere": lambda ours, theirs: [_flipped(ours[0], 0), *ours[1:]],
    "a lane is out of range": lambda ours, theirs: [ours[0][:2] + b"\0\0" + ours[0][4:], *ours[1:]],
    "lanes have changed places": lambda ours, theirs: [ours[0][4:8] + ours[0][:4] + ours[0][8:], *ours[1:]],
    "a page is all zeros": lambda ours, theirs: [*ours[:3], bytes(len(ours[3]))],
    "a page is all ones": lambda ours, theirs: [*ours[:3], b"\xff" * len(ours[3])],
    "a page runs backwards": lambda ours, theirs: [ours[0][::-1], *ours[1:]],
}


def _flipped(page, at):
    """Return a page in which all bits of one byte are others."""
    return page[:at] + bytes([page[at] ^ 255]) + page[at + 1 :]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_pages_are_refused_though_their_checksums_are_right(files, damage):
    (header, ours), (same, theirs) = map(split, files)
    assert header == same
    assert_it_is_refused(join(header, DAMAGES[damage](ours, theirs)))


def test_a_changed_word_with_a_right_checksum_is_refused_or_is_no_more_than_other_signs(file):
    # a sign is a bit like any other, and no other bit depends on it: to change it is to write another song
    header, pages = split(file)
    right, refused = [*whole_numbers(header, pages)], 0
    flips = range(0, len(pages[0]), 17)
    for at in flips:
        try:
            damaged = [*whole_numbers(header, [_flipped(pages[0], at), *pages[1:]])]
        except InputError:
            refused += 1
            continue
        for (outline, numbers), (was, were) in zip(damaged, right, strict=True):
            assert np.array_equal(outline, was) and np.array_equal(abs(numbers), abs(were))
    assert refused > 0.9 * len(flips)


@pytest.mark.parametrize("changes", [
    {"time": 2**64 - 1}, {"time": 2**40}, {"channels": 255, "angles": ()}, {"channels": 255, "size": 2048},
    {"rate": 2**31 - 1}, {"rate": 1}, {"size": 2048},
], ids=str)
def test_a_header_that_lies_takes_little_memory(file, changes, monkeypatch):
    header, pages = split(file)
    data = join(header._replace(**changes), pages)
    monkeypatch.undo()  # pages as long as they are
    tracemalloc.start()
    try:
        assert_it_is_refused(data)
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()


def test_a_file_of_no_time_is_refused_though_all_of_it_is_right():
    assert_it_is_refused(encode(np.zeros((0, 1), np.float32), Header(8000, 1, 0, 256, 0, 42, 38)))


def test_what_decodes_is_what_was_written(file):
    samples, rate = decompress(file)
    assert samples.shape == (1500, 2) and samples.dtype == np.float32 and rate == 8000
    assert np.abs(samples - demo_song(0.5, 8000)[800:2300]).max() < 0.3

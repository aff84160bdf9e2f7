"""Bytes to sound: the same whole numbers on every machine, and no seam between pages.

demo.npae is of this version, and is made by

    from numpyae.audio import demo_song
    from numpyae.codec import compress
    open("tests/codec/demo.npae", "wb").write(compress(demo_song(4.0), 44_100, 32))

Made on another machine its bytes may differ, because floats were rounded to them; what is read of it may not.
"""
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from numpyae.audio import demo_song, snr_db
from numpyae.codec import container, decoded, decompress, split
from numpyae.codec.bands import turn
from numpyae.codec.decoder import whole_numbers
from numpyae.codec.encoder import encode, header_for
from numpyae.codec.lapped import to_sound
from numpyae.codec.rounding import heard

DEMO = Path(__file__).parent / "demo.npae"
DIGEST = "5896b5446a7105c436788ecf4d5927bac9822fa536d8b9e64fff96c5f52e1be5"
LEVELS = [  # rms of left and right, second by second
    [0.118914, 0.115757], [0.123644, 0.127393], [0.095468, 0.099132], [0.109732, 0.114763],
]


def digest(data):
    """Return the SHA-256 of all whole numbers of a file."""
    told = [array for page in whole_numbers(*split(data)) for array in page]
    return hashlib.sha256(b"".join(array.astype("<i8").tobytes() for array in told)).hexdigest()


def test_the_stored_file_has_the_whole_numbers_that_were_written():
    assert digest(DEMO.read_bytes()) == DIGEST


@pytest.mark.parametrize("threads, processor", [
    ("2", "Nehalem"), *(pytest.param(*other, marks=pytest.mark.slow) for other in [
        ("1", "Nehalem"), ("1", "Haswell"), ("2", "Haswell")
    ]),
])
def test_they_are_the_same_whatever_multiplies(threads, processor):
    code = "import sys; from test_decoder import DEMO, digest; print(digest(DEMO.read_bytes()))"
    environment = os.environ | {
        "OPENBLAS_NUM_THREADS": threads, "OPENBLAS_CORETYPE": processor,
        "PYTHONPATH": os.pathsep.join([str(DEMO.parent), *sys.path]),
    }
    ran = subprocess.run([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
    assert ran.stdout == DIGEST + "\n"


def test_the_stored_file_sounds_as_it_did():
    data = DEMO.read_bytes()
    samples, rate = decompress(data)
    assert np.array_equal(samples, decompress(bytearray(data))[0])  # the noise as well
    assert rate == 44_100 and samples.shape == (4 * rate, 2) and samples.dtype == np.float32
    levels = np.sqrt(np.square(samples, dtype=np.float64).reshape(4, rate, 2).mean(axis=1))
    np.testing.assert_allclose(levels, LEVELS, rtol=1e-4)
    assert snr_db(demo_song(4.0), samples) == pytest.approx(15.982, abs=0.01)


@pytest.fixture
def short_pages(monkeypatch):
    """Let a page of 512 stereo tones have four windows."""
    monkeypatch.setattr(container, "PAGE_NUMBERS", 4096)


@pytest.mark.parametrize("channels, time", [(1, 9000), (2, 6145), (3, 3), (2, 3)])
def test_there_is_no_seam_between_pages(short_pages, channels, time):
    song = np.tile(demo_song(1.2, 8000), 2)[:time, :channels]
    header = header_for(song, 8000)._replace(gain=-100)
    data = encode(song, header)
    pages = [heard(*told, header, number) for number, told in enumerate(whole_numbers(*split(data)))]
    tones = turn(np.concatenate(pages), np.negative(header.angles), header.edges)
    at_once = to_sound(np.pad(tones, ((0, 0), (0, 0), (0, header.size - tones.shape[-1]))))
    assert len(pages) > 2 or time == 3
    np.testing.assert_allclose(decompress(data)[0], at_once[512:][:time], atol=1e-6)


def test_pages_are_as_near_to_the_song_as_one_page(monkeypatch):
    song = demo_song(1.2, 8000)
    header = header_for(song, 8000)._replace(gain=-100)
    whole = encode(song, header)
    near = snr_db(song, decompress(whole)[0])
    monkeypatch.setattr(container, "PAGE_NUMBERS", 4096)
    paged = encode(song, header)
    assert len(split(paged)[1]) == 5
    assert snr_db(song, decompress(paged)[0]) == pytest.approx(near, abs=0.2)
    assert len(paged) < 1.15 * len(whole)  # the neurons need not learn anew


@pytest.mark.parametrize("time", [1, 2047, 2048, 2049, 4000])
def test_the_blocks_of_a_file_are_the_whole_sound(short_pages, time):
    song = demo_song(1.2, 8000)[:time]
    data = encode(song, header_for(song, 8000))
    blocks = [*decoded(*split(data))]
    assert sum(map(len, blocks)) == time and len(blocks) == len(split(data)[1])
    assert np.array_equal(np.concatenate(blocks), decompress(data)[0])


def test_a_page_is_decoded_before_the_next_is_read(short_pages):
    header, pages = split(encode(song := demo_song(1.2, 8000), header_for(song, 8000)))
    first = next(decoded(header, [pages[0], *(b"" for _ in pages[1:])]))
    assert np.array_equal(first, next(decoded(header, pages)))

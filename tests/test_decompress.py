"""`python -m numpyae.decompress`: an .npae file back to sound, and how it says no to anything else."""
import io
import json
import os
import re
import signal
import subprocess
import sys
import tracemalloc
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from numpyae import decompress
from numpyae.audio import demo_song, read
from numpyae.codec import compress, container, model
from numpyae.codec import decompress as decoded
from numpyae.codec.rans import Encoder
from numpyae.decompress import main

PROGRESS = r"(\d+)%, 0:(\d\d) left"
DAMAGED = "this .npae file is damaged or cut off: get a whole copy"
HEADER = container.Header(rate=8000, channels=1, time=4000, size=256, gain=-100, gamma=42, fill=38)


@pytest.fixture(scope="module")
def small_file():
    """The bytes of half a second of mono."""
    return compress(demo_song(0.5, 8000)[:, :1], 8000, 32)


@pytest.fixture(autouse=True)
def song_npae(empty_folder, small_file):
    """song.npae, in an empty folder that the test runs in."""
    Path("song.npae").write_bytes(small_file)


def file_of(header, number=0, level=0):
    """Return a file of whole and right pages, in which every number and every loudness is the same."""
    song, pages = model.Model(header), []
    outline = np.zeros((header.channels, len(header.edges) + 1), np.int64)
    outline[:, :-2] = level
    for first in header.pages():
        windows, encoder = header.windows(first), Encoder()
        for _ in windows:
            song.code(encoder, outline, np.full((header.channels, header.edges[-1]), number))
        pages.append(encoder.finish(*header.rans(windows)))
    return container.join(header, pages)


def assert_it_is_refused(words, message, capsys):
    before = {*os.listdir()}
    assert main(words) == 2
    assert capsys.readouterr() == ("", f"error: {message}\n") and {*os.listdir()} == before


@pytest.mark.parametrize("channels, rate", [(1, 8000), (2, 11025), (3, 44100)])
def test_length_rate_and_channels_are_those_of_the_song(channels, rate, capsys):
    song = np.tile(demo_song(0.5, rate), 2)[:, :channels]
    Path("a.npae").write_bytes(compress(song, rate, 24))
    assert main(["a.npae", "--json", "--quiet"]) == 0
    printed = capsys.readouterr()
    figures, info = json.loads(printed.out), soundfile.info("a.wav")
    assert (info.frames, info.samplerate, info.channels) == (len(song), rate, channels)
    assert info.subtype == "PCM_16" and figures.pop("total_seconds") > 0 and printed.err == ""
    assert figures == {
        "output": "a.wav", "seconds": len(song) / rate, "sample_rate": rate, "channels": channels,
        "clipped": 0,
    }


@pytest.mark.parametrize("out", ["again.wav", "again.flac", "again.aiff"])
def test_the_sound_is_the_one_that_python_gets(small_file, out):
    assert main(["song.npae", "-o", out, "--quiet"]) == 0
    np.testing.assert_allclose(read(out)[0], decoded(small_file)[0], rtol=0, atol=0.51 * 2**-15)


def test_it_prints_its_output_and_says_how_fast(capsys):
    Path("music").mkdir()
    os.rename("song.npae", "music/a.b.npae")
    assert main(["music/a.b.npae"]) == 0
    printed = capsys.readouterr()
    assert printed.out == "a.b.wav\n" and {*os.listdir()} == {"music", "a.b.wav"}
    assert re.fullmatch(r"0\.5 s of sound in \d+\.\d s: \d+\.\d x real time\n", printed.err)
    assert main(["music/a.b.npae", "-o", "c.ogg", "--quiet"]) == 0 and capsys.readouterr() == ("c.ogg\n", "")


def test_what_is_beyond_full_scale_is_counted(capsys):
    song = 3 * demo_song(0.5, 8000)
    Path("loud.npae").write_bytes(compress(song, 8000, 32))
    assert main(["loud.npae", "--json"]) == 0
    over = np.count_nonzero(np.abs(decoded(Path("loud.npae").read_bytes())[0]) > 1)
    printed = capsys.readouterr()
    warning = f"warning: {over:,} numbers are beyond full scale, where loud.wav or its player clips them"
    assert json.loads(printed.out)["clipped"] == over > 0 and printed.err.startswith(warning)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def many_pages(monkeypatch):
    """Let song.npae have 30 pages of two windows each, and the clock tick once for each."""
    monkeypatch.setattr(container, "PAGE_NUMBERS", 512)
    monkeypatch.setattr(decompress, "time", SimpleNamespace(perf_counter=count().__next__))
    Path("song.npae").write_bytes(file_of(HEADER._replace(time=59 * 256)))


def test_on_a_terminal_progress_is_one_line_that_says_how_far_and_how_long(many_pages, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert main(["song.npae"]) == 0
    shown = sys.stderr.getvalue().split("\n")[0].split("\r")[1:]
    told = [tuple(map(int, re.fullmatch(PROGRESS, line.rstrip()).groups())) for line in shown]
    blocks = range(1, 60, 2)  # the first window begins before the sound
    assert told == [
        (round(100 * done / 59), round(page * (59 - done) / done)) for page, done in enumerate(blocks, 1)]


def test_elsewhere_progress_is_nine_lines(many_pages, capsys):
    assert main(["song.npae"]) == 0
    *lines, _ = capsys.readouterr().err.splitlines()
    shares = [int(re.fullmatch(PROGRESS, line)[1]) for line in lines]
    assert len(shares) == 9 and shares == sorted({*shares}) and shares[-1] < 100
    assert main(["song.npae", "-o", "quiet.wav", "--quiet"]) == 0 and capsys.readouterr().err == ""


LATER = "this .npae file is not of version 1: decompress it with a newer numpyae"
NEITHER = "this is not an .npae file: give one that python -m numpyae.compress has written"


@pytest.mark.parametrize("contents, message", {
    "a WAV": (b"RIFF\x24\x40\x00\x00WAVEfmt ", NEITHER),
    "text": (b"not sound", NEITHER),
    "three bytes": (b"NPA", NEITHER),
    "four bytes": (b"NPAE", DAMAGED),
    "no part": (b"NPAE\x01", DAMAGED),
    "zeros": (b"NPAE\x01" + bytes(10_000), DAMAGED),
    "a later version": (b"NPAE\x02" + bytes(99), LATER),
}.values())
def test_what_is_no_file_of_ours_is_refused(contents, message, capsys):
    Path("a.npae").write_bytes(contents)
    assert_it_is_refused(["a.npae"], f"a.npae: {message}", capsys)


def test_what_cannot_be_opened_is_refused(capsys):
    Path("empty.npae").touch()
    Path("folder.npae").mkdir()
    os.mkfifo("pipe.npae")
    for name, words in {
        "nowhere/a": "there is no file nowhere/a: check the name",
        "sogn.npae": "there is no file sogn.npae: did you mean song.npae?",
        "empty.npae": "empty.npae is empty (0 bytes): get a whole copy of it",
        "folder.npae": "folder.npae is a folder: name a sound file in it",
        "pipe.npae": "pipe.npae is a pipe or a device: save it to a file first, to be read from anywhere",
    }.items():
        assert_it_is_refused([name], words, capsys)


def test_a_file_that_is_cut_off_anywhere_is_refused(small_file, capsys):
    for length in (5, 6, 12, 40, 60, len(small_file) // 2, len(small_file) - 1):
        Path("cut.npae").write_bytes(small_file[:length])
        assert_it_is_refused(["cut.npae"], f"cut.npae: {DAMAGED}", capsys)


def test_a_bit_that_is_flipped_anywhere_is_refused(small_file, capsys):
    for at in (5, 9, 13, 14, 20, 30, 40, 60, len(small_file) // 2, len(small_file) - 1):
        flipped = bytearray(small_file)
        flipped[at] ^= 4
        Path("bad.npae").write_bytes(flipped)
        assert_it_is_refused(["bad.npae"], f"bad.npae: {DAMAGED}", capsys)


@pytest.mark.parametrize("changes", [
    {"time": 2**64 - 1}, {"time": 2**40}, {"time": 0}, {"time": 601}, {"time": 2**20}, {"channels": 0},
    {"channels": 2}, {"channels": 255}, {"rate": 0}, {"rate": 2**32 - 1}, {"rate": 48_000}, {"size": 0},
    {"size": 2048}, {"size": 65_535}, {"channels": 255, "size": 2048, "time": 2**63}, {"gain": -99},
    {"fill": 39},
], ids=str)
def test_a_header_that_lies_with_a_right_checksum_is_refused_in_little_memory(changes, capsys):
    header, pages = container.split(file_of(HEADER._replace(time=600)))
    Path("lie.npae").write_bytes(container.join(header._replace(**changes), pages))
    tracemalloc.start()
    assert_it_is_refused(["lie.npae"], f"lie.npae: {DAMAGED}", capsys)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100e6


@pytest.mark.parametrize("size", [0, 1, 2**31, 2**32 - 1])
def test_a_part_that_lies_about_its_length_is_refused(small_file, size, capsys):
    Path("lie.npae").write_bytes(small_file[:5] + size.to_bytes(4, "little") + small_file[9:])
    assert_it_is_refused(["lie.npae"], f"lie.npae: {DAMAGED}", capsys)


def test_parts_that_are_too_many_or_stand_elsewhere_are_refused(small_file, capsys, monkeypatch):
    monkeypatch.setattr(container, "PAGE_NUMBERS", 2048)
    header = HEADER._replace(gain=-99)
    _, pages = container.split(file_of(HEADER))
    _, of_another = container.split(file_of(header))
    for wrong in ([*pages, pages[0]], pages[:-1], pages[::-1], [b"", *pages[1:]], of_another):
        Path("a.npae").write_bytes(container.join(HEADER, wrong))
        assert_it_is_refused(["a.npae"], f"a.npae: {DAMAGED}", capsys)


@pytest.mark.parametrize("changes", [{"gain": 2**15 - 1}, {"gain": -(2**15)}, {"gamma": 255}], ids=str)
def test_a_file_that_a_stranger_made_to_overflow_is_refused(changes, capsys):
    Path("a.npae").write_bytes(file_of(HEADER._replace(**changes), number=1, level=31))
    assert_it_is_refused(["a.npae"], f"a.npae: {DAMAGED}", capsys)


@pytest.mark.parametrize("changes, out, words", [
    ({"channels": 255}, "out.flac", "out.flac cannot hold 255 channels at 8000 Hz as the default FLAC"),
    ({"rate": 96_000}, "out.mp3", "out.mp3 cannot hold 1 channels at 96000 Hz as the default MP3"),
])
def test_what_the_format_cannot_hold_is_said_before_decoding(changes, out, words, monkeypatch, capsys):
    Path("a.npae").write_bytes(file_of(HEADER._replace(**changes)))
    monkeypatch.setattr(decompress, "decoded", lambda header, pages: iter([None]))  # a bug if it is called
    assert main(["a.npae", "-o", out]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.startswith(f"error: {words} (") and not Path(out).exists()
    assert printed.err.endswith("): write WAV instead\n") and {*os.listdir()} == {"a.npae", "song.npae"}


def test_an_output_that_cannot_be_written_is_said_before_the_file_is_read(capsys, monkeypatch):
    Path("there.wav").write_text("mine")
    Path("folder.wav").mkdir()
    monkeypatch.setattr(decompress, "split", None)  # a bug if it is called
    for out, words in {
        "there.wav": "there.wav exists already: give another name with -o, or --force to overwrite it",
        "folder.wav": "folder.wav is a folder: name a file with -o OUT",
        "a.xyz": "a.xyz has no extension of a sound file that can be written: name it .wav, .flac or .ogg",
        "nowhere/a.wav": "nowhere/a.wav cannot be written: nowhere is not a folder to write to",
    }.items():
        assert_it_is_refused(["song.npae", "-o", out], words, capsys)
    assert Path("there.wav").read_text() == "mine"


def test_only_force_writes_over_a_file():
    Path("song.wav").write_text("mine")
    assert main(["song.npae", "--force", "--quiet"]) == 0
    assert soundfile.info("song.wav").frames == 4000


@pytest.mark.parametrize("out", ["same.wav", "link.wav", "./same.wav"])
def test_nothing_writes_over_the_file_itself(small_file, out, capsys):
    os.rename("song.npae", "same.wav")
    Path("link.wav").symlink_to("same.wav")
    assert main(["same.wav", "-o", out, "--force"]) == 2
    assert "is the song itself, which would be lost: give another name with -o" in capsys.readouterr().err
    assert Path("same.wav").read_bytes() == small_file


@pytest.mark.parametrize("number, code, words", [
    (signal.SIGINT, 130, "stopped by Ctrl-C"), (signal.SIGTERM, 143, "stopped by SIGTERM"),
])
def test_a_signal_is_one_sentence_and_leaves_nothing(monkeypatch, capsys, number, code, words):
    monkeypatch.setattr(decompress.Progress, "show", lambda *_, **__: signal.raise_signal(number))
    assert main(["song.npae"]) == code
    assert capsys.readouterr() == ("", f"error: {words}\n") and [*os.listdir()] == ["song.npae"]


def test_what_a_killed_process_left_beside_the_output_is_removed():
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for name in (f".song.wav.{dead.pid}-0.tmp", f".other.wav.{dead.pid}-0.tmp"):
        Path(name).write_text("torn")
    assert main(["song.npae", "--quiet"]) == 0
    assert {*os.listdir()} == {"song.npae", "song.wav", f".other.wav.{dead.pid}-0.tmp"}

"""`python -m numpyae.compress`: a song in as few bytes as were asked for, and how it says no."""
import io
import json
import os
import re
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from numpyae import compress
from numpyae.audio import demo_song, reading, snr_db, write
from numpyae.codec import container, decompress
from numpyae.compress import main as command

SAID = (
    r"[12],\d{3} bytes, \d+\.\d kbps, \d+\.\d times smaller than the song as 16-bit PCM, SNR \d+\.\d dB, "
    r"0\.5 s of sound in \d+\.\d s: \d+\.\d x real time\n"
)
ATTEMPT = r"attempt (\d+) to meet 64 kbps: (\d+)%, 0:(\d\d) left of this attempt"


@pytest.fixture(autouse=True)
def half_a_second(empty_folder):
    """The samples of song.wav, in an empty folder that the test runs in."""
    song = demo_song(0.5, 8000)[:, :1]
    write("song.wav", song, 8000)
    return song


def main(words):
    """Run the command, at a size that it meets at the first attempt."""
    return command(["--kbps", "32", *words])


def decoded(name):
    return decompress(Path(name).read_bytes())


def test_it_prints_its_output_and_says_how_small_how_near_and_how_fast(capsys):
    assert main(["song.wav"]) == 0
    printed = capsys.readouterr()
    assert printed.out == "song.npae\n" and re.fullmatch(SAID, printed.err)
    assert main(["song.wav", "-o", "b.npae", "--quiet"]) == 0
    assert capsys.readouterr() == ("b.npae\n", "")


@pytest.mark.parametrize("kbps", [48, 96.5])
def test_its_figures_are_those_of_the_file(capsys, kbps):
    song = demo_song(0.5, 11025)
    write("song.wav", song, 11025)
    assert main(["song.wav", "--kbps", str(kbps), "--json", "--quiet"]) == 0
    figures = json.loads(capsys.readouterr().out)
    size = os.path.getsize("song.npae")
    assert figures.pop("total_seconds") > 0
    near = snr_db(song, decoded("song.npae")[0])
    # what is off in the silence before and after the sound counts in the first, and nobody hears it
    assert near - 1 < figures.pop("snr_db") < near + 0.1
    assert figures == {
        "output": "song.npae", "bytes": size, "kbps": pytest.approx(8e-3 * size / 0.5, rel=1e-3),
        "times_smaller": pytest.approx((os.path.getsize("song.wav") - 44) / size), "seconds": 5512 / 11025,
        "sample_rate": 11025, "channels": 2,
    }
    assert 0.97 * kbps < figures["kbps"] < 1.01 * kbps


def test_silence_has_no_snr_and_needs_few_bytes(capsys):
    write("silence.wav", np.zeros((8000, 2)), 8000)
    assert main(["silence.wav", "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["snr_db"] is None and "SNR n/a" in printed.err
    assert not decoded("silence.npae")[0].any() and os.path.getsize("silence.npae") < 500


def test_without_a_name_the_output_stands_in_this_folder_under_the_songs_name(capsys):
    Path("music").mkdir()
    os.rename("song.wav", "music/a.b.wav")
    assert main(["music/a.b.wav", "--quiet"]) == 0
    assert capsys.readouterr().out == "a.b.npae\n" and {*os.listdir()} == {"music", "a.b.npae"}


@pytest.mark.parametrize("name", ["song.flac", "song.mp3", "song.ogg"])
def test_a_song_that_is_too_long_for_memory_gives_the_same_bytes(half_a_second, monkeypatch, capsys, name):
    write(name, half_a_second, 8000)
    for song, out in (("song.wav", "a.npae"), (name, "c.npae")):
        assert main([song, "-o", out]) == 0
    assert "takes a while" not in capsys.readouterr().err
    monkeypatch.setattr(reading, "MAX_BYTES_IN_MEMORY", 0)
    for song, out in (("song.wav", "b.npae"), (name, "d.npae")):
        assert main([song, "-o", out]) == 0
    a, b, c, d = (Path(f"{out}.npae").read_bytes() for out in "abcd")
    assert a == b and c == d
    assert f"reading {name}, 0 s of sound, which takes a while ...\n" in capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def many_pages(monkeypatch):
    """Pages of one window, so that half a second has many, and a clock that ticks once for each."""
    monkeypatch.setattr(container, "PAGE_NUMBERS", 512)
    monkeypatch.setattr(compress, "time", SimpleNamespace(perf_counter=count().__next__))


def test_on_a_terminal_progress_is_one_line_that_says_what_it_does_and_how_long(many_pages, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert command(["song.wav"]) == 0
    shown, result, _ = sys.stderr.getvalue().split("\n")
    told = [tuple(map(int, re.fullmatch(ATTEMPT, line.rstrip()).groups())) for line in shown.split("\r")[1:]]
    attempts, pages = told[-1][0], max(left for *_, left in told) + 1
    assert attempts > 1 and pages > 5 and result.startswith("3,9")
    assert told == [
        (attempt, round(100 * page / pages), pages - page)
        for attempt in range(1, attempts + 1) for page in range(1, pages + 1)
    ]


@pytest.mark.parametrize("page, lines_each", [(512, 3), (2560, 1)])
def test_elsewhere_progress_is_three_lines_an_attempt_at_most(
    many_pages, monkeypatch, capsys, page, lines_each,
):
    monkeypatch.setattr(container, "PAGE_NUMBERS", page)
    assert command(["song.wav"]) == 0
    *lines, _ = capsys.readouterr().err.splitlines()
    attempts = [int(re.fullmatch(ATTEMPT, line)[1]) for line in lines]
    assert attempts == sorted(lines_each * [*range(1, attempts[-1] + 1)]) and attempts[-1] > 1
    assert main(["song.wav", "-o", "quiet.npae", "--quiet"]) == 0 and capsys.readouterr().err == ""


@pytest.mark.parametrize("kbps", ["0", "-3", "nan", "inf", "1e9"])
def test_a_size_that_cannot_be_met_is_told_which_can(capsys, kbps):
    assert main(["song.wav", "--kbps", kbps]) == 2
    said = r"error: expected from \d+\.\d to 128 kbps for this song, got \S+: give another number\n"
    printed = capsys.readouterr()
    assert printed.out == "" and re.fullmatch(said, printed.err) and [*os.listdir()] == ["song.wav"]


def test_a_size_that_is_no_number_is_a_wrong_argument(capsys):
    with pytest.raises(SystemExit) as ended:
        command(["song.wav", "--kbps", "abc"])
    said = "error: argument --kbps: invalid float value: 'abc' (see python -m numpyae.compress --help)\n"
    assert ended.value.code == 2 and capsys.readouterr() == ("", said)


def test_what_cannot_be_used_is_one_sentence_and_leaves_nothing(tmp_path, capsys):
    soundfile.write("none.wav", np.zeros((0, 2)), 8000)
    soundfile.write("nan.wav", np.full((99, 2), np.nan), 8000, subtype="FLOAT")
    write("many.wav", np.zeros((99, 256)), 8000)
    Path("text.wav").write_text("not sound")
    Path("empty.wav").touch()
    Path("folder.npae").mkdir()
    os.mkfifo("pipe.wav")
    before = {*tmp_path.rglob("*")}
    for words, message in {
        "missing.wav": "there is no file missing.wav",
        "text.wav": "text.wav is not a sound file that can be read",
        "empty.wav": "empty.wav is empty (0 bytes): get a whole copy",
        "pipe.wav": "pipe.wav is a pipe or a device",
        ".": ". is a folder",
        "none.wav": "none.wav has no samples: give a song with sound in it",
        "nan.wav": "nan.wav has samples that are NaN, infinite or",
        "many.wav": "1 to 255 channels, got ",
        "song.wav -o out.wav": "expected an output that ends in .npae, got out.wav: give another with -o",
        "song.wav -o nowhere/a.npae": "nowhere/a.npae cannot be written: nowhere is not a",
        "song.wav -o folder.npae --force": "folder.npae is a folder",
    }.items():
        assert main(words.split()) == 2, words
        printed = capsys.readouterr()
        assert printed.out == "" and printed.err.count("\n") == 1 and printed.err.startswith("error: "), words
        assert message in printed.err, words
    assert {*tmp_path.rglob("*")} == before


@pytest.mark.parametrize("name", ["song.wav", "song.mp3"])
def test_a_song_that_is_cut_off_is_told_and_counted_by_what_is_there(rng, capsys, name):
    write(name, rng.uniform(-0.01, 0.01, (8000, 1)), 8000)
    contents = Path(name).read_bytes()
    Path(name).write_bytes(contents[: len(contents) // 2])
    assert main([name, "--json", "--quiet"]) == 0
    printed, said = capsys.readouterr(), r"is cut off.*: \d\.\d\d s of (about )?1.00 s are there\n"
    assert re.fullmatch(f"warning: {name} {said}", printed.err)
    assert 0.2 < json.loads(printed.out)["seconds"] == len(decoded("song.npae")[0]) / 8000 < 0.51


def test_a_song_that_changes_meanwhile_is_one_sentence_and_leaves_nothing(capsys, monkeypatch):
    def cut_the_song(samples, *others):
        os.truncate("song.wav", 1000)
        return samples[:100]

    monkeypatch.setattr(reading, "MAX_BYTES_IN_MEMORY", 0)
    monkeypatch.setattr(compress, "compress", cut_the_song)
    assert main(["song.wav"]) == 1
    said = "error: song.wav has changed while it was in use (it had 8,044 bytes and now has 1,000): start"
    assert said in capsys.readouterr().err and [*os.listdir()] == ["song.wav"]


@pytest.mark.parametrize("number, code, words", [
    (signal.SIGINT, 130, "stopped by Ctrl-C"), (signal.SIGTERM, 143, "stopped by SIGTERM"),
])
def test_a_signal_is_one_sentence_and_leaves_nothing(many_pages, monkeypatch, capsys, number, code, words):
    monkeypatch.setattr(compress._Attempts, "show", lambda *_: signal.raise_signal(number))
    assert main(["song.wav"]) == code
    assert capsys.readouterr() == ("", f"error: {words}\n") and [*os.listdir()] == ["song.wav"]


@pytest.mark.parametrize("name", ["song.npae", "link.npae", "hard.npae", "./song.npae"])
def test_nothing_writes_over_the_song_itself(capsys, name):
    os.rename("song.wav", "song.npae")  # still a WAV
    Path("link.npae").symlink_to("song.npae")
    os.link("song.npae", "hard.npae")
    before = Path("song.npae").read_bytes()
    assert main(["song.npae", "-o", name, "--force"]) == 2
    assert "is the song itself, which would be lost: give another name with -o" in capsys.readouterr().err
    assert Path("song.npae").read_bytes() == before


def test_only_force_writes_over_a_file_and_nothing_is_read_before_that_is_said(capsys, monkeypatch):
    Path("out.npae").write_text("mine")
    with monkeypatch.context() as patch:
        patch.setattr(reading.Song, "load", None)  # a bug if it is called
        assert main(["song.wav", "-o", "out.npae"]) == 2
    said = "error: out.npae exists already: give another name with -o, or --force to overwrite it\n"
    assert capsys.readouterr().err == said and Path("out.npae").read_text() == "mine"
    assert main(["song.wav", "-o", "out.npae", "--force", "--quiet"]) == 0
    assert len(decoded("out.npae")[0]) == 4000


@pytest.mark.parametrize("output", ["out.npae", "OUT.NPAE"])
def test_what_a_killed_process_left_beside_the_output_is_removed(output):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for name in (f".{output}.{dead.pid}-0.tmp", f".other.npae.{dead.pid}-0.tmp"):
        Path(name).write_text("torn")
    assert main(["song.wav", "-o", output, "--quiet"]) == 0
    assert {*os.listdir()} == {"song.wav", output, f".other.npae.{dead.pid}-0.tmp"}

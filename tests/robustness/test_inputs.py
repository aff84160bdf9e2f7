"""Every kind of file that people hand to a command: a result, or one sentence.

What libsndfile does alone is in brackets.
"""
import builtins
import faulthandler
import json
import os
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hostile import few_many_all, mutated

from numpyae import Autoencoder, load, reconstruct, train
from numpyae.audio import Song, demo_song, read, write
from numpyae.training import save

NETWORK = "--iterations 3 --batch-size 4 --segment 64 --hidden 4 --features 4 --no-report".split()
RATE = 22050


pytestmark = pytest.mark.usefixtures("empty_folder")


@pytest.fixture(scope="module")
def song():
    return demo_song(1.0, RATE)


def sound(samples, name="a.wav", rate=RATE, subtype=None, change=None):
    """Write a sound file, with its bytes changed if asked, and return its name."""
    soundfile.write(name, samples, rate, subtype)
    if change:
        data = bytearray(Path(name).read_bytes())
        change(data)
        Path(name).write_bytes(data)
    return name


def half(data):
    del data[len(data) // 2 :]


def twice(data):
    data.extend(bytes(data))


def put(at, number, size=4):
    """Return a change that puts a whole number into a header."""
    def change(data):
        data[at : at + size] = number.to_bytes(size, "little")

    return change


def flac_without_length(data):
    data[21] &= 0xF0
    data[22:26] = bytes(4)


def plain(name, contents):
    Path(name).write_bytes(contents)
    return name


def pipe():
    os.mkfifo("pipe.wav")
    return "pipe.wav"


def folder():
    os.mkdir("folder.wav")
    return "folder.wav"


REFUSED = {
    "missing": (lambda x: "missing.wav", "there is no file missing.wav: check the name"),
    "misspelt": (
        lambda x: sound(x, "song.wav") and "sogn.wav",
        "there is no file sogn.wav: did you mean song.wav?"),
    "a folder": (lambda x: folder(), "folder.wav is a folder: name a sound file in it"),
    "no bytes": (lambda x: plain("a.wav", b""), r"a.wav is empty \(0 bytes\): get a whole copy of it"),
    "text": (lambda x: plain("a.wav", b"not sound"), "a.wav is not a sound file that can be read"),
    "m4a": (
        lambda x: plain("a.m4a", b"\0\0\0 ftypM4A " * 9),
        r"a.m4a is not a sound file .* or convert it with ffmpeg -i a.m4a a.wav"),
    "text that calls itself MP3 [no such file]": (
        lambda x: plain("a.mp3", b"not sound"),
        r"a.mp3 is not a sound file that can be read \(no sound was found in it\)"),
    "a link to nothing": (
        lambda x: os.symlink("b.wav", "a.wav") or "a.wav",
        "there is no file a.wav: it is a link to b.wav, which is not there"),
    "a pipe": (
        lambda x: pipe(),
        "pipe.wav is a pipe or a device: save it to a file first, to be read from anywhere"),
    "a device": (lambda x: "/dev/null", "/dev/null is a pipe or a device"),
    "a web address": (
        lambda x: "https://example.org/a.wav",
        "there is no file https:.*a.wav: check the name"),
    "half a FLAC [an error on reading only]": (
        lambda x: sound(x, "a.flac", change=half),
        "a.flac is (damaged|not a sound file)"),
    "a FLAC without its length [2^63 frames]": (
        lambda x: sound(x, "a.flac", change=flac_without_length),
        "a.flac does not say how long"),
    "a rate of 0": (lambda x: sound(x, change=put(24, 0)), "a.wav is not a sound file that can be read"),
    "a rate of 4 GHz": (
        lambda x: sound(x, change=put(24, 4_000_000_000)),
        "a.wav is not a sound file that can be read"),
    "60,000 channels": (
        lambda x: sound(x, change=put(22, 60_000, 2)),
        "a.wav is not a sound file that can be read"),
    "0 frames": (
        lambda x: sound(x[:0]),
        "(expected at least one segment of 64 samples, got 0 .* in a.wav|a.wav has no samples)"),
    "NaN [let through]": (
        lambda x: sound(x * np.nan, subtype="FLOAT"),
        "a.wav has samples that are NaN, .* the first at 0.000 s"),
    "infinite": (
        lambda x: sound(np.full(x.shape, np.inf), subtype="DOUBLE"),
        "a.wav has samples that are NaN, infinite or"),
    "overflowing": (
        lambda x: sound(x * 1e30, subtype="FLOAT"),
        "a.wav has samples .* a million times full scale"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_one_sentence_from_both_commands_and_leaves_nothing(
    song, tmp_path, capfd, case,
):
    make, words = REFUSED[case]
    name = make(song)
    (tmp_path / "run").mkdir()
    save("run", Autoencoder(2, 4, 4, rng=np.random.default_rng(0)))
    before = {*tmp_path.rglob("*")}
    for command, options in ((train, NETWORK), (reconstruct, ["--model", "run", "-o", "out.wav"])):
        assert command.main([name, *options]) == 2
        printed = capfd.readouterr()
        assert printed.out == "" and printed.err.count("error:") == 1
        assert re.search(f"error: {words}", printed.err)
        assert {*tmp_path.rglob("*")} == before


TAKEN = {
    "half a WAV [silently short]": (
        lambda x: sound(x, change=half),
        "warning: a.wav is cut off: 0.50 s of about 1.00 s are there"),
    "half an AIFF": (
        lambda x: sound(x, "a.aiff", change=half),
        "warning: a.aiff is cut off: 0.50 s of about 1.00 s"),
    "half an OGG [silently short]": (
        lambda x: sound(np.tile(x, (9, 1)), "a.ogg", change=half), "warning: a.ogg is cut off: "),
    "half an MP3 [silently short]": (
        lambda x: sound(x, "a.mp3", change=half), "warning: a.mp3 is cut off or damaged: "),
    "two OGGs, joined by cat [the second is ignored]": (
        lambda x: sound(x, "a.ogg", change=twice),
        "warning: a.ogg holds more than one recording, of which only the first, 1.00 s, is read: join"),
    "two MP3s, joined by cat [the second is ignored]": (
        lambda x: sound(x, "a.mp3", change=twice), "warning: a.mp3 holds more than one recording, of"),
    "two FLACs, joined by cat [the second is ignored]": (
        lambda x: sound(x, "a.flac", change=twice), "warning: a.flac holds more than one recording, of"),
    "GSM 6.10, as old answering machines have [cannot seek]": (
        lambda x: sound(x[:, :1], rate=8000, subtype="GSM610"), "2.8 s, 8,000 Hz, channels: 1"),
    "a WAV that claims 2 GB": (lambda x: sound(x, change=put(40, 2**31 - 1)), ""),
    "a WAV from a pipe, of unknown length": (
        lambda x: sound(x, change=lambda data: [put(4, 2**32 - 1)(data), put(40, 2**32 - 1)(data)]), ""),
    "mono": (lambda x: sound(x[:, :1]), "channels: 1"),
    "5.1": (lambda x: sound(np.tile(x, 3)), "channels: 6"),
    "16 channels": (lambda x: sound(np.tile(x, 8)), "channels: 16"),
    "8 kHz": (lambda x: sound(x, rate=8000), "8,000 Hz"),
    "192 kHz": (lambda x: sound(x, rate=192_000), "192,000 Hz"),
    "8 bits": (lambda x: sound(x, subtype="PCM_U8"), ""),
    "64-bit floats": (lambda x: sound(x, subtype="DOUBLE"), ""),
    "over full scale, as MP3 is": (lambda x: sound(1.3 * x / np.abs(x).max(), subtype="FLOAT"), ""),
    "silence": (lambda x: sound(0 * x), "SNR n/a"),
    "a constant": (lambda x: sound(0 * x + 0.25), "SNR"),
    "one dead channel": (lambda x: sound(x * [1, 0]), "SNR"),
    "far over full scale": (
        lambda x: sound(1000 * x, subtype="FLOAT"), "% of the song is over full scale, by up to 5"),
    "nearly silent": (
        lambda x: sound(1e-6 * x, subtype="FLOAT"), "note: the song is nearly silent, with a peak of -12"),
    "clipped": (
        lambda x: sound(np.clip(50 * x, -1, 1)),
        "% of the song is at full scale, so it was clipped when it was made"),
    "-a b.wav": (lambda x: sound(x, "-a b.wav"), "1.0 s"),
    "привет.wav": (lambda x: sound(x, "привет.wav"), "1.0 s"),
    "a name of 240 letters": (lambda x: sound(x, 236 * "a" + ".wav"), "1.0 s"),
    "a link": (lambda x: os.symlink(sound(x, "b.wav"), "a.wav") or "a.wav", "1.0 s"),
    "exactly one segment": (lambda x: sound(x[:64]), "SNR"),
}


@pytest.mark.parametrize("case", TAKEN)
def test_what_is_odd_is_taken_as_it_is_and_said_where_it_matters(song, capfd, case):
    make, words = TAKEN[case]
    name = make(song)
    if soundfile.info(name).frames > 2**48:  # libsndfile 1.2.0 and half an OGG
        assert train.main([*NETWORK, name]) == 2 and "does not say how long it is" in capfd.readouterr().err
        return
    assert train.main([*NETWORK, "-o", "run", "--", name]) == 0
    printed = capfd.readouterr()
    assert printed.out == "run\n" and words in printed.err and "Traceback" not in printed.err
    metrics = json.loads(Path("run/metrics.json").read_text())
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        samples, rate = read(name)
    assert bool(warned) == ("warning: " in words)
    assert (metrics["channels"], metrics["sample_rate"]) == (samples.shape[1], rate)
    assert np.isfinite(load("run").parameters).all()
    assert reconstruct.main(["--model", "run", "-o", "out.wav", "--", name]) == 0
    assert read("out.wav")[0].shape == samples.shape
    assert ("warning: " in capfd.readouterr().err) == ("warning: " in words)


def test_names_that_are_not_utf_8_are_read_and_written(song, capfd):
    name, out = (os.fsdecode(letters) for letters in (b"bad\xff\xfe.wav", b"out\xff.wav"))
    try:
        os.rename(sound(song), name)
    except OSError:
        pytest.skip("on this disk, names are UTF-8")
    assert train.main([name, "-o", "run", *NETWORK]) == 0
    assert reconstruct.main([name, "--model", "run", "-o", out]) == 0
    assert read(out)[0].shape == song.shape and "Traceback" not in capfd.readouterr().err


def test_a_song_that_may_not_be_read_is_one_sentence(song, capsys, monkeypatch):
    sound(song)
    opened = builtins.open

    def forbidden(path, *arguments, **settings):
        if str(path) == "a.wav":
            raise PermissionError(13, "Permission denied", path)
        return opened(path, *arguments, **settings)

    monkeypatch.setattr(builtins, "open", forbidden)
    assert train.main(["a.wav", *NETWORK, "--quiet"]) == 2
    said = "error: a.wav cannot be opened (Permission denied): check name and permissions\n"
    assert capsys.readouterr().err == said


def test_a_working_folder_that_is_gone_is_no_matter_where_paths_are_whole(
    song, tmp_path, monkeypatch, capsys,
):
    sound(song, str(tmp_path / "a.wav"))
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert train.main([str(tmp_path / "a.wav"), *NETWORK, "-o", str(tmp_path / "run")]) == 0
    assert train.main([*NETWORK]) == 2
    assert "cannot make the run folder runs/demo-001 (No such file or directory)" in capsys.readouterr().err
    monkeypatch.chdir(tmp_path)


def test_many_channels_are_read_in_blocks_of_as_many_numbers(tmp_path):
    write("a.wav", np.zeros((3000, 1000)), 8000)
    with Song("a.wav") as many:
        assert max(block.size for block in many.blocks()) <= 2**17


@few_many_all(60, 600, 2000)
def test_sound_files_with_accidents_give_a_result_or_one_sentence(song, rng, capfd, count):
    names = ("a.wav", "b.wav", "c.flac", "d.ogg", "e.mp3", "f.aiff", "g.au", "h.caf")
    originals = {
        name: Path(sound(song[:4000], name, subtype="FLOAT" if name == "b.wav" else None)).read_bytes()
        for name in names
    }
    refused = 0
    for index in range(count):
        name = [*originals][index % len(originals)]
        Path(name).write_bytes(mutated(originals[name], rng))
        faulthandler.dump_traceback_later(60, exit=True)  # a hang
        code = train.main([name, *NETWORK, "--iterations", "1", "-o", f"run{index}", "--quiet"])
        faulthandler.cancel_dump_traceback_later()
        printed = capfd.readouterr()
        assert code in (0, 2) and "Traceback" not in printed.err
        # libmpg123 talks too
        errors = [line for line in printed.err.splitlines() if line.startswith("error: ")]
        assert len(errors) == (code == 2) and (printed.out == "") == (code == 2), printed
        refused += code == 2
    print(f"{count} sound files: {refused} refused, {count - refused} trained on")


"""`python -m numpyae.reconstruct`: the whole song through the network, and how it says no."""
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from small import small_model

from numpyae import load, reconstruct
from numpyae.audio import demo_song, energies, read, write
from numpyae.reconstruct import main
from numpyae.training import save


@pytest.fixture(autouse=True)
def a_folder_with_a_model_and_a_song(empty_folder):
    Path("run").mkdir()
    save("run", small_model(init="mirrored"))
    write("song.wav", demo_song(3.0, 11025), 11025)


def expected(song):
    whole = np.pad(song, ((0, -len(song) % 4), (0, 0))).astype(np.float32)
    return load("run").forward(whole[np.newaxis])[0][0, : len(song)]


@pytest.mark.parametrize(
    "name, out, rate, subtype, kept",
    [
        ("a.wav", "out.wav", 44100, "PCM_16", "PCM_16"),
        ("a.wav", "out.wav", 192000, "PCM_24", "PCM_24"),
        ("a.wav", "out.wav", 8000, "FLOAT", "FLOAT"),
        ("a.wav", "out.flac", 44100, "PCM_24", "PCM_24"),
        ("a.wav", "out.flac", 44100, "FLOAT", "PCM_24"),
        ("a.flac", "out.aiff", 48000, "PCM_16", "PCM_16"),
        ("a.ogg", "out.wav", 44100, None, "PCM_16"),
    ],
)
def test_length_rate_channels_and_depth_stay(name, out, rate, subtype, kept):
    write(name, demo_song(1.00007, 44100), rate, subtype)
    assert main([name, "--model", "run", "-o", out, "--quiet"]) == 0
    before, after = soundfile.info(name), soundfile.info(out)
    assert (after.frames, after.samplerate, after.channels) == (before.frames, rate, 2)
    assert after.subtype == kept
    song, sound = (soundfile.read(each, dtype="float32")[0] for each in (name, out))
    np.testing.assert_allclose(sound, np.clip(expected(song), -1, 1), rtol=0, atol=1e-4)


def test_it_prints_its_output_and_says_how_near_and_how_fast(capsys):
    assert main(["song.wav", "--model", "run"]) == 0
    printed = capsys.readouterr()
    assert printed.out == "song-reconstruction.wav\n"
    said = r"SNR \d+\.\d dB \(mid \S+ dB, side \S+ dB\), 3\.0 s of sound in \d+\.\d s: \d+ x real time\n$"
    assert re.search(said, printed.err)
    assert main(["song.wav", "--model", "run", "-o", "b.wav", "--quiet"]) == 0
    assert capsys.readouterr() == ("b.wav\n", "")


def test_integer_files_are_clipped_with_a_warning_that_counts_and_float_files_are_not(capsys):
    loud = 60 * demo_song(1.0, 11025)
    for subtype, out in (("FLOAT", "float.wav"), ("FLOAT", "whole.flac")):
        write("loud.wav", loud, 11025, subtype)
        assert main(["loud.wav", "--model", "run", "-o", out]) == 0
        over = np.count_nonzero(np.abs(expected(loud)) > 1)
        warned = f"warning: {over:,} numbers are beyond full scale, where" in capsys.readouterr().err
        peak = np.abs(soundfile.read(out)[0]).max()
        assert (warned, peak > 1) == ((False, True) if out == "float.wav" else (True, False)) and over > 0


@pytest.mark.parametrize("name, out", {
    "song.flac": "song-reconstruction.flac", "song.opus": "song-reconstruction.wav",
    "a.b.OPUS": "a.b-reconstruction.wav", "song": "song-reconstruction.wav",
}.items())
def test_without_a_name_the_output_has_the_songs_format_or_is_a_wav(name, out, capsys):
    kind = {"format": "OGG", "subtype": "OPUS"} if name.lower().endswith("opus") else {"format": "FLAC"}
    soundfile.write(name, demo_song(1.0, 8000), 8000, **kind)
    assert main([name, "--model", "run", "--quiet"]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert soundfile.info(out).frames == soundfile.info(name).frames


@pytest.mark.parametrize("seconds, rate", [(0.4, 11025), (8.0, 44100), (3.3, 192_000), (40, 8000)])
def test_progress_is_told_in_ten_lines_at_most_and_never_twice_in_a_row(capsys, seconds, rate):
    write("a.wav", np.zeros((int(seconds * rate), 2)), rate)
    assert main(["a.wav", "--model", "run", "-o", "b.wav"]) == 0
    *lines, _ = capsys.readouterr().err.splitlines()
    assert len(lines) <= 10 and len({*lines}) == len(lines)
    if seconds > 1:
        assert lines[-1] == f"{seconds:.0f} of {seconds:.0f} s" and len(lines) >= 3


def test_a_model_in_float64_computes_in_float32_and_may_be_named_by_its_file(capsys):
    save("f64", small_model(dtype=np.float64))
    save("f32", load("f64").astype(np.float32))
    for model, out in (("f64", "a.wav"), ("f64/model.npz", "b.wav"), ("f32", "c.wav")):
        assert main(["song.wav", "--model", model, "-o", out, "--quiet"]) == 0
        assert np.array_equal(read(out)[0], read("a.wav")[0])
    assert capsys.readouterr().err == ""


def test_a_network_that_overflows_is_one_sentence_and_leaves_nothing(capfd):
    model = small_model()
    model.parameters[...] = 3e38
    save("huge", model)
    assert main(["song.wav", "--model", "huge", "-o", "out.wav", "--quiet"]) == 2
    said = "error: huge holds a network whose output is not finite: train another\n"
    assert capfd.readouterr() == ("", said) and {*os.listdir()} == {"song.wav", "run", "huge"}


def test_an_mp3_that_is_cut_off_is_told_and_counted_by_what_is_there(rng, capsys):
    write("song.mp3", rng.uniform(-0.5, 0.5, (88_200, 2)), 44100)
    contents = Path("song.mp3").read_bytes()
    Path("cut.mp3").write_bytes(contents[: len(contents) // 2])
    assert main(["cut.mp3", "--model", "run", "-o", "quiet.wav", "--quiet"]) == 0
    assert "warning: cut.mp3 is cut off" in capsys.readouterr().err  # what is lost is said all the same
    assert main(["cut.mp3", "--model", "run", "-o", "out.wav"]) == 0
    *_, warning, result = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"warning: cut.mp3 is cut off or damaged: (0\.9\d) s of 2.00 s are there", warning)
    assert 0.9 < len(read("out.wav")[0]) / 44100 < 1 and ", 1.0 s of sound in " in result


def test_a_song_that_changes_meanwhile_is_one_sentence_and_leaves_nothing(capsys, monkeypatch):
    def cut_the_song(*sounds):
        os.truncate("song.wav", 1000)
        return energies(*sounds)

    monkeypatch.setattr(reconstruct, "energies", cut_the_song)
    assert main(["song.wav", "--model", "run", "-o", "out.wav", "--workers", "1", "--quiet"]) == 1
    printed = capsys.readouterr()
    assert "error: song.wav has changed while it was in use (it had 132,344 bytes and now" in printed.err
    assert printed.out == "" and {*os.listdir()} == {"song.wav", "run"}


@pytest.mark.parametrize("name", ["song.wav", "link.wav", "./song.wav"])
def test_nothing_writes_over_the_song_itself(capsys, name):
    Path("link.wav").symlink_to("song.wav")
    before = Path("song.wav").read_bytes()
    assert main(["song.wav", "--model", "run", "-o", name, "--force"]) == 2
    assert "is the song itself, which would be lost: give another name with -o" in capsys.readouterr().err
    assert Path("song.wav").read_bytes() == before


def test_only_force_writes_over_a_file(capsys):
    Path("out.wav").write_text("mine")
    assert main(["song.wav", "--model", "run", "-o", "out.wav"]) == 2
    said = "error: out.wav exists already: give another name with -o, or --force to overwrite it\n"
    assert capsys.readouterr().err == said
    assert Path("out.wav").read_text() == "mine"
    assert main(["song.wav", "--model", "run", "-o", "out.wav", "--force", "--quiet"]) == 0
    assert soundfile.info("out.wav").frames == 33075


def test_what_a_killed_process_left_beside_the_output_is_removed(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for name in (f".out.wav.{dead.pid}.tmp", f".out.wav.{os.getpid()}.tmp", f".other.wav.{dead.pid}.tmp"):
        Path(name).write_text("torn")
    assert main(["song.wav", "--model", "run", "-o", "out.wav", "--quiet"]) == 0
    assert {*os.listdir()} == {"song.wav", "run", "out.wav", f".other.wav.{dead.pid}.tmp"}


def test_what_cannot_be_used_is_one_sentence_and_leaves_nothing(tmp_path, capsys):
    write("mono.wav", np.zeros((99, 1)), 8000)
    soundfile.write("none.wav", np.zeros((0, 2)), 8000)
    soundfile.write("nan.wav", np.full((99, 2), np.nan), 8000, subtype="FLOAT")
    Path("text.wav").write_text("not sound")
    Path("notrun").mkdir()
    Path("broken").mkdir()
    Path("broken/model.npz").write_text("not a model")
    Path("folder.wav").mkdir()
    before = {*tmp_path.rglob("*")}
    for words, message in {
        "missing.wav --model run": "there is no file missing.wav",
        "text.wav --model run": "text.wav is not a sound file that can be read",
        "mono.wav --model run": "expected 2 channels, as the network of run has, got 1 in mono.wav: train a",
        "none.wav --model run": "none.wav has no samples",
        "nan.wav --model run": "nan.wav has samples that are NaN, infinite or",
        "song.wav --model missing": "missing holds no model.npz",
        "song.wav --model notrun": "notrun holds no model.npz",
        "song.wav --model broken": "broken/model.npz is not a model that can be read",
        "song.wav --model run -o out.xyz": "out.xyz has no extension of a sound file that can be written",
        "song.wav --model run -o nowhere/out.wav": "nowhere/out.wav cannot be written: nowhere is not a",
        "song.wav --model run -o song.wav": "song.wav is the song itself",
        "song.wav --model run -o folder.wav --force": "folder.wav is a folder",
    }.items():
        assert main(words.split()) == 2, words
        printed = capsys.readouterr()
        assert printed.out == "" and printed.err.count("\n") == 1 and printed.err.startswith("error: "), words
        assert message in printed.err, words
    assert {*tmp_path.rglob("*")} == before


def test_a_song_cut_off_in_the_middle_leaves_no_half_written_file(tmp_path, capsys):
    write("song.flac", np.random.default_rng(0).uniform(-0.5, 0.5, (300_000, 2)), 44100)
    contents = Path("song.flac").read_bytes()
    Path("cut.flac").write_bytes(contents[: len(contents) // 2])
    assert main(["cut.flac", "--model", "run", "-o", "out.wav", "--quiet"]) == 2
    assert "cut.flac is damaged after" in capsys.readouterr().err
    assert not [path for path in tmp_path.iterdir() if "out.wav" in path.name]

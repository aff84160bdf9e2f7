"""`python -m numpyae.train`: what it leaves behind, what it prints, how it ends."""
import csv
import functools
import hashlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from small import NETWORK, signal_in_iteration

import numpyae.training.run as run_module
from numpyae import Autoencoder, load
from numpyae.audio import demo_song, reading, snr_db, spaced_segments, write
from numpyae.command import command_line
from numpyae.evaluation import Measured
from numpyae.train import main

SMALL = [*NETWORK, "--iterations", "12"]
TRAINED = {"config.json", "metrics.csv", "metrics.json", "model.npz"}
SOUNDS = {"original.wav", "reconstruction.wav"}
TRAIN_ONLY = [*SMALL, "--no-report"]
PICTURES = {"training.gif", "loss.png", "stereo.png", "spectrum.png", "atoms.png"}
FILES = TRAINED | SOUNDS | PICTURES | {"report.html"}


pytestmark = pytest.mark.usefixtures("empty_folder")


def test_a_run_leaves_its_folder_and_prints_only_its_name(song, song_file, tmp_path, capsys):
    assert main([song_file, *SMALL]) == 0
    printed = capsys.readouterr()
    assert printed.out == "runs/song-001\n"
    assert "iteration 12/12" in printed.err and "SNR" in printed.err.splitlines()[-2]
    run = tmp_path / "runs" / "song-001"
    assert {path.name for path in run.iterdir()} == FILES

    config = json.loads((run / "config.json").read_text())
    assert config["audio"] == "song.wav" and config["batch_size"] == 8 and config["seed"] == 0
    assert config["audio_sha256"] == hashlib.sha256((tmp_path / "song.wav").read_bytes()).hexdigest()
    assert config["versions"]["numpy"] == np.__version__

    rows = [*csv.DictReader((run / "metrics.csv").read_text().splitlines())]
    assert [row["iteration"] for row in rows] == [str(i) for i in range(1, 13)]
    assert [*rows[0]] == ["iteration", "loss", "snr_db", "snr_mid_db", "snr_side_db", "seconds"]
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])

    metrics = json.loads((run / "metrics.json").read_text())
    assert [*metrics] == [
        "iterations", "loss", "snr_db", "snr_mid_db", "snr_side_db", "training_seconds",
        "total_seconds", "parameters", "sample_rate", "channels", "animations",
        "finished",
    ]
    assert (metrics["iterations"], metrics["sample_rate"], metrics["channels"]) == (12, 11025, 2)
    assert metrics["finished"] is True and metrics["total_seconds"] > metrics["training_seconds"] > 0
    model = load(run)
    segments = spaced_segments(song, 1000, 64)
    assert metrics["snr_db"] == pytest.approx(snr_db(segments, model.forward(segments)[0]), rel=1e-5)
    assert (run / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_the_two_sounds_have_the_songs_length_rate_channels_and_samples(song, song_file, tmp_path):
    assert main([song_file, *SMALL, "-o", "run"]) == 0
    original, rate = soundfile.read("run/original.wav", dtype="float32")
    reconstruction, other_rate = soundfile.read("run/reconstruction.wav", dtype="float32")
    assert rate == other_rate == 11025 and reconstruction.shape == song.shape
    assert np.array_equal(original, song)
    whole = np.pad(song, ((0, -len(song) % 4), (0, 0)))
    expected = load("run").forward(whole[np.newaxis])[0][0, : len(song)]
    # in 16 bits, as the song is
    np.testing.assert_allclose(reconstruction, expected, rtol=0, atol=0.51 / 2**15)


def test_of_a_long_song_the_sounds_are_ten_seconds_from_its_middle(tmp_path):
    long_song = np.arange(3100)[:, np.newaxis] / 32768
    write("song.wav", long_song, 100)
    assert main(["song.wav", *SMALL, "-o", "run"]) == 0
    original, _ = soundfile.read("run/original.wav", always_2d=True)
    assert np.array_equal(original, long_song[1050:2050])
    assert soundfile.info("run/reconstruction.wav").frames == 1000


def test_without_a_report_it_trains_only(song_file, capsys):
    assert main([song_file, *SMALL, "--no-report", "-o", "run"]) == 0
    assert {*os.listdir("run")} == TRAINED
    assert main([song_file, *SMALL, "-o", "with"]) == 0
    assert load("run").parameters.tobytes() == load("with").parameters.tobytes()


def test_any_number_of_workers_gives_the_same_bytes(song_file):
    for workers in ("1", "2", "3", "5"):
        words = [song_file, *SMALL, "--batch-size", "50", "--segment", "512", "--workers", workers]
        assert main([*words, "--no-report", "--quiet", "-o", f"run{workers}"]) == 0
    one, *others = (load(f"run{workers}").parameters.tobytes() for workers in (1, 2, 3, 5))
    assert all(other == one for other in others)
    tables = [Path(f"run{workers}/metrics.csv").read_text() for workers in (1, 2, 3, 5)]
    assert len({re.sub(r",[^,]*$", "", table, flags=re.M) for table in tables}) == 1


def test_edges_with_context_train_another_network(song_file):
    for edges in ("same", "context"):
        assert main([song_file, *SMALL, "--edges", edges, "--no-report", "-o", edges]) == 0
    assert load("same").parameters.tobytes() != load("context").parameters.tobytes()
    assert json.loads(Path("context/config.json").read_text())["edges"] == "context"


def test_without_a_song_it_trains_on_the_demo_song(capsys):
    assert main([*SMALL, "--quiet"]) == 0
    assert capsys.readouterr() == ("runs/demo-001\n", "")
    heard, _ = soundfile.read("runs/demo-001/original.wav", dtype="float32")
    assert np.array_equal(heard, demo_song()[44100:-44100])


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(song_file):
    for run, seed in (("a", 3), ("b", 3), ("c", 4)):
        assert main([song_file, *TRAIN_ONLY, "--seed", str(seed), "-o", run, "--quiet"]) == 0
    a, b, c = (load(run).parameters.tobytes() for run in "abc")
    assert a == b != c


def test_each_random_stream_is_its_own_and_only_the_seed_moves_it(song_file, monkeypatch):
    """More batches, or other first kernels, must not move the segments that are measured."""
    streams = {}

    def remember(name, streams_of):
        original = getattr(run_module, name)

        @functools.wraps(original)
        def remembering(*positional, **named):
            rng = named.get("rng") or positional[3]
            streams.setdefault(streams_of(streams), rng.bit_generator.state["state"])
            return original(*positional, **named)

        monkeypatch.setattr(run_module, name, remembering)

    remember("Autoencoder", lambda _: "kernels")
    remember("random_segments", lambda drawn: "batches" if "evaluation" in drawn else "evaluation")
    assert run_module.Autoencoder is not Autoencoder
    found = []
    for number, options in enumerate(("", "--hidden 7 --iterations 3 --init he", "--seed 1")):
        words = [song_file, *SMALL, *options.split(), "--no-report", "-o", f"run{number}", "--quiet"]
        assert main(words) == 0
        found.append(dict(streams))
        streams.clear()
    assert found[0] == found[1] and {*found[0]} == {"kernels", "evaluation", "batches"}
    states = [str(state) for each in (found[0], found[2]) for state in each.values()]
    assert len(set(states)) == 6


def test_json_prints_the_metrics_and_the_run(song_file, capsys):
    assert main([song_file, *TRAIN_ONLY, "--json", "-o", "run"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed.pop("run") == "run"
    assert printed == json.loads(Path("run/metrics.json").read_text())


def test_a_song_that_takes_long_to_read_is_announced(song, monkeypatch, capsys):
    monkeypatch.setattr(reading, "MAX_BYTES_IN_MEMORY", 1000)
    write("song.flac", song, 11025)
    announced = "reading song.flac, 2 s of sound, which takes a while ...\n"
    assert main(["song.flac", *TRAIN_ONLY]) == 0
    assert capsys.readouterr().err.startswith(announced)
    assert main(["song.flac", *TRAIN_ONLY, "--quiet"]) == 0
    assert capsys.readouterr() == ("runs/song-002\n", "")


def test_each_run_gets_a_new_number(song_file, capsys):
    for _ in range(3):
        assert main([song_file, *TRAIN_ONLY, "--iterations", "0", "--quiet"]) == 0
    assert capsys.readouterr().out.split() == ["runs/song-001", "runs/song-002", "runs/song-003"]


@pytest.mark.parametrize("channels", [1, 6])
def test_a_song_that_is_not_stereo_has_no_mid_and_side(rng, channels, capsys):
    write("song.flac", rng.uniform(-0.5, 0.5, (2000, channels)), 8000)
    assert main(["song.flac", *SMALL, "-o", "run"]) == 0
    metrics = json.loads(Path("run/metrics.json").read_text())
    assert metrics["channels"] == channels and metrics["snr_db"] is not None
    assert metrics["snr_mid_db"] is metrics["snr_side_db"] is None
    assert "(mid n/a, side n/a)" in capsys.readouterr().err


def test_a_silent_song_trains_to_finite_numbers_and_its_snr_reads_n_a(capsys):
    write("song.wav", np.zeros((2000, 2)), 8000)
    assert main(["song.wav", *SMALL, "-o", "run"]) == 0
    assert "SNR n/a (mid n/a, side n/a)" in capsys.readouterr().err
    assert json.loads(Path("run/metrics.json").read_text())["snr_db"] is None
    assert Path("run/metrics.csv").read_text().splitlines()[-1].split(",")[2:5] == ["", "", ""]
    assert np.isfinite(load("run").parameters).all()


def test_a_long_segment_has_a_gallery_too(tmp_path):
    write("song.wav", demo_song(1.5, 11025), 11025)
    assert main(["song.wav", *SMALL, "--segment", "8192", "--gallery", "-o", "run", "--quiet"]) == 0
    assert {path for path in os.listdir("run") if path.startswith("gallery")} == {
        "gallery-periodic.gif", "gallery-low.gif", "gallery-high.gif",
    }


def test_other_kernels_strides_and_inits_run(song_file):
    for number, options in enumerate(("--kernel 5", "--stride 4 --init mirrored", "--init he")):
        assert main([song_file, *SMALL, *options.split(), "-o", f"run{number}", "--quiet"]) == 0


BAD_ARGUMENTS = [
    ("--stride 0", "argument --stride: expected a whole number from 1 to 1000, got '0'"),
    ("--features 0", "argument --features: expected a whole number from 1 to 1000000, got '0'"),
    ("--hidden x", "argument --hidden: expected a whole number from 1 to 1000000, got 'x'"),
    ("--kernel 2.5", "argument --kernel: expected a whole number from 1 to 1000000, got '2.5'"),
    ("--batch-size 0", "argument --batch-size: expected a whole number from 1 to 1000000, got '0'"),
    ("--iterations -1", "argument --iterations: expected a whole number from 0 to 1000000000, got '-1'"),
    ("--learning-rate nan", "argument --learning-rate: expected a finite number above 0, got 'nan'"),
    ("--learning-rate fast", "argument --learning-rate: expected a finite number above 0, got 'fast'"),
    ("--learning-rate inf", "argument --learning-rate: expected a finite number above 0, got 'inf'"),
    ("--learning-rate -1", "argument --learning-rate: expected a finite number above 0, got '-1'"),
    ("--seed -1", "argument --seed: expected a whole number from 0 to 9223372036854775808, got '-1'"),
    ("--kernel 100000000000000000000", "expected a whole number from 1 to 1000000, got '1000"),
    ("--segment 600000", "at least one segment of 600000 samples, got 529200 (12.000 s) in the demo song"),
    ("--edges reflect", "argument --edges: expected one of same, context, got 'reflect'"),
    ("--init zeros", "argument --init: expected one of glorot, he, mirrored, got 'zeros'"),
    ("--segment 1022", "segment: expected a multiple of 4, the product of the network's strides, got 1022: "
                       "give 1020 or 1024"),
    ("--segment 5 --stride 3", "a multiple of 9, the product of the network's strides, got 5: give 9\n"),
    ("--iterations", "argument --iterations: expected one argument"),
    ("--no-such", "unrecognized arguments: --no-such"),
    ("song.wav song.wav", "unrecognized arguments: song.wav: expected one AUDIO"),
    ("--lr=0.1", "unrecognized arguments: --lr=0.1: did you mean --learning-rate?"),
    ("--epochs=3", "unrecognized arguments: --epochs=3: did you mean --iterations?"),
    ("--workers 0", "argument --workers: expected a whole number from 1 to 1024, got '0'"),
    ("--iteration 3", "unrecognized arguments: --iteration: did you mean --iterations?"),
    ("--kernel 1000000", "expected a run that fits into the free memory, "),
]


@pytest.mark.parametrize("arguments, words", BAD_ARGUMENTS, ids=[arguments for arguments, _ in BAD_ARGUMENTS])
def test_an_argument_out_of_range_is_one_sentence_and_leaves_nothing(
    song_file, tmp_path, capsys, arguments, words,
):
    with pytest.raises(SystemExit) as ended:
        sys.exit(main(arguments.split()))
    printed = capsys.readouterr()
    assert ended.value.code == 2 and printed.out == "" and printed.err.count("\n") == 1
    assert printed.err.startswith("error: ") and words in printed.err
    assert [path.name for path in tmp_path.iterdir()] == ["song.wav"]


def bad_songs(folder):
    (folder / "a folder").mkdir()
    (folder / "empty.wav").write_bytes(b"")
    (folder / "text.wav").write_text("not sound")
    soundfile.write(folder / "short.wav", np.zeros((63, 2)), 44100)
    soundfile.write(folder / "nan.wav", np.full((999, 2), np.nan), 44100, subtype="FLOAT")
    soundfile.write(folder / "inf.wav", np.full((999, 2), np.inf), 44100, subtype="FLOAT")
    soundfile.write(folder / "none.wav", np.zeros((0, 2)), 44100)
    return {
        "missing.wav": "there is no file missing.wav",
        "a folder": "a folder is a folder",
        "empty.wav": "empty.wav is empty (0 bytes)",
        "text.wav": "text.wav is not a sound file that can be read",
        "short.wav": "expected at least one segment of 64 samples, got 63 (0.001 s) in short.wav: give",
        "nan.wav": "nan.wav has samples that are NaN, infinite or a million times full scale, the first at",
        "inf.wav": "inf.wav has samples that are NaN, infinite",
        "none.wav": "expected at least one segment of 64 samples, got 0 (0.000 s) in none.wav",
    }


def test_a_song_that_cannot_be_used_is_one_sentence_and_leaves_nothing(tmp_path, capsys):
    cases = bad_songs(tmp_path)
    before = {*tmp_path.iterdir()}
    for name, words in cases.items():
        assert main([name, *SMALL]) == 2, name
        printed = capsys.readouterr()
        assert printed.out == "" and printed.err.count("\n") == 1
        assert printed.err.startswith("error: ") and words in printed.err
    assert {*tmp_path.iterdir()} == before


def test_a_folder_that_exists_is_never_written_into(song_file, tmp_path, capsys):
    (tmp_path / "there").mkdir()
    assert main([song_file, *TRAIN_ONLY, "-o", "there"]) == 2
    assert main([song_file, *TRAIN_ONLY, "-o", "song.wav"]) == 2
    assert "there exists already, and a run never writes into another" in capsys.readouterr().err
    assert [*(tmp_path / "there").iterdir()] == []


def test_a_folder_that_cannot_be_made_is_one_sentence(song_file, capsys):
    assert main([song_file, *SMALL, "-o", "song.wav/run"]) == 2
    assert "cannot make the run folder song.wav/run (Not a directory)" in capsys.readouterr().err


@pytest.mark.parametrize("iterations", ["1", "12"])
def test_a_run_that_diverges_keeps_what_was_good_and_exits_with_1(song_file, capsys, iterations):
    assert main([song_file, *SMALL, "--learning-rate", "1e20", "--iterations", iterations, "-o", "run"]) == 1
    printed = capsys.readouterr()
    assert "error: training diverged after 1 steps" in printed.err
    assert "run keeps the network of iteration 0" in printed.err
    assert printed.out == "run\n" and np.isfinite(load("run").parameters).all()
    metrics = json.loads(Path("run/metrics.json").read_text())
    assert metrics["iterations"] == 0 and metrics["finished"] is False
    assert len(Path("run/metrics.csv").read_text().splitlines()) == 2
    assert {*os.listdir("run")} == FILES


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_ctrl_c_ends_the_iteration_keeps_the_network_and_says_so_by_its_exit_code(
    song_file, capsys, monkeypatch, number, code,
):
    assert main([song_file, *SMALL, "--iterations", "3", "-o", "three", "--quiet"]) == 0
    signal_in_iteration(monkeypatch, 3, number)
    assert main([song_file, *SMALL, "-o", "run"]) == code
    said = capsys.readouterr().err
    assert "\nstopping after this iteration; once more stops at once, and loses up to 10 seconds\n" in said
    assert "\ndrawing the report ...\n" in said
    keeps = "stopped; run keeps the network of iteration 3; to go on: "
    again = command_line("train", "--resume", "run")
    assert f"{keeps}{again}\n" in said and {*os.listdir("run")} == FILES
    assert load("run").parameters.tobytes() == load("three").parameters.tobytes()
    assert json.loads(Path("run/metrics.json").read_text())["finished"] is False


def test_ctrl_c_in_the_last_iteration_changes_nothing_because_all_is_done(song_file, monkeypatch, capsys):
    def interrupted(*_):
        monkeypatch.setattr(run_module, "measure", measure)
        signal.raise_signal(signal.SIGINT)
        return Measured(0.0, None, None, None, None)

    measure = run_module.measure
    monkeypatch.setattr(run_module, "measure", interrupted)
    assert main([song_file, *TRAIN_ONLY, "--iterations", "1", "-o", "run", "--quiet"]) == 0
    assert {*os.listdir("run")} == TRAINED and "to go on" not in capsys.readouterr().err


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_stop_during_the_report_leaves_what_was_trained_and_says_how_to_have_the_report(
    song_file, monkeypatch, capsys, number, code,
):
    write_sound = soundfile.SoundFile.write

    def stopped(*arguments):
        write_sound(*arguments)
        signal.raise_signal(number)

    with monkeypatch.context() as patch:
        patch.setattr(soundfile.SoundFile, "write", stopped)
        assert main([song_file, *SMALL, "-o", "my run", "--quiet"]) == code
    assert {*os.listdir("my run")} == TRAINED - {"metrics.json"}  # which is the last file of all
    safe, *_ = capsys.readouterr().err.splitlines()
    said, _, again = safe.partition("; to have its report: ")
    assert said == "my run keeps the network of iteration 12"
    python, *words = shlex.split(again)
    assert python == sys.orig_argv[0] and words[:2] == ["-m", "numpyae.train"]
    assert main([*words[2:], "--quiet"]) == 0 and {*os.listdir("my run")} == FILES


def test_a_second_ctrl_c_stops_at_once(song_file, capsys, monkeypatch):
    def interrupted_twice(*_):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(run_module, "measure", interrupted_twice)
    assert main([song_file, *SMALL, "-o", "run"]) == 130
    again = command_line("train", "--resume", "run")
    kept = f"run keeps the network of its last checkpoint; to go on: {again}"
    assert capsys.readouterr().err.endswith(f"\n{kept}\nerror: stopped by Ctrl-C\n")


def test_a_song_cut_off_while_it_trains_is_told_and_its_run_keeps_its_checkpoint(
    song_file, capsys, monkeypatch,
):
    def cut_the_song(*arguments):
        os.truncate(song_file, 1000)
        return measure(*arguments)

    measure = run_module.measure
    monkeypatch.setattr(reading, "MAX_BYTES_IN_MEMORY", 1000)  # so that it is read from its file
    monkeypatch.setattr(run_module, "measure", cut_the_song)
    assert main([song_file, *TRAIN_ONLY, "-o", "run", "--quiet"]) == 1
    kept, said = capsys.readouterr().err.splitlines()
    assert kept.startswith("run keeps the network of its last checkpoint; to go on: ")
    assert said.startswith("error: song.wav has changed while it was in use (it had ")
    assert np.isfinite(load("run").parameters).all() and not os.path.exists("run/metrics.json")


def test_a_disk_that_is_full_is_one_sentence_and_exit_code_1(song_file, capsys, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    assert main([song_file, *SMALL, "-o", "run", "--quiet"]) == 1
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1 and "No space left on device" in printed.err
    assert not os.path.exists("run")


@pytest.mark.parametrize("error", [soundfile.LibsndfileError(2), AssertionError()])
def test_a_disk_that_fills_up_while_sound_is_written_is_not_called_bad_input(
    song_file, capsys, monkeypatch, error,
):
    def full(*_):
        raise error

    monkeypatch.setattr(soundfile.SoundFile, "write", full)
    assert main([song_file, *SMALL, "-o", "run", "--quiet"]) == 1
    kept, said = capsys.readouterr().err.splitlines()
    assert kept.startswith("run keeps the network of iteration 12; to have its report: ")
    assert said.startswith("error: run/original.wav could not be written (")
    assert not SOUNDS & {*os.listdir("run")}


def test_a_memory_that_is_full_is_one_sentence_and_exit_code_1(song_file, capsys, monkeypatch):
    def too_much(*_, **__):
        raise MemoryError

    monkeypatch.setattr(run_module, "random_segments", too_much)
    assert main([song_file, *SMALL, "-o", "run", "--quiet"]) == 1
    said = "error: out of memory: make the network, the batch or the segment smaller\n"
    assert capsys.readouterr().err == said


def test_a_network_that_is_not_finite_is_never_saved(song_file, monkeypatch):
    saved, save = [], run_module.write_checkpoint

    def remember(folder, model, *state):
        saved.append(model.parameters.copy())
        save(folder, model, *state)

    monkeypatch.setattr(run_module, "CHECKPOINT_EVERY", 0)
    monkeypatch.setattr(run_module, "write_checkpoint", remember)
    assert main([song_file, *TRAIN_ONLY, "--learning-rate", "1e300", "-o", "run", "--quiet"]) == 1
    assert len(saved) == 2 and np.isfinite(saved).all()


def python(*arguments, **settings):
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings}
    return subprocess.run([sys.executable, *arguments], text=True, env=environment, check=False, **settings)


def test_the_command_itself_holds_blas_to_one_thread_and_needs_no_display(song_file):
    code = (
        "import os, runpy, sys; sys.argv = ['train', *sys.argv[1:]]\n"
        "try: runpy.run_module('numpyae.train', run_name='__main__')\n"
        "except SystemExit as end: print(end.code, os.environ['OPENBLAS_NUM_THREADS'])"
    )
    ended = python("-c", code, song_file, *SMALL, "--quiet", "-o", "run")
    assert (ended.stdout, ended.stderr) == ("run\n0 1\n", "")


def test_a_reader_who_has_gone_ends_the_command_quietly(song_file):
    read_end, write_end = os.pipe()
    os.close(read_end)
    with open(write_end, "w") as nobody_reads:
        ended = python("-m", "numpyae.train", song_file, *TRAIN_ONLY, "--quiet", stdout=nobody_reads)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_run_goes_on_when_nobody_reads_its_progress(song_file, tmp_path):
    read_end, write_end = os.pipe()
    os.close(read_end)
    with open(write_end, "w") as nobody_reads:
        ended = python("-m", "numpyae.train", song_file, *SMALL, "-o", "run", stderr=nobody_reads)
    assert (ended.returncode, ended.stdout) == (0, "run\n") and {*os.listdir("run")} == FILES


def test_help_shows_defaults_and_an_example():
    ended = python("-m", "numpyae.train", "--help")
    assert ended.returncode == 0 and "(default: 150)" in ended.stdout and "None" not in ended.stdout
    assert "example:" in ended.stdout and "False" not in ended.stdout

"""`python -m numpyae.train --resume RUN`: as if never interrupted, or a sentence that says why not."""
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from numpyae import load
from numpyae.atomic import remove_leftovers
from numpyae.audio import demo_song, write
from numpyae.report import page
from numpyae.train import main
from numpyae.training import session
from numpyae.training.checkpoint import load_training, save
from numpyae.training.run_folder import locked

NETWORK = ["--batch-size", "8", "--segment", "64", "--hidden", "6", "--features", "8"]


@pytest.fixture(autouse=True)
def an_empty_folder_with_a_song(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("song.wav", demo_song(1.5, 11025), 11025)


def begin(run, iterations, *options):
    return main(["song.wav", *NETWORK, "--iterations", str(iterations), "-o", run, "--quiet", *options])


def resume(run, *options):
    return main(["--resume", run, "--quiet", *options])


def contents(run):
    """Return what must be equal to the bit: all of model.npz but seconds and paths, and metrics.csv without seconds."""
    model, training = load_training(run)
    training["config"] = {name: training["config"][name] for name in ("seed", "segment", "audio_sha256", "iterations")}
    training["metrics"] = training["metrics"][:, :-1]
    rows = [line.rsplit(",", 1)[0] for line in Path(run, "metrics.csv").read_text().splitlines()]
    return {
        name: value.tobytes() if isinstance(value, np.ndarray) else value
        for name, value in {**model.named_parameters(), **training, "rows": rows}.items()
    }


def assert_the_same(run, other):
    ours, theirs = contents(run), contents(other)
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []
    assert not [path for path in os.listdir(run) if path.startswith(".")]


def test_a_run_in_three_pieces_by_different_workers_is_to_the_bit_the_run_in_one_go():
    assert begin("whole", 24, "--workers", "2") == 0
    assert begin("pieces", 1, "--workers", "1") == 0
    assert resume("pieces", "--iterations", "13", "--workers", "3") == 0
    assert resume("pieces", "--iterations", "24", "--workers", "2") == 0
    assert_the_same("pieces", "whole")
    for name in ("training.gif", "atoms.png", "stereo.png"):
        assert Path("pieces", name).read_bytes() == Path("whole", name).read_bytes(), name
    ours, theirs = (json.loads(Path(run, "metrics.json").read_text()) for run in ("pieces", "whole"))
    assert {name for name in ours if ours[name] != theirs[name]} <= {"training_seconds", "total_seconds"}
    assert json.loads(Path("pieces/config.json").read_text())["iterations"] == 24
    assert np.all(np.diff(load_training("pieces")[1]["metrics"][:, -1]) > 0)  # seconds go on too


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_was_stopped_goes_on_to_the_same_bits(monkeypatch, number):
    measure = session.measure

    def stopped_at_the_fifth(*arguments):
        stopped_at_the_fifth.calls += 1
        if stopped_at_the_fifth.calls == 5:
            signal.raise_signal(number)
        return measure(*arguments)

    stopped_at_the_fifth.calls = 0
    assert begin("whole", 12, "--no-report") == 0
    monkeypatch.setattr(session, "measure", stopped_at_the_fifth)
    assert begin("run", 12, "--no-report") == 128 + number
    assert json.loads(Path("run/metrics.json").read_text())["iterations"] == 5
    assert resume("run", "--no-report") == 0
    assert_the_same("run", "whole")


@pytest.mark.parametrize("fatal", [1, 6, 12])
def test_a_run_that_died_goes_on_from_its_last_checkpoint(monkeypatch, fatal):
    """The death leaves metrics.csv further on than the checkpoint."""
    measure, calls = session.measure, []

    def dies(*arguments):
        calls.append(arguments)
        if len(calls) == fatal:
            raise KeyboardInterrupt
        if len(calls) == fatal - 2:
            monkeypatch.setattr(session, "CHECKPOINT_EVERY", 1e9)
        return measure(*arguments)

    assert begin("whole", 12, "--no-report") == 0
    monkeypatch.setattr(session, "CHECKPOINT_EVERY", 0)
    monkeypatch.setattr(session, "measure", dies)
    assert begin("run", 12, "--no-report") == 130
    assert load_training("run")[1]["steps"] == max(0, fatal - 3)
    assert len(Path("run/metrics.csv").read_text().splitlines()) == fatal
    assert resume("run", "--no-report") == 0
    assert_the_same("run", "whole")


def test_a_run_that_died_while_its_report_was_drawn_draws_it_again(monkeypatch):
    assert begin("whole", 3) == 0
    with monkeypatch.context() as patch:
        patch.setattr(page, "write_text", lambda *_: signal.raise_signal(signal.SIGINT))
        assert begin("run", 3) == 130
    assert not Path("run/report.html").exists()
    assert resume("run") == 0
    assert {*os.listdir("run")} == {*os.listdir("whole")}
    assert_the_same("run", "whole")


def test_a_finished_run_says_so_and_changes_nothing(capsys):
    assert begin("run", 3) == 0
    before = {path: path.read_bytes() for path in Path("run").iterdir()}
    capsys.readouterr()
    assert main(["--resume", "run"]) == 0
    printed = capsys.readouterr()
    assert printed == ("run\n", "run has done its 3 iterations: more are done by a larger --iterations\n")
    assert main(["--resume", "run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["iterations"] == 3
    assert {path: path.read_bytes() for path in Path("run").iterdir()} == before


def test_a_run_begun_without_a_report_gets_one_that_says_where_its_animation_begins():
    assert begin("run", 3, "--no-report") == 0
    assert resume("run", "--iterations", "5") == 0
    assert "It begins with iteration 3, where the run was taken up again." in Path("run/report.html").read_text()
    assert begin("other", 5) == 0
    assert "It begins with iteration" not in Path("other/report.html").read_text()
    assert resume("run", "--iterations", "6", "--no-report") == 0


@pytest.mark.parametrize("words, message", [
    ("--features 9", "--features is 9 here and 8 in run: a run goes on as it began"),
    ("--learning-rate 0.1", "--learning-rate is 0.1 here and 0.003 in run"),
    ("--seed 1", "--seed is 1 here and 0 in run"),
    ("--gallery", "--gallery is True here and False in run"),
    ("-o other", "-o other makes a run folder and --resume run goes on in one: give one of them"),
    ("--iterations 2", "--iterations is 2 here and 3 in run: it may only grow"),
    ("missing.wav --iterations 4", "there is no file missing.wav"),
    ("other.wav --iterations 4", "other.wav is not the file that run began with (its SHA-256 is "),
])
def test_what_differs_from_the_run_is_an_error_that_names_both(words, message, capsys):
    assert begin("run", 3, "--no-report") == 0
    write("other.wav", demo_song(1.0, 11025), 11025)
    before = {path: path.read_bytes() for path in Path("run").iterdir()}
    capsys.readouterr()
    assert main(["--resume", "run", *words.split()]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1 and f"error: {message}" in printed.err
    assert {path: path.read_bytes() for path in Path("run").iterdir()} == before


def test_what_is_the_same_as_in_the_run_may_be_said_again():
    assert begin("run", 3, "--no-report") == 0
    assert resume("run", *NETWORK, "--iterations", "4", "--seed", "0", "--no-report") == 0


def test_a_song_that_has_moved_is_given_again(tmp_path, capsys):
    assert begin("run", 3, "--no-report") == 0
    os.rename("song.wav", "moved.wav")
    capsys.readouterr()
    assert resume("run", "--iterations", "4") == 2
    assert "song.wav: check the name" in capsys.readouterr().err
    assert main(["moved.wav", "--resume", "run", "--iterations", "4", "--no-report"]) == 0


def test_a_run_goes_on_from_any_folder(tmp_path, monkeypatch):
    assert begin("run", 3, "--no-report") == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert resume("../run", "--iterations", "4", "--no-report") == 0


def test_a_run_on_the_demo_song_goes_on_without_a_song(capsys):
    assert main([*NETWORK, "--iterations", "1", "-o", "run", "--no-report"]) == 0
    assert resume("run", "--iterations", "2", "--no-report") == 0
    assert resume("run", "song.wav", "--iterations", "3") == 2
    assert "run began with the demo song, and song.wav came" in capsys.readouterr().err


def test_a_run_that_cannot_go_on_is_one_sentence_never_a_silent_restart(capsys):
    assert begin("run", 3, "--no-report") == 0
    for name in ("missing", "torn", "bare"):
        shutil.copytree("run", name)
    Path("missing/model.npz").unlink()
    Path("torn/model.npz").write_bytes(Path("run/model.npz").read_bytes()[:-100])
    save("bare", load("run"))
    assert begin("diverged", 3, "--no-report", "--learning-rate", "1e20") == 1
    capsys.readouterr()
    for name, message in {
        "nowhere": "there is no run folder nowhere",
        "missing": "missing holds no model.npz",
        "torn": "torn/model.npz is not a model that can be read",
        "bare": "bare holds a network but no training to go on with",
        "diverged": "diverged holds a network but no training to go on with, as after one that diverged: start a new run",
    }.items():
        assert resume(name) == 2
        printed = capsys.readouterr()
        assert printed.out == "" and printed.err.count("\n") == 1 and printed.err.startswith(f"error: {message}")


HOSTILE = {
    "no settings": lambda training: training.update(config={}),
    "settings of another kind": lambda training: training.update(config=[1]),
    "an option of another kind": lambda training: training["config"].update(stride="two"),
    "an option that asks for help": lambda training: training["config"].update(init="--help"),
    "an endless option": lambda training: training["config"].update(gallery=10**12, features=10**12),
    "a song that is no path": lambda training: training["config"].update(audio_path=7),
    "another song": lambda training: training["config"].update(audio_path="/dev/zero"),
    "no versions": lambda training: training["config"].update(versions=None),
    "no generator": lambda training: training.update(generator=None),
    "another generator": lambda training: training["generator"].update(bit_generator="MT19937"),
    "a generator without numbers": lambda training: training["generator"].update(state={"state": "x", "inc": 0}),
    "a loss that is no number": lambda training: training["metrics"].__setitem__((0, 1), np.nan),
    "frames that are no numbers": lambda training: training.update(
        frames=np.full((1, 1, 64, 2), np.nan), frame_iterations=np.array([0])),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_strangers_checkpoint_with_a_right_digest_is_refused_in_one_sentence(case, capsys):
    assert begin("run", 2, "--no-report") == 0
    model, training = load_training("run")
    training = {name: value.copy() if isinstance(value, np.ndarray) else value for name, value in training.items()}
    HOSTILE[case](training)
    save("run", model, training)
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        sys.exit(resume("run", "--iterations", "3"))
    printed = capsys.readouterr()
    assert ended.value.code == 2 and printed.out == "" and printed.err.count("\n") == 1, printed
    assert printed.err.startswith("error: ")


def test_a_folder_in_use_is_refused_with_the_number_of_the_process_that_has_it(capsys):
    assert begin("run", 3, "--no-report") == 0
    holder = subprocess.Popen(
        [sys.executable, "-c", "import sys; from numpyae.training.run_folder import locked\n"
         "with locked('run'): print(flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with holder:
        holder.stdout.readline()
        capsys.readouterr()
        assert resume("run", "--iterations", "4") == 2
        assert f"error: run is in use by process {holder.pid}: wait" in capsys.readouterr().err
        holder.kill()
    assert resume("run", "--iterations", "4", "--no-report") == 0  # the lock has gone with its process


def test_a_lock_that_is_given_up_can_be_taken_again_and_leaves_nothing():
    os.mkdir("run")
    for _ in range(2):
        with locked("run"):
            assert os.listdir("run") == [".lock"]
    assert os.listdir("run") == []


def test_what_a_dead_process_left_is_removed_and_what_a_living_one_writes_is_not():
    assert begin("run", 3, "--no-report") == 0
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for number in (dead.pid, os.getpid(), 10**30):
        Path(f"run/.original.wav.{number}.tmp").write_text("torn")
    Path(f"run/.loss.png.{os.getppid()}.tmp").write_text("being written")
    Path("run/.mine.tmp").write_text("the user's own")
    assert resume("run", "--iterations", "4", "--no-report") == 0
    assert {path for path in os.listdir("run") if path.startswith(".")} == {f".loss.png.{os.getppid()}.tmp", ".mine.tmp"}


def test_what_a_process_of_another_user_writes_is_not_removed(monkeypatch):
    def refused(*_):
        raise PermissionError(1, "Operation not permitted")

    os.mkdir("run")
    Path("run/.model.npz.1.tmp").write_text("being written")
    monkeypatch.setattr(os, "kill", refused)
    remove_leftovers("run")
    assert os.listdir("run") == [".model.npz.1.tmp"]


def test_other_versions_of_numpy_are_told(capsys):
    assert begin("run", 3, "--no-report") == 0
    model, training = load_training("run")
    training["config"]["versions"]["numpy"] = "1.0"
    save("run", model, training)
    assert resume("run", "--iterations", "4", "--no-report") == 0
    assert f"note: begun with NumPy 1.0 and going on with {np.__version__}" in capsys.readouterr().err

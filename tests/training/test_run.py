"""A Run: in pieces it has the bits of one that never stopped, or one sentence says why it cannot go on."""
import csv
import dataclasses
import json
import os
import re
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
from hostile import save_as_a_stranger
from small import NETWORK, signal_in_iteration

import numpyae.training.run as run_module
from numpyae import Run, Settings, load
from numpyae.audio import demo_song, write
from numpyae.errors import InputError
from numpyae.report import write as report_module
from numpyae.train import main
from numpyae.training import Diverged, load_state
from numpyae.training.checkpoint import write_checkpoint

SMALL = dict(batch_size=8, segment=64, hidden=6, features=8)

pytestmark = pytest.mark.usefixtures("song_file")


def begin(folder, iterations, *, report=False, workers=None, **settings):
    """Train on song.wav to the end, and return the metrics."""
    chosen = Settings(iterations=iterations, **{**SMALL, **settings})
    with Run.begin(folder, "song.wav", chosen, report=report, workers=workers) as run:
        return to_the_end(run)


def resume(folder, audio=None, *, report=False, workers=None, **changes):
    """Go on to the end, and return the metrics."""
    with Run.resume(folder, audio, report=report, workers=workers, **changes) as run:
        return to_the_end(run)


def to_the_end(run):
    for _ in run.train():
        pass
    return run.finish()


def command(*words):
    """Run the train command, and return its exit code."""
    try:
        return main([*words])
    except SystemExit as ended:
        return ended.code


def contents(folder):
    """Return what must be equal to the bit: all of model.npz and metrics.csv but seconds and paths."""
    model, state = load_state(folder)
    rows = {name: column for name, column in state.rows.items() if name != "seconds"}
    lines = [line.rsplit(",", 1)[0] for line in Path(folder, "metrics.csv").read_text().splitlines()]
    values = {
        **model.named_parameters(), **state.optimizer, **rows, **state.frames, "settings": state.settings,
        "audio": state.source.audio_sha256, "generator": state.generator, "lines": lines,
    }
    return values | {name: value.tobytes() for name, value in values.items() if isinstance(value, np.ndarray)}


def assert_the_same(folder, other):
    ours, theirs = contents(folder), contents(other)
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []
    assert not [path for path in os.listdir(folder) if path.startswith(".")]


def files_in(folder):
    return {path: path.read_bytes() for path in Path(folder).iterdir()}


def metrics_of(folder):
    return json.loads(Path(folder, "metrics.json").read_text())


def test_a_run_in_three_pieces_by_different_workers_is_to_the_bit_the_run_in_one_go():
    begin("whole", 24, report=True, workers=2)
    begin("pieces", 1, report=True, workers=1)
    resume("pieces", report=True, workers=3, iterations=13)
    resume("pieces", report=True, workers=2, iterations=24)
    assert_the_same("pieces", "whole")
    for name in ("training.gif", "atoms.png", "stereo.png"):
        assert Path("pieces", name).read_bytes() == Path("whole", name).read_bytes(), name
    ours, theirs = metrics_of("pieces"), metrics_of("whole")
    assert {name for name in ours if ours[name] != theirs[name]} <= {"training_seconds", "total_seconds"}
    assert json.loads(Path("pieces/config.json").read_text())["iterations"] == 24
    assert np.all(np.diff(load_state("pieces")[1].rows["seconds"]) > 0)  # seconds go on too


@pytest.mark.parametrize("options", [
    pytest.param("", marks=pytest.mark.slow), "--edges context --init mirrored --gallery --stride 4 --seed 7",
])
def test_the_command_resumes_to_the_same_bits_too(options):
    words = ["song.wav", *NETWORK, *options.split(), "--quiet", "--iterations"]
    assert command(*words, "8", "-o", "whole") == 0
    assert command(*words, "3", "-o", "pieces") == 0
    assert command("--resume", "pieces", "--iterations", "8", "--quiet") == 0
    assert_the_same("pieces", "whole")


def by_ctrl_c(run):
    for row in run.train():
        if row.iteration == 5:
            signal.raise_signal(signal.SIGINT)


def by_leaving_the_loop(run):
    for row in run.train():
        if row.iteration == 5:
            break


def by_an_error(run):
    for row in run.train():
        if row.iteration == 5:
            raise ZeroDivisionError


def by_a_generator_that_is_left_alone(run):
    """The row has been taken, but the loop is never asked for the next."""
    rows = run.train()
    while next(rows).iteration < 5:
        pass


STOPS = [by_ctrl_c, by_leaving_the_loop, by_an_error, by_a_generator_that_is_left_alone]


@pytest.mark.parametrize("stop, report", [(by_leaving_the_loop, True), *((stop, False) for stop in STOPS)])
def test_a_run_that_is_left_at_any_iteration_goes_on_to_the_same_bits(stop, report):
    begin("whole", 12, report=report)
    expected = {by_ctrl_c: KeyboardInterrupt, by_an_error: ZeroDivisionError}.get(stop)
    with Run.begin("run", "song.wav", Settings(iterations=12, **SMALL), report=report) as run:
        if expected:
            with pytest.raises(expected):
                stop(run)
        else:
            stop(run)
    assert load_state("run")[1].optimizer["steps"] == 5
    assert not Path("run/metrics.json").exists()
    resume("run", report=report)
    assert_the_same("run", "whole")


def test_what_was_trained_is_saved_also_if_the_error_leaves_the_with_statement():
    with pytest.raises(ZeroDivisionError):
        with Run.begin("run", "song.wav", Settings(iterations=12, **SMALL), report=False) as run:
            by_an_error(run)
    assert load_state("run")[1].optimizer["steps"] == 5


def test_a_run_that_was_left_can_be_finished_and_is_not_taken_for_one_with_all_its_iterations():
    with Run.begin("run", "song.wav", Settings(iterations=12, **SMALL)) as run:
        by_leaving_the_loop(run)
        metrics = run.finish()
        assert run.iterations == metrics["iterations"] == 5 and metrics["finished"] is False
        assert run.finished_metrics() is None
    assert Path("run/report.html").exists()
    resume("run", report=True)
    begin("whole", 12, report=True)
    assert_the_same("run", "whole")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_was_stopped_goes_on_to_the_same_bits(monkeypatch, number):
    """Through the command, which ends its iteration first."""
    begin("whole", 12)
    signal_in_iteration(monkeypatch, 5, number)
    words = ["song.wav", *NETWORK, "--iterations", "12", "-o", "run", "--quiet", "--no-report"]
    assert command(*words) == 128 + number
    assert metrics_of("run")["iterations"] == 5
    assert command("--resume", "run", "--quiet", "--no-report") == 0
    assert_the_same("run", "whole")


@pytest.mark.parametrize("fatal", [1, 6, 12])
def test_a_run_that_died_goes_on_from_its_last_checkpoint(monkeypatch, fatal):
    """The death leaves metrics.csv further on than the checkpoint."""
    measure, calls = run_module.measure, []

    def dies(*arguments):
        calls.append(arguments)
        if len(calls) == fatal:
            raise KeyboardInterrupt
        if len(calls) == fatal - 2:
            patch.setattr(run_module, "CHECKPOINT_EVERY", 1e9)
        return measure(*arguments)

    begin("whole", 12)
    with monkeypatch.context() as patch:
        patch.setattr(run_module, "CHECKPOINT_EVERY", 0)
        patch.setattr(run_module, "measure", dies)
        with pytest.raises(KeyboardInterrupt):
            begin("run", 12)
    assert load_state("run")[1].optimizer["steps"] == max(0, fatal - 3)
    assert len(Path("run/metrics.csv").read_text().splitlines()) == fatal
    resume("run")
    assert_the_same("run", "whole")


def test_one_run_may_be_trained_in_several_loops():
    begin("whole", 12)
    with Run.begin("run", "song.wav", Settings(iterations=12, **SMALL), report=False) as run:
        by_leaving_the_loop(run)
        assert [row.iteration for row in run.train()] == [*range(6, 13)]
        assert [*run.train()] == [] and run.iterations == 12
    assert_the_same("run", "whole")


def test_a_row_says_what_metrics_csv_says_and_measures_the_network_after_its_step():
    with Run.begin("run", "song.wav", Settings(iterations=3, **SMALL), report=False) as run:
        rows = [*run.train()]
        measured = run_module.measure(run.model, run._fixed_segments)
    assert rows[-1][2:5] == measured[1:4]
    with open("run/metrics.csv", newline="") as file:
        header, *lines = csv.reader(file)
    assert header == [*rows[0]._fields]
    assert [[*map(float, line)] for line in lines] == [[*row] for row in rows]


def test_metrics_json_is_written_once_and_says_finished_only_of_a_run_with_its_report(monkeypatch):
    written, write_json = [], run_module.write_json

    def remember(path, values):
        written.append((path.name, Path("run/report.html").exists()))
        write_json(path, values)

    monkeypatch.setattr(run_module, "write_json", remember)
    monkeypatch.setattr(report_module, "page", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        begin("run", 3, report=True)
    assert "metrics.json" not in dict(written) and not Path("run/metrics.json").exists()
    monkeypatch.setattr(report_module, "page", lambda *_: "page")
    assert resume("run", report=True)["finished"] is True
    assert [each for each in written if each[0] == "metrics.json"] == [("metrics.json", True)]
    assert [*metrics_of("run")][-1] == "finished" and metrics_of("run")["finished"] is True
    with Run.resume("run", report=True) as run:
        assert run.finished_metrics() == metrics_of("run")
    with Run.resume("run", iterations=9) as run:
        assert run.finished_metrics() is None  # those are of 3 iterations
        for row in run.train():
            if row.iteration == 5:
                break
        assert run.finish()["finished"] is False
    assert metrics_of("run")["finished"] is False and metrics_of("run")["iterations"] == 5


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"iterations": 3}', '{"iterations": 3, "finished": false}', "\xff"])
def test_what_is_not_the_metrics_json_of_a_finished_run_is_not_taken_for_one(text):
    begin("run", 3)
    Path("run/metrics.json").write_text(text, encoding="latin-1")
    with Run.resume("run") as run:
        assert run.finished_metrics() is None


def test_a_run_that_died_while_its_report_was_drawn_draws_it_again(monkeypatch):
    assert command("song.wav", *NETWORK, "--iterations", "3", "-o", "whole", "--quiet") == 0
    with monkeypatch.context() as patch:
        patch.setattr(report_module, "write_text", lambda *_: signal.raise_signal(signal.SIGINT))
        assert command("song.wav", *NETWORK, "--iterations", "3", "-o", "run", "--quiet") == 130
    assert not Path("run/report.html").exists() and not Path("run/metrics.json").exists()
    assert command("--resume", "run", "--quiet") == 0
    assert {*os.listdir("run")} == {*os.listdir("whole")}
    assert_the_same("run", "whole")


def test_a_finished_run_says_so_and_changes_nothing(capsys):
    begin("run", 3, report=True)
    before = files_in("run")
    capsys.readouterr()
    assert command("--resume", "run") == 0
    printed = capsys.readouterr()
    assert printed == ("run\n", "run has done its 3 iterations: give a larger --iterations for more\n")
    assert command("--resume", "run", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"run": "run", **metrics_of("run")}
    assert files_in("run") == before


def test_a_report_can_be_had_afterwards_and_is_the_one_that_it_would_have_been():
    words = ["song.wav", *NETWORK, "--iterations", "3", "--quiet"]
    assert command(*words, "--gallery", "-o", "whole") == 0
    assert command(*words, "--no-report", "-o", "run") == 0
    assert not Path("run/report.html").exists()
    assert command("--resume", "run", "--quiet") == 0
    assert not Path("run/gallery-low.gif").exists()
    assert command("--resume", "run", "--gallery", "--quiet") == 0
    assert {*os.listdir("run")} == {*os.listdir("whole")}
    assert_the_same("run", "whole")
    for path in (*Path("whole").glob("*.gif"), *Path("whole").glob("*.png"), *Path("whole").glob("*.wav")):
        assert path.read_bytes() == Path("run", path.name).read_bytes(), path


def test_a_report_of_fewer_iterations_or_without_the_gallery_is_drawn_again(capsys):
    begin("run", 3, report=True)
    resume("run", iterations=5)  # without a report
    assert "3 iterations" in Path("run/report.html").read_text()
    assert command("--resume", "run", "--quiet") == 0
    assert "5 iterations" in Path("run/report.html").read_text()
    assert command("--resume", "run", "--gallery", "--quiet") == 0
    gallery = Path("run/gallery-low.gif").read_bytes()
    resume("run", report=True, iterations=7)
    assert command("--resume", "run", "--gallery", "--quiet") == 0
    assert Path("run/gallery-low.gif").read_bytes() != gallery
    assert "Lowest" in (text := Path("run/report.html").read_text()) or "lowest" in text
    before = files_in("run")
    assert command("--resume", "run", "--gallery", "--quiet") == 0
    assert files_in("run") == before


def test_a_run_that_goes_on_is_no_longer_said_to_be_finished():
    begin("run", 3)
    with Run.resume("run", iterations=9) as run:
        next(run.train())
        assert not Path("run/metrics.json").exists()


def test_a_loop_that_was_never_iterated_is_told_of_before_a_report_is_drawn():
    with Run.begin("run", "song.wav", Settings(iterations=3, **SMALL)) as run:
        run.train()
        with pytest.raises(ValueError, match=re.escape("expected a loop over run.train(), which trains")):
            run.finish()
    assert not Path("run/report.html").exists()


def test_a_loop_ends_when_its_run_is_closed_or_another_begins():
    with Run.begin("run", "song.wav", Settings(iterations=9, **SMALL), report=False) as run:
        first = run.train()
        next(first)
        second = run.train()
        assert [*first] == [] and next(second).iteration == 2
    assert [*second] == [] and load_state("run")[1].optimizer["steps"] == 2
    resume("run")
    begin("whole", 9)
    assert_the_same("run", "whole")


def test_a_run_is_resumed_by_its_folder_or_its_model_file():
    begin("run", 3)
    assert resume("run/model.npz", iterations=4)["iterations"] == 4


@pytest.mark.parametrize("settings", [300, dict(iterations=300)])
def test_settings_of_another_kind_are_an_error_in_words(settings):
    with pytest.raises(InputError, match="settings: expected Settings, as in"):
        Run.begin("run", "song.wav", settings)


@pytest.mark.parametrize(
    "name", ["report.html", "training.gif", "original.wav", "stereo.png", "metrics.json"])
def test_what_is_missing_of_a_finished_run_is_made_again(name):
    begin("run", 3, report=True)
    Path("run", name).unlink()
    assert command("--resume", "run", "--no-report", "--quiet") == 0
    assert Path("run", name).exists() == (name == "metrics.json")
    assert command("--resume", "run", "--quiet") == 0
    assert Path("run", name).exists()


def test_a_run_that_cannot_write_its_first_files_leaves_no_folder(monkeypatch):
    for name in ("write_checkpoint", "write_json", "locked"):
        with monkeypatch.context() as patch:
            patch.setattr(run_module, name, lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                begin("run", 3)
        assert not Path("run").exists()


def test_a_run_that_was_begun_and_left_goes_on_too():
    Run.begin("run", "song.wav", Settings(iterations=3, **SMALL)).close()
    resume("run")
    begin("whole", 3)
    assert_the_same("run", "whole")


@pytest.mark.parametrize("words, message", [
    ("--features 9", "features: expected 8, as run began, got 9: leave it out, or start a new run"),
    ("--learning-rate 0.1", "learning_rate: expected 0.003, as run began, got 0.1"),
    ("--seed 1", "seed: expected 0, as run began, got 1"),
    ("-o other", "expected -o for a new run or --resume for an old one, got -o other and --resume run"),
    ("--iterations 2", "iterations: expected at least 3, as run began, got 2"),
    ("missing.wav --iterations 4", "there is no file missing.wav"),
    ("other.wav --iterations 4", "expected the file that run began with (SHA-256 "),
])
def test_what_differs_from_the_run_is_an_error_that_names_both(words, message, capsys):
    begin("run", 3)
    write("other.wav", demo_song(1.0, 11025), 11025)
    before = files_in("run")
    capsys.readouterr()
    assert command("--resume", "run", *words.split()) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1 and f"error: {message}" in printed.err
    assert files_in("run") == before


@pytest.mark.parametrize("changes, message", [
    ({"features": 9}, "features: expected 8, as run began, got 9"),
    ({"iterations": 2}, "iterations: expected at least 3, as run began, got 2"),
    ({"iterations": -2}, "iterations: expected a whole number from 0 to 1000000000, got -2"),
    ({"audio": "other.wav"}, "expected the file that run began with"),
])
def test_what_differs_from_the_run_is_the_same_error_from_python(changes, message):
    begin("run", 3)
    write("other.wav", demo_song(1.0, 11025), 11025)
    before = files_in("run")
    with pytest.raises(InputError, match=message):
        Run.resume("run", **changes)
    assert files_in("run") == before


def test_what_is_the_same_as_in_the_run_may_be_said_again():
    begin("run", 3)
    words = [*NETWORK, "--iterations", "4", "--seed", "0", "--no-report", "--quiet"]
    assert command("--resume", "run", *words) == 0
    assert resume("run", **SMALL, iterations=5)["iterations"] == 5


def test_a_song_that_has_moved_is_given_again(capsys):
    begin("run", 3)
    os.rename("song.wav", "moved.wav")
    capsys.readouterr()
    assert command("--resume", "run", "--iterations", "4", "--quiet") == 2
    said = capsys.readouterr().err
    assert said.startswith("error: the song of run is no longer at ")
    assert said.endswith("song.wav: give its new place as AUDIO\n")
    assert command("moved.wav", "--resume", "run", "--iterations", "4", "--no-report", "--quiet") == 0
    config = json.loads(Path("run/config.json").read_text())
    assert config["audio"] == "moved.wav" and config["audio_path"] == os.path.abspath("moved.wav")
    assert resume("run", iterations=5)["iterations"] == 5  # it knows where the song is now


def test_a_run_goes_on_from_any_folder(tmp_path, monkeypatch):
    begin("run", 3)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert resume("../run", iterations=4)["iterations"] == 4
    assert json.loads((tmp_path / "run/config.json").read_text())["audio"] == "song.wav"  # as it was given


def test_a_run_on_the_demo_song_goes_on_without_a_song(capsys):
    assert command(*NETWORK, "--iterations", "1", "-o", "run", "--no-report") == 0
    assert command("--resume", "run", "--iterations", "2", "--no-report") == 0
    assert command("--resume", "run", "song.wav", "--iterations", "3") == 2
    assert "run began with the demo song, got song.wav: leave it out" in capsys.readouterr().err


def test_a_run_that_cannot_go_on_is_one_sentence_never_a_silent_restart(capsys):
    begin("run", 3)
    for name in ("missing", "torn", "bare"):
        shutil.copytree("run", name)
    Path("missing/model.npz").unlink()
    Path("torn/model.npz").write_bytes(Path("run/model.npz").read_bytes()[:-100])
    write_checkpoint("bare", load("run"))
    with pytest.raises(Diverged):
        begin("diverged", 3, learning_rate=1e20)
    capsys.readouterr()
    no_state = "holds a network but no state to go on from, as after a run that diverged: start a new run"
    for name, message in {
        "nowhere": "there is no run folder nowhere",
        "missing": "missing holds no model.npz",
        "torn": "torn/model.npz is not a model that can be read",
        "bare": f"bare {no_state}",
        "diverged": f"diverged {no_state}",
    }.items():
        assert command("--resume", name, "--quiet") == 2
        printed = capsys.readouterr()
        assert printed.out == "" and printed.err.count("\n") == 1
        assert printed.err.startswith(f"error: {message}")
        with pytest.raises(InputError, match=re.escape(message)):
            Run.resume(name)


class Anything:
    """A State's stand-in that holds a stranger's config."""

    def __init__(self, state):
        self.text = {**state.config()}
        self.generator = {**state.generator}
        self.optimizer, self.frames = {**state.optimizer}, {**state.frames}
        self.rows = {name: column.copy() for name, column in state.rows.items()}

    def config(self):
        return self.text


def a_loss_that_is_no_number(state):
    state.rows["loss"][0] = np.nan


HOSTILE = {
    "no settings": lambda state: state.text.clear(),
    "settings of another kind": lambda state: setattr(state, "text", [1]),
    "an option of another kind": lambda state: state.text.update(stride="two"),
    "an option that asks for help": lambda state: state.text.update(init="--help"),
    "an endless option": lambda state: state.text.update(features=10**12),
    "an option that nobody knows": lambda state: state.text.update(nonsense=1),
    "a song that is no path": lambda state: state.text.update(audio_path=7),
    "another song": lambda state: state.text.update(audio_path="/dev/zero"),
    "no versions": lambda state: state.text.update(versions=None),
    "no generator": lambda state: setattr(state, "generator", None),
    "another generator": lambda state: state.generator.update(bit_generator="MT19937"),
    "a generator without numbers": lambda state: state.generator.update(state={"state": "x", "inc": 0}),
    "a loss that is no number": a_loss_that_is_no_number,
    "frames that are no numbers": lambda state: state.frames.update(
        pictures=np.full((1, 1, 64, 2), np.nan), iterations=np.array([0])),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_strangers_checkpoint_with_a_right_digest_is_refused_in_one_sentence(case, capsys):
    begin("run", 2)
    model, state = load_state("run")
    stranger = Anything(state)
    write_checkpoint("run", model, stranger)
    assert dataclasses.astuple(load_state("run")[1].settings) == dataclasses.astuple(state.settings)
    HOSTILE[case](stranger)
    save_as_a_stranger("run", model, stranger)
    capsys.readouterr()
    assert command("--resume", "run", "--iterations", "3", "--quiet") == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1, printed
    assert printed.err.startswith("error: ")


def test_other_versions_of_numpy_are_told(capsys):
    begin("run", 3)
    model, state = load_state("run")
    state.versions["numpy"] = "1.0"
    write_checkpoint("run", model, state)
    assert command("--resume", "run", "--iterations", "4", "--no-report", "--quiet") == 0
    assert "note" not in capsys.readouterr().err
    assert command("--resume", "run", "--iterations", "5", "--no-report") == 0
    words = f"note: begun with NumPy 1.0 and resumed with {np.__version__}: its bits may differ"
    assert words in capsys.readouterr().err
    assert json.loads(Path("run/config.json").read_text())["versions"]["numpy"] == "1.0"  # it began so
    with Run.resume("run") as run:
        assert run.warnings == [words]

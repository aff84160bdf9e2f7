"""Disks that fail, processes that are killed: what was saved stays whole, and the run goes on to the bit."""
import builtins
import errno
import io
import json
import os
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hostile import few_many_all

import numpyae.training.run as run_module
from numpyae import load, reconstruct, train
from numpyae.atomic import write_text
from numpyae.audio import demo_song, write

NETWORK = "--batch-size 4 --segment 64 --hidden 4 --features 4".split()
TWENTY = [*NETWORK, "--iterations", "20", "--no-report"]


@pytest.fixture(autouse=True)
def a_folder_with_a_short_song_and_many_checkpoints(empty_folder, monkeypatch):
    monkeypatch.setattr(run_module, "CHECKPOINT_EVERY", 0)  # after each iteration
    write("song.wav", demo_song(0.5, 11025), 11025)


class FaultyDisk:
    """Fail, in a with statement, the n-th operation on the files of a folder, and perhaps all that follow."""

    def __init__(self, folder, fatal=0, until=0):
        self.folder, self.fatal, self.until, self.log = str(folder), fatal, until, []

    def operate(self, what, path):
        if not isinstance(path, int) and os.path.abspath(path).startswith(self.folder):
            self.log.append((what, os.path.basename(path)))
            if self.fatal <= len(self.log) <= max(self.fatal, self.until) and self.fatal:
                raise OSError(errno.EIO, os.strerror(errno.EIO))

    def open(
        self, file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True,
        opener=None,
    ):
        self.operate("open", file)
        raw = FaultyFile(file, "".join(letter for letter in mode if letter not in "bt"), closefd, opener)
        raw.operate = lambda what: self.operate(what, file)
        if buffering == 0:
            return raw
        kind = io.BufferedRandom if "+" in mode else io.BufferedReader if "r" in mode else io.BufferedWriter
        buffered = kind(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding, errors, newline)

    def __enter__(self):
        self._patch = pytest.MonkeyPatch()
        self._opened = {}
        for module, name in ((builtins, "open"), (io, "open")):
            self._patch.setattr(module, name, self.open)
        os_open, fsync, replace = os.open, os.fsync, os.replace

        def remembering_open(path, *arguments, **settings):
            number = os_open(path, *arguments, **settings)
            self._opened[number] = path
            return number

        def faulty_fsync(number):
            self.operate("fsync", self._opened.get(number, "/"))
            fsync(number)

        def faulty_replace(source, target):
            self.operate("replace", target)
            replace(source, target)

        self._patch.setattr(os, "open", remembering_open)
        self._patch.setattr(os, "fsync", faulty_fsync)
        self._patch.setattr(os, "replace", faulty_replace)
        return self

    def __exit__(self, *_):
        self._patch.undo()


class FaultyFile(io.FileIO):
    def write(self, data):
        self.operate("write")
        return super().write(data)

    def readinto(self, buffer):
        self.operate("read")
        return super().readinto(buffer)

    def readall(self):
        self.operate("read")
        return super().readall()


def test_a_file_reaches_the_disk_before_its_name_and_its_name_before_the_next_step(tmp_path):
    with FaultyDisk(tmp_path) as disk:
        write_text(tmp_path / "a.txt", "words")
    temporary = disk.log[0][1]
    assert re.fullmatch(rf"\.a\.txt\.{os.getpid()}-\d+\.tmp", temporary)
    assert disk.log == [
        ("open", temporary), ("write", temporary), ("fsync", temporary), ("replace", "a.txt"),
        ("fsync", tmp_path.name),
    ]


def operations_of(words, folder, count):
    """Return up to `count` operations of a command that goes well, evenly spread, and how many it has."""
    with FaultyDisk(folder) as disk:
        assert train.main([*words, "-o", "whole"]) == 0
    total = len(disk.log)
    return np.unique(np.linspace(1, total, min(count, total)).round().astype(int)).tolist(), total


def errors_in(text):
    return [line for line in text.splitlines() if line.startswith("error: ")]


def assert_it_goes_on(words, run, whole="whole"):
    """Assert that a run, if there is any, is whole and goes on to the bits of one without a fault."""
    if Path(run, "model.npz").exists():
        load(run)
        assert train.main(["--resume", run, "--quiet", *words]) == 0
        assert load(run).parameters.tobytes() == load(whole).parameters.tobytes()
        assert not [name for name in os.listdir(run) if name.startswith(".")]


@few_many_all(15, 100, 10**9)
@pytest.mark.parametrize("lasting", [False, True], ids=["one fault", "all from there on"])
def test_any_operation_that_fails_ends_in_one_sentence_and_the_run_goes_on_from_its_last_checkpoint(
    tmp_path, capsys, count, lasting,
):
    fatal_ones, total = operations_of(["song.wav", *TWENTY], tmp_path, count)
    for fatal in fatal_ones:
        capsys.readouterr()
        with FaultyDisk(tmp_path, fatal, total if lasting else 0):
            code = train.main(["song.wav", *TWENTY, "-o", f"run{fatal}"])
        printed = capsys.readouterr()
        assert code == 1 and printed.out == "", (fatal, printed)
        assert len(errors_in(printed.err)) == 1 and "Input/output error" in printed.err
        assert "Traceback" not in printed.err
        assert_it_goes_on(["--no-report"], f"run{fatal}")
    print(f"{len(fatal_ones)} of {total} operations failed in turn")


@few_many_all(4, 30, 10**9)
def test_any_operation_of_the_report_that_fails_leaves_a_run_that_can_be_reported_again(
    tmp_path, capsys, count,
):
    words = ["song.wav", *NETWORK, "--iterations", "2"]
    fatal_ones, total = operations_of(words, tmp_path, count)
    for fatal in fatal_ones:
        capsys.readouterr()
        with FaultyDisk(tmp_path, fatal):
            assert train.main([*words, "-o", f"run{fatal}", "--quiet"]) == 1
        assert len(errors_in(capsys.readouterr().err)) == 1
        assert_it_goes_on([], f"run{fatal}")
        if Path(f"run{fatal}", "model.npz").exists():
            assert {*os.listdir(f"run{fatal}")} == {*os.listdir("whole")}
    print(f"{len(fatal_ones)} of {total} operations failed in turn")


@pytest.mark.parametrize("size", [0, 1000, 4000, 8000, 20_000])
def test_a_file_that_may_not_grow_is_one_sentence_with_the_cause_also_where_libsndfile_writes_it(
    capsys, size,
):
    words = ["song.wav", *NETWORK, "--iterations", "1"]
    assert train.main([*words, "-o", "whole", "--quiet"]) == 0
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    capsys.readouterr()
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        assert train.main([*words, "-o", "run", "--quiet"]) == 1
        assert reconstruct.main(["song.wav", "--model", "whole", "-o", "out.wav", "--quiet"]) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    found = errors_in(capsys.readouterr().err)
    assert len(found) == 2 and "error: out.wav: File too large" in found[1]
    assert re.match("error: run/[a-z.]+: File too large", found[0])
    assert [path.name for path in Path().rglob("*.tmp")] == []
    assert_it_goes_on([], "run")


def assert_all_files_are_whole(run):
    for path in Path(run).iterdir():
        if path.suffix == ".npz":
            load(run)
        elif path.suffix == ".json":
            json.loads(path.read_text())
        elif path.suffix == ".wav" and not path.name.startswith("."):
            assert soundfile.info(path).frames > 0
        elif path.suffix in (".png", ".gif") and not path.name.startswith("."):
            assert path.read_bytes()[-8:] == b"IEND\xaeB`\x82" or path.read_bytes()[-1:] == b";"
        elif path.name == "metrics.csv":
            assert {line.count(",") for line in path.read_text().splitlines()} == {5}


@few_many_all(3, 40, 200)
def test_a_run_that_is_killed_at_any_moment_goes_on_to_the_bits_of_the_one_that_was_not(rng, capfd, count):
    """Two of three while it trains, one of three anywhere from the first import to the last picture."""
    code = (
        "import sys, numpyae.train, numpyae.training.run as run_module\n"
        "run_module.CHECKPOINT_EVERY = 0.02\n"
        "sys.exit(numpyae.train.main())"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    words = ["song.wav", *NETWORK, "--iterations", "100", "--workers", "1"]
    assert train.main([*words, "-o", "whole", "--quiet"]) == 0
    resumed, index = 0, 0
    while resumed < count:
        index += 1
        run, anywhere = f"run{index}", index % 3 == 0
        with subprocess.Popen(
            [sys.executable, "-c", code, *words, "-o", run], env=environment, stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        ) as process:
            if not anywhere:
                process.stderr.readline()  # its first words come just before its first checkpoint
            try:
                process.communicate(timeout=rng.uniform(0, 3.0 if anywhere else 0.6))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
        if Path(run).exists():
            assert_all_files_are_whole(run)
        resumed += Path(run, "model.npz").exists()
        assert_it_goes_on(["--no-report"] if index % 2 else [], run)
    print(f"{index} kills: {resumed} runs went on to the same bits, {index - resumed} had not begun to train")

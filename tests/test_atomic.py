"""Files that are written whole or not at all, and what dead processes left of them."""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from small import NETWORK

from numpyae.atomic import atomic, naming, nan_to_none, remove_leftovers, write_json, write_text
from numpyae.train import main

pytestmark = pytest.mark.usefixtures("empty_folder")


@pytest.fixture
def dead():
    """The PID of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_file_has_its_name_only_once_it_is_whole():
    with atomic("a.txt") as temporary:
        temporary.write_text("new")
        assert re.fullmatch(rf"\.a\.txt\.{os.getpid()}-\d+\.tmp", str(temporary))
        assert not Path("a.txt").exists()
    assert os.listdir() == ["a.txt"] and Path("a.txt").read_text() == "new"


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, OSError])
def test_an_error_leaves_what_was_there_before(error):
    Path("a.txt").write_text("old")
    with pytest.raises(error):
        with atomic("a.txt") as temporary:
            temporary.write_text("half")
            raise error
    assert os.listdir() == ["a.txt"] and Path("a.txt").read_text() == "old"


def test_two_who_write_the_same_file_at_once_do_not_disturb_each_other():
    with atomic("a.txt") as one:
        one.write_text("one")
        with atomic("a.txt") as other:
            other.write_text("other")
            remove_leftovers(".")
            assert one.exists() and other.exists()
        assert Path("a.txt").read_text() == "other"
    assert os.listdir() == ["a.txt"] and Path("a.txt").read_text() == "one"


def test_a_file_that_was_there_is_replaced_and_its_leftovers_removed(dead):
    Path("a.txt").write_text("old")
    Path(f".a.txt.{dead}.tmp").write_text("torn")
    Path(f".b.txt.{dead}.tmp").write_text("torn, and of another file")
    write_text("a.txt", "привет\n")
    assert {*os.listdir()} == {"a.txt", f".b.txt.{dead}.tmp"}
    assert Path("a.txt").read_bytes() == "привет\n".encode()


def test_an_error_of_the_system_names_the_file():
    for action in (lambda: write_text("nowhere/a.txt", "x"), lambda: write_json("nowhere/a.txt", {})):
        with pytest.raises(FileNotFoundError) as caught:
            action()
        assert caught.value.filename == "nowhere/a.txt"


def test_naming_names_what_has_no_name_and_leaves_other_errors_alone():
    with pytest.raises(OSError) as caught, naming(Path("run/a.wav")):
        raise OSError(28, "No space left on device")
    assert caught.value.filename == "run/a.wav" and str(caught.value).endswith("'run/a.wav'")
    with pytest.raises(OSError) as caught, naming("run/a.wav"):
        raise OSError("in words")
    assert caught.value.filename is None
    with pytest.raises(ZeroDivisionError), naming("run/a.wav"):
        raise ZeroDivisionError


def test_json_holds_null_for_what_is_no_number():
    finite = {"d": 0.1, "e": None, "f": "NaN", "g": {"h": 1}}
    values = {"a": float("nan"), "b": float("inf"), "c": np.float64("-inf"), **finite}
    write_json("a.json", values)
    text = Path("a.json").read_text()
    assert json.loads(text) == {"a": None, "b": None, "c": None, **finite}
    assert text.startswith('{\n  "a": null,\n') and text.endswith("}\n") and "NaN," not in text
    assert nan_to_none(values) == json.loads(text) and [*nan_to_none(values)] == [*values]
    assert np.isnan(values["a"])  # it returns another dict


def test_what_a_dead_process_left_is_removed_and_what_a_living_one_writes_is_not(song_file, dead):
    words = ["--quiet", "--no-report"]
    assert main([song_file, *NETWORK, "--iterations", "3", "-o", "run", *words]) == 0
    for number in (dead, f"{dead}-0", os.getpid(), f"{os.getpid()}-0", 10**30):
        Path(f"run/.original.wav.{number}.tmp").write_text("torn")
    Path(f"run/.loss.png.{os.getppid()}.tmp").write_text("being written")
    Path("run/.mine.tmp").write_text("the user's own")
    assert main(["--resume", "run", "--iterations", "4", *words]) == 0
    left = {path for path in os.listdir("run") if path.startswith(".")}
    assert left == {f".loss.png.{os.getppid()}.tmp", ".mine.tmp"}


@pytest.mark.parametrize(
    "name, removed", [("a[1].txt", {"a[1].txt"}), ("a*", set()), (None, {"a[1].txt", "a1.txt"})]
)
def test_leftovers_of_one_file_are_those_of_its_very_name(dead, name, removed):
    for each in ("a[1].txt", "a1.txt"):
        Path(f".{each}.{dead}.tmp").write_text("torn")
    remove_leftovers(".", name)
    assert {*os.listdir()} == {f".{each}.{dead}.tmp" for each in {"a[1].txt", "a1.txt"} - removed}


def test_what_a_process_of_another_user_writes_is_not_removed(monkeypatch):
    def refused(*_):
        raise PermissionError(1, "Operation not permitted")

    os.mkdir("run")
    Path("run/.model.npz.1.tmp").write_text("being written")
    monkeypatch.setattr(os, "kill", refused)
    remove_leftovers("run")
    assert os.listdir("run") == [".model.npz.1.tmp"]

"""`python -m numpyae`: the list of commands."""
import subprocess
import sys

import pytest

import numpyae


def python(*words):
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)


def test_it_lists_the_commands():
    listed = python("-m", "numpyae")
    assert listed.returncode == 0 and listed.stderr == ""
    assert listed.stdout == python("-m", "numpyae", "--help").stdout
    for command in ("train", "reconstruct", "benchmark"):
        assert f"python -m numpyae.{command}" in listed.stdout


def test_it_says_its_version():
    assert python("-m", "numpyae", "--version").stdout == f"numpyae {numpyae.__version__}\n"
    assert numpyae.__version__ == "0.1.0"


@pytest.mark.parametrize("word", ["train", "--no-such"])
def test_anything_else_is_one_sentence(word):
    ended = python("-m", "numpyae", word)
    assert (ended.returncode, ended.stdout) == (2, "") and ended.stderr.count("\n") == 1
    assert ended.stderr.startswith(f"error: unrecognized arguments: {word} (see python -m numpyae --help)")

"""`python -m numpyae`: the list of commands."""
import subprocess
import sys

import pytest

import numpyae

COMMANDS = ("train", "reconstruct", "compress", "decompress", "benchmark")


def python(*words):
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)


def test_it_lists_the_commands():
    listed = python("-m", "numpyae")
    assert listed.returncode == 0 and listed.stderr == ""
    assert listed.stdout == python("-m", "numpyae", "--help").stdout
    for command in COMMANDS:
        assert f"python -m numpyae.{command}" in listed.stdout


@pytest.mark.parametrize("name", ["numpyae", *(f"numpyae.{command}" for command in COMMANDS)])
def test_every_command_says_its_version(name):
    assert python("-m", name, "--version").stdout == f"numpyae {numpyae.__version__}\n"
    assert numpyae.__version__ == "0.1.0"


@pytest.mark.parametrize("words", [["training"], ["--no-such"], ["no", "such"]])
def test_anything_else_is_one_sentence(words):
    ended = python("-m", "numpyae", *words)
    assert (ended.returncode, ended.stdout) == (2, "")
    unknown = f"unrecognized arguments: {' '.join(words)}"
    assert ended.stderr == f"error: {unknown} (see python -m numpyae --help)\n"


@pytest.mark.parametrize(
    "words", [["train"], ["train", "song.wav", "--iterations", "3"], ["reconstruct", "song.wav"],
              ["compress", "song.wav"], ["decompress", "song.npae"]])
def test_a_command_without_its_dot_is_told_of_it(words):
    ended = python("-m", "numpyae", *words)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"expected a dot before the command's name: python -m numpyae.{words[0]} (see" in ended.stderr


def test_it_needs_no_docstrings():
    assert python("-OO", "-m", "numpyae").stdout == python("-m", "numpyae").stdout != ""

"""What Python finds in `import numpyae`: its own lines run, and train as the commands do."""
import re
import subprocess
import sys
import textwrap
from functools import partialmethod
from pathlib import Path

import numpy as np
import pytest

import numpyae
from numpyae import Autoencoder, Settings, load, read, write
from numpyae.train import main
from numpyae.training import load_state, train

# without its indent, each of the examples that the docstring shows
EXAMPLES = [
    textwrap.dedent(block) for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", numpyae.__doc__, re.M)
]
SMALL = dict(iterations=3, batch_size=8, segment=64)


def test_the_docstrings_examples_run_one_after_the_other(empty_folder, monkeypatch, capsys, song):
    write("song.flac", song, 11025)
    monkeypatch.setattr(Settings, "__init__", partialmethod(Settings.__init__, **SMALL))
    monkeypatch.setitem(train.__kwdefaults__, "iterations", 3)
    with_a_folder, in_memory = EXAMPLES
    names = {}
    exec(with_a_folder, names)
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["1", "2", "3"]
    assert Path("runs/mine/report.html").exists()
    again, rate = read("again.wav")
    expected = numpyae.reconstruct_song(load("runs/mine"), song)
    assert rate == 11025 and np.abs(again - expected).max() < 2**-15
    exec(in_memory, names)
    assert len(names["losses"]) == 3 and float(capsys.readouterr().out)
    assert np.array_equal(load("mine").parameters, names["model"].parameters)


def test_the_readme_shows_the_docstrings_first_example():
    readme = Path(__file__).parents[1] / "README.md"
    assert EXAMPLES[0] in readme.read_text(encoding="utf-8")


@pytest.mark.parametrize("channels, seed", [(1, 0), (2, 0), (2, 3)])
def test_the_losses_are_to_the_bit_those_of_the_command(empty_folder, song, channels, seed):
    write("song.wav", song[:, :channels], 11025)
    assert main(f"song.wav -o run --iterations 3 --no-report --quiet --seed {seed}".split()) == 0
    model = Autoencoder(channels, rng=seed)
    losses = train(model, read("song.wav")[0], iterations=3, rng=seed)
    by_command, state = load_state("run")
    assert losses == state.rows["loss"].tolist()
    assert model.parameters.tobytes() == by_command.parameters.tobytes()


@pytest.mark.parametrize("command, function", [
    ("train", "numpyae.Run or numpyae.training.train"), ("reconstruct", "numpyae.reconstruct_song"),
    ("compress", "numpyae.codec.compress"), ("decompress", "numpyae.codec.decompress"),
])
def test_a_command_that_is_taken_for_a_function_names_the_function(command, function):
    code = f"import numpyae; numpyae.{command}()"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert f"AttributeError: numpyae.{command} is a command: from Python, use {function}" in ended.stderr


def test_the_packages_are_there_after_import_numpyae():
    code = "import numpyae; print(numpyae.nn.conv, numpyae.codec.compress, numpyae.training.train)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.count("<function") == 3

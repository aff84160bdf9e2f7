"""All that decides a run's bits: checked alike from everywhere, and one line for each setting."""
import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hostile import save_as_a_stranger
from small import NETWORK

import numpyae
from numpyae import Adam, Autoencoder, Run, Settings
from numpyae.errors import InputError
from numpyae.train import _parse, main
from numpyae.training import load_state
from numpyae.training.recorder import Recorder
from numpyae.training.settings import one_of, positive_number, setting, whole_number

OTHERS = Settings(
    iterations=3, batch_size=9, segment=63, hidden=6, features=8, kernel=5, stride=3, init="he",
    edges="context", learning_rate=1 / 3, seed=2**63,
)
NUMBER = "expected a whole number from {} to {}, got "
ABOVE_0 = "expected a finite number above 0, got "
NONSENSE = [
    ("iterations", -1, NUMBER.format(0, 10**9)),
    ("iterations", 10**9 + 1, NUMBER.format(0, 10**9)),
    ("batch_size", 0, NUMBER.format(1, 10**6)),
    ("segment", 0, NUMBER.format(1, 10**6)),
    ("hidden", "x", NUMBER.format(1, 10**6)),
    ("hidden", "", NUMBER.format(1, 10**6)),
    ("features", 0, NUMBER.format(1, 10**6)),
    ("features", 10**12, NUMBER.format(1, 10**6)),
    ("kernel", 2.5, NUMBER.format(1, 10**6)),
    ("kernel", 4.0, NUMBER.format(1, 10**6)),
    ("stride", 0, NUMBER.format(1, 1000)),
    ("stride", 1001, NUMBER.format(1, 1000)),
    ("seed", -1, NUMBER.format(0, 2**63)),
    ("seed", 2**63 + 1, NUMBER.format(0, 2**63)),
    ("learning_rate", 0, ABOVE_0),
    ("learning_rate", -1.5, ABOVE_0),
    ("learning_rate", "fast", ABOVE_0),
    ("learning_rate", float("inf"), ABOVE_0),
    ("learning_rate", float("nan"), ABOVE_0),
    ("init", "zeros", "expected one of glorot, he, mirrored, got "),
    ("edges", "reflect", "expected one of same, context, got "),
]
NOT_FROM_THE_COMMAND_LINE = [
    ("kernel", None, NUMBER.format(1, 10**6)),
    ("kernel", [4], NUMBER.format(1, 10**6)),
    ("learning_rate", None, ABOVE_0),
    ("learning_rate", [1], ABOVE_0),
    ("init", 7, "expected one of glorot, he, mirrored, got "),
]


@pytest.mark.parametrize("name, value, words", NONSENSE + NOT_FROM_THE_COMMAND_LINE)
def test_nonsense_from_python_is_refused_by_the_name_of_the_setting(name, value, words):
    with pytest.raises(InputError, match=re.escape(f"{name}: {words}{value!r}")):
        Settings(**{name: value})


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize("name, value, words", NONSENSE)
def test_nonsense_from_the_command_line_is_refused_in_the_same_words(name, value, words, capsys):
    with pytest.raises(SystemExit) as ended:
        main([f"--{name.replace('_', '-')}={value}"])
    printed = capsys.readouterr()
    assert ended.value.code == 2 and printed.out == "" and printed.err.count("\n") == 1
    assert printed.err.startswith(f"error: argument --{name.replace('_', '-')}: {words}'{value}'")
    assert not os.listdir()


@pytest.mark.parametrize("name, value, words", NONSENSE + NOT_FROM_THE_COMMAND_LINE)
def test_nonsense_from_a_file_is_refused_in_the_same_words(name, value, words, small_run):
    model, state = load_state(small_run)

    class Changed:
        """The run's state, with another config."""

        def __getattr__(self, attribute):
            return getattr(state, attribute)

        def config(self):
            return {**state.config(), name: value}

    save_as_a_stranger(small_run, model, Changed())
    message = f"model.npz is not a model that can be read ({name}: {words}"
    with pytest.raises(InputError, match=re.escape(message)):
        Run.resume(small_run)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("settings") / "run"
    with Run.begin(folder, None, Settings(1, 8, 64, 6, 8), report=False) as run:
        assert len([*run.train()]) == 1
    return folder


@pytest.fixture
def small_run(trained, tmp_path):
    """The folder of a run on the demo song that has trained."""
    return shutil.copytree(trained, tmp_path / "run")


def test_the_defaults_are_those_of_the_design():
    assert dataclasses.asdict(Settings()) == dict(
        iterations=150, batch_size=100, segment=1024, hidden=32, features=64, kernel=4, stride=2,
        init="glorot", edges="same", learning_rate=3e-3, seed=0,
    )
    options = vars(_parse([]))
    for name in dataclasses.asdict(Settings()):
        assert options.pop(name) is None  # so that --resume knows what was given
    assert options == dict(
        audio=None, output=None, resume=None, workers=None, gallery=False, no_report=False, quiet=False,
        json=False,
    )


@pytest.mark.parametrize("settings", [Settings(), OTHERS], ids=["the defaults", "others"])
def test_the_flags_of_settings_give_the_same_settings(settings):
    options = vars(_parse(settings.flags()))
    given = {name: options[name] for name in dataclasses.asdict(settings) if options[name] is not None}
    assert Settings(**given) == settings


def test_the_settings_come_back_from_json_as_they_were():
    assert Settings(**json.loads(json.dumps(dataclasses.asdict(OTHERS)))) == OTHERS


def test_numpys_numbers_and_texts_become_pythons():
    given = dict(iterations=np.int32(7), kernel="5", learning_rate=np.float64(0.25), seed=np.uint64(2**63))
    kept = [getattr(Settings(**given), name) for name in given]
    assert kept == [7, 5, 0.25, 2**63] and [type(value) for value in kept] == [int, int, float, int]


def test_settings_do_not_change_once_they_are_made():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().seed = 1
    assert dataclasses.replace(Settings(), seed=1).seed == 1
    with pytest.raises(InputError, match="seed: expected a whole number"):
        dataclasses.replace(Settings(), seed=-1)


def test_each_setting_goes_to_whatever_takes_an_argument_of_its_name():
    assert OTHERS.arguments_of(Autoencoder) == dict(hidden=6, features=8, kernel=5, stride=3, init="he")
    assert OTHERS.arguments_of(Adam) == dict(learning_rate=1 / 3)
    assert OTHERS.arguments_of(Recorder) == dict(segment=63, iterations=3)
    assert OTHERS.arguments_of(lambda: None) == {}
    model = Autoencoder(rng=np.random.default_rng(0), **OTHERS.arguments_of(Autoencoder))
    assert (model.widths(), model.kernel, model.stride) == ([2, 6, 8, 6, 2], 5, 3)


def test_a_convert_lets_its_range_through_and_nothing_else():
    for value in (3, "3", np.int64(3), 5, "5", " 4 "):
        assert whole_number(3, 5)(value) in (3, 4, 5) and type(whole_number(3, 5)(value)) is int
    for value in (2, 6, "2", "6", 3.0, "3.0", "", None, b"3", [3], "1" + 5000 * "0"):
        with pytest.raises(ValueError, match="^expected a whole number from 3 to 5, got "):
            whole_number(3, 5)(value)
    assert whole_number(1)(10**6) == 10**6
    for value, number in ((3, 3.0), ("1e-9", 1e-9), (np.float32(0.5), 0.5)):
        assert positive_number(value) == number and type(positive_number(value)) is float
    for value in (0, -1, "nan", "-inf", np.inf, "", "x", None, [1], 1j, "1" + 400 * "0"):
        with pytest.raises(ValueError, match="^expected a finite number above 0, got "):
            positive_number(value)
    assert one_of("a", 1)("a") == "a" and one_of("a", 1)(1) == 1
    with pytest.raises(ValueError, match="^expected one of a, 1, got 'b'$"):
        one_of("a", 1)("b")


def test_every_setting_has_words_for_help():
    for field in dataclasses.fields(Settings):
        assert len(field.metadata["help"]) > 10 and "None" not in field.metadata["help"]


def test_a_setting_is_a_field_with_its_check_and_its_words():
    @dataclasses.dataclass(frozen=True)
    class More(Settings):
        """Settings with one more."""

        beta1: float = setting(0.9, positive_number, "how much Adam remembers")

    assert More(beta1="0.5").arguments_of(Adam) == dict(learning_rate=3e-3, beta1=0.5)
    with pytest.raises(InputError, match="beta1: expected a finite number above 0, got 0"):
        More(beta1=0)


LINE = '    beta1: float = setting(0.9, positive_number, "how much Adam remembers")\n'


@pytest.mark.parametrize("before", [
    pytest.param("\n    def __post_init__", id="at the end"),
    pytest.param("    learning_rate: float", id="in the middle"),
])
def test_a_new_setting_costs_one_line(before, tmp_path, song_file):
    copy = shutil.copytree(Path(numpyae.__file__).parent, tmp_path / "copy" / "numpyae")
    text = (copy / "training/settings.py").read_text(encoding="utf-8")
    assert text.count(before) == 1
    (copy / "training/settings.py").write_text(text.replace(before, LINE + before), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(copy.parent), "OPENBLAS_NUM_THREADS": "1"}

    def train(*words):
        command = [sys.executable, "-m", "numpyae.train", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    words = [song_file, *NETWORK, "--quiet", "--no-report"]
    half = [*words, "--beta1", "0.5"]
    assert train(*half, "--iterations", "6", "-o", "whole").returncode == 0
    assert train(*half, "--iterations", "3", "-o", "run").returncode == 0
    other = train("--resume", "run", "--beta1", "0.7", "--iterations", "6")
    assert other.returncode == 2 and other.stdout == ""
    assert "beta1: expected 0.5, as run began, got 0.7" in other.stderr
    assert train("--resume", "run", "--iterations", "6", "--quiet", "--no-report").returncode == 0
    assert train(*words, "--iterations", "6", "-o", "default").returncode == 0
    assert json.loads(Path("run/config.json").read_text())["beta1"] == 0.5
    assert "--beta1 FLOAT how much Adam remembers (default: 0.9)" in " ".join(train("--help").stdout.split())
    refused = train(*words, "--beta1", "-1")
    assert refused.returncode == 2
    assert "argument --beta1: expected a finite number above 0, got '-1'" in refused.stderr

    def arrays(name):
        with np.load(f"{name}/model.npz") as file:
            names = [name for name in file.files if name.startswith("optimizer.") or name[0].isdecimal()]
            return {name: file[name].tobytes() for name in names}

    assert arrays("run") == arrays("whole") and arrays("run").keys() == arrays("default").keys()
    assert all(arrays("run")[name] != arrays("default")[name] for name in ("0.w", "optimizer.mean"))


def test_a_number_too_large_for_a_float_is_refused_in_words():
    with pytest.raises(InputError, match="learning_rate: expected a finite number above 0, got 1000"):
        Settings(learning_rate=10**400)

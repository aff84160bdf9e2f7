"""The house of docs/design.md: imports run one way, and nothing is loaded before it is used."""
import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import numpyae

PACKAGE = Path(numpyae.__file__).parent
ROOT = Path(__file__).parents[1]
FILES = sorted(PACKAGE.rglob("*.py"))
COMMANDS = ("numpyae.train", "numpyae.reconstruct", "numpyae.benchmark", "numpyae.command", "numpyae.__main__")


def imported(path):
    """Yield the full name of every module that a file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


def files_in(*rooms):
    return [path for path in FILES if str(path.relative_to(PACKAGE)).startswith(rooms)]


def test_the_mathematics_imports_numpy_and_the_standard_library_only():
    for path in files_in("nn"):
        for name in imported(path):
            top = name.split(".")[0]
            assert top in sys.stdlib_module_names or top == "numpy" or name.startswith("numpyae.nn"), (path, name)


def imports_of(room):
    return {name for path in files_in(room) for name in imported(path)}


@pytest.mark.parametrize(
    "rooms, outer",
    [
        (["nn", "audio", "autoencoder.py"], ["numpyae.training", "numpyae.report", "numpyae.whole_song"]),
        (["nn"], ["numpyae.audio", "numpyae.autoencoder"]),
        (["whole_song.py"], ["numpyae.training", "numpyae.report"]),
        (["training"], ["numpyae.report"]),
        (["report", "workers.py", "atomic.py", "errors.py"], ["numpyae.benchmark_pytorch"]),
    ],
)
def test_imports_run_one_way(rooms, outer):
    for room in rooms:
        assert files_in(room), room
        for name in imports_of(room):
            assert not name.startswith(tuple(outer)), (room, name)
            assert not any(name == command or name.startswith(command + ".") for command in COMMANDS), (room, name)


def loaded_after(code):
    """Return the modules that a fresh Python has loaded after running the code."""
    code += "\nimport sys; print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGE.parent, check=True)
    return set(ended.stdout.split())


def test_importing_numpyae_loads_nothing_and_changes_no_environment():
    before, after = loaded_after(""), loaded_after(
        "import os; before = dict(os.environ)\nimport numpyae\nassert dict(os.environ) == before"
    )
    assert {name for name in after - before if not name.startswith("importlib")} <= {"numpyae", "warnings"}


def test_the_first_name_loads_neither_sound_nor_pictures():
    loaded = loaded_after("from numpyae import Autoencoder, Adam, check_gradients")
    assert not loaded & {"soundfile", "scipy", "matplotlib", "numpyae.audio", "numpyae.training"}


def test_a_command_loads_scipy_and_matplotlib_only_when_it_needs_them():
    assert not loaded_after("import numpyae.train") & {"scipy", "matplotlib"}


@pytest.mark.parametrize("name", numpyae.__all__)
def test_every_public_name_is_there(name):
    assert getattr(numpyae, name).__doc__ and name in dir(numpyae)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'numpyae' has no attribute 'nothing'"):
        numpyae.nothing


def test_the_readme_counts_the_lines_of_each_file_that_it_lists():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[`\S+`\]\((\S+)\) \| (\d+) \|", readme, re.M)
    assert len(rows) == 8
    wrong = {name: len((ROOT / name).read_text(encoding="utf-8").splitlines()) for name, lines in rows}
    assert {name: int(lines) for name, lines in rows} == wrong


@pytest.mark.slow
def test_the_readmes_snr_is_what_the_demo_song_gives(tmp_path):
    from numpyae.train import main

    assert main(["-o", str(tmp_path / "run"), "--no-report", "--quiet"]) == 0
    snr = json.loads((tmp_path / "run" / "metrics.json").read_text())["snr_db"]
    said = re.search(r"SNR (\d+\.\d) dB", (ROOT / "README.md").read_text(encoding="utf-8")).group(1)
    assert abs(float(said) - snr) < 0.15  # one unit in the last place

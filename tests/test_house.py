"""The house of docs/design.md: imports run one way, and nothing is loaded before it is used."""
import ast
import subprocess
import sys
from pathlib import Path

import pytest

import numpyae

PACKAGE = Path(numpyae.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
OUTER = ("numpyae.training", "numpyae.report", "numpyae.train", "numpyae.command", "numpyae.whole_song")


def imported(path):
    """Yield the full name of every module that a file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield node.module


def files_in(*rooms):
    return [path for path in FILES if str(path.relative_to(PACKAGE)).startswith(rooms)]


def test_the_mathematics_imports_numpy_and_the_standard_library_only():
    for path in files_in("nn"):
        for name in imported(path):
            top = name.split(".")[0]
            assert top in sys.stdlib_module_names or top == "numpy" or name.startswith("numpyae.nn"), (path, name)


def test_the_inner_rooms_never_import_the_outer_ones():
    inner = files_in("nn", "audio", "autoencoder.py")
    assert len(inner) > 8
    for path in inner:
        assert not [name for name in imported(path) if name.startswith(OUTER)], path
    for path in files_in("training", "report", "whole_song.py"):
        assert not [name for name in imported(path) if name in ("numpyae.train", "numpyae.command")], path


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

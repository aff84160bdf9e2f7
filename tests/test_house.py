"""The house of docs/design.md: imports run one way, nothing loads too early, every module is tested."""
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
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))

# from the roof to the ground: what stands higher may import what stands lower, never the other way round
LAYERS = [
    [
        "train", "reconstruct", "compress", "decompress", "benchmark", "benchmark_pytorch", "__main__",
        "command", "progress",
    ],
    ["training"],
    ["report"],
    ["evaluation"],
    ["autoencoder"],
    ["codec"],
    ["audio"],
    ["nn"],
    ["workers", "atomic", "errors", "process"],
]
DEPTH = {room: depth for depth, layer in enumerate(LAYERS) for room in layer}

UNTESTED = {"__main__.py", "errors.py", "benchmark_pytorch.py", "report/colours.py"}  # and every __init__.py


def room_of(module):
    """Return the file or the folder of the package that a module's path lies in."""
    return module.parts[0].removesuffix(".py")


def imported(module):
    """Yield the full name of every module that a file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse((PACKAGE / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import"
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


def rooms_imported(module):
    """Yield the rooms of all that a file imports of the package; `from numpyae import Adam` is one of nn."""
    for name in imported(module):
        if name.startswith("numpyae."):
            room = name.split(".")[1]
            yield room if room in DEPTH else getattr(numpyae, room).__module__.split(".")[1]


def test_every_module_stands_on_one_layer():
    rooms = [room for layer in LAYERS for room in layer]
    assert sorted(rooms) == sorted({room_of(module) for module in MODULES} - {"__init__"})


@pytest.mark.parametrize("module", [module for module in MODULES if room_of(module) != "__init__"], ids=str)
def test_imports_run_one_way(module):
    for room in rooms_imported(module):
        assert DEPTH[room] >= DEPTH[room_of(module)], f"{module} imports {room}, which stands above it"


def test_nothing_but_the_commands_needs_the_codec():
    users = {room_of(module) for module in MODULES if "codec" in rooms_imported(module)}
    assert users <= {"compress", "decompress", "codec"}


def test_the_package_itself_imports_none_of_its_rooms():
    assert not [*rooms_imported("__init__.py")]


def test_the_mathematics_imports_numpy_and_the_standard_library_only():
    for module in MODULES:
        if room_of(module) == "nn":
            for name in imported(module):
                top = name.split(".")[0]
                allowed = top in sys.stdlib_module_names or top == "numpy" or name.startswith("numpyae.nn")
                assert allowed, (module, name)


@pytest.mark.parametrize(
    "module", [m for m in MODULES if m.name != "__init__.py" and m.as_posix() not in UNTESTED], ids=str
)
def test_every_module_has_a_test_file_of_the_same_path(module):
    assert (ROOT / "tests" / module.parent / f"test_{module.name}").exists()


def test_every_test_file_has_a_name_of_its_own():  # pytest imports them by it
    names = [path.name for path in (ROOT / "tests").rglob("*.py")]
    assert len(names) == len({*names})


def loaded_after(code):
    """Return the modules that a fresh Python has loaded after running the code."""
    code += "\nimport sys; print(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGE.parent, check=True
    )
    return set(ended.stdout.split())


def test_importing_numpyae_loads_nothing_and_changes_no_environment():
    before, after = loaded_after(""), loaded_after(
        "import os; before = dict(os.environ)\nimport numpyae\nassert dict(os.environ) == before"
    )
    assert {name for name in after - before if not name.startswith("importlib")} <= {"numpyae", "warnings"}


def test_the_first_name_loads_neither_sound_nor_pictures():
    loaded = loaded_after("from numpyae import Autoencoder, Adam, check_gradients")
    assert not loaded & {"soundfile", "scipy", "matplotlib", "numpyae.audio", "numpyae.training"}


@pytest.mark.parametrize("command", ["train", "compress", "decompress"])
def test_a_command_loads_scipy_and_matplotlib_only_when_it_needs_them(command):
    assert not loaded_after(f"import numpyae.{command}") & {"scipy", "matplotlib"}


@pytest.mark.parametrize("name", numpyae.__all__)
def test_every_public_name_is_there(name):
    assert getattr(numpyae, name).__doc__ and name in dir(numpyae)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'numpyae' has no attribute 'nothing'"):
        _ = numpyae.nothing


def test_the_files_that_the_readme_lists_are_there():
    rows = re.findall(r"^\| \[`(\S+)`\]\((\S+)\) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.M)
    assert len(rows) >= 8
    for name, target in rows:
        assert (ROOT / target).is_file() and target.endswith(name)


@pytest.mark.slow
def test_the_readmes_snr_is_what_the_demo_song_gives(tmp_path):
    from numpyae.train import main

    assert main(["-o", str(tmp_path / "run"), "--no-report", "--quiet"]) == 0
    snr = json.loads((tmp_path / "run" / "metrics.json").read_text())["snr_db"]
    said = re.search(r"SNR (\d+\.\d) dB", (ROOT / "README.md").read_text(encoding="utf-8")).group(1)
    assert abs(float(said) - snr) < 0.15  # one unit in the last place

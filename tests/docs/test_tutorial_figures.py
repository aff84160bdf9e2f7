"""The figures of the tutorials can be made again: what takes long runs only when it is asked for."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TUTORIALS = Path(__file__).parents[2] / "tutorials"


@pytest.mark.parametrize("long", [
    pytest.param(False, marks=pytest.mark.slow, id="those that draw"),
    pytest.param(True, marks=pytest.mark.full, id="those that train"),
])
def test_the_scripts_make_all_pictures(tmp_path, long):
    """Those that train take minutes, and keep their numbers beside them."""
    figures = TUTORIALS / "figures"
    scripts = [path for path in figures.glob("ch*.py") if path.with_suffix(".json").exists() == long]
    shutil.copytree(figures, tmp_path / "figures", ignore=shutil.ignore_patterns("[0-9]*"))
    environment = {**os.environ, "PYTHONPATH": str(TUTORIALS.parent)}
    for script in scripts:
        command = [sys.executable, tmp_path / "figures" / script.name]
        subprocess.run(command, env=environment, check=True, capture_output=True)
    numbers = tuple(path.stem[2:] for path in scripts)
    made, kept = (
        {path.name for path in (folder / "figures").glob("[0-9]*") if path.name.startswith(numbers)}
        for folder in (tmp_path, TUTORIALS)
    )
    assert made == kept

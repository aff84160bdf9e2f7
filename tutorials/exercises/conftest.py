"""Lets the checks find your files, or the solutions: our tests set NUMPYAE_EXERCISES=solutions."""
import importlib
import os
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / os.environ.get("NUMPYAE_EXERCISES", "exercises")

sys.path.insert(0, str(FOLDER))
for path in FOLDER.glob("ch*.py"):
    importlib.import_module(path.stem)  # now: pytest will put the folder of the checks before ours

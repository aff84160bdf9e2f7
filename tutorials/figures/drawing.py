"""What the figures of the chapters share: one look, one way to save, and the way to docs/experiments."""
import json
import sys
from pathlib import Path

import matplotlib

import numpyae

matplotlib.use("Agg")
import matplotlib.pyplot as plt

FOLDER = Path(__file__).parent
EXPERIMENTS = Path(numpyae.__file__).parents[1] / "docs" / "experiments"
sys.path.append(str(EXPERIMENTS))  # for its harness, networks and signals, once this module has been imported
LEFT, RIGHT, GREY, RED = "#1f77b4", "#ff7f0e", "#888888", "#d62728"
plt.rcParams.update({
    "font.size": 11, "axes.spines.top": False, "axes.spines.right": False, "figure.dpi": 100,
})


def save(figure, name):
    """Save a figure beside this file, the same bytes each time, and close it."""
    figure.savefig(FOLDER / name, metadata={"Software": None}, facecolor="white")
    plt.close(figure)


def save_numbers(name, numbers):
    """Write name -> numbers as JSON beside this file, an entry a line, and print them."""
    text = ",\n".join(f"  {json.dumps(key)}: {json.dumps(values)}" for key, values in numbers.items())
    (FOLDER / name).write_text(f"{{\n{text}\n}}\n", encoding="utf-8")
    print(text)

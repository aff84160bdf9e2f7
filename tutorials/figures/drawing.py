"""What the figures of the chapters share: one look, and one way to save."""
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

FOLDER = Path(__file__).parent
LEFT, RIGHT, GREY, RED = "#1f77b4", "#ff7f0e", "#888888", "#d62728"
plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False, "figure.dpi": 100})


def save(figure, name):
    """Save a figure beside this file, the same bytes each time, and close it."""
    figure.savefig(FOLDER / name, metadata={"Software": None}, facecolor="white")
    plt.close(figure)

"""Draw the figure of chapter 6: python tutorials/figures/ch06.py"""
import numpy as np
from drawing import GREY, LEFT, RED, RIGHT, plt, save

STEP = 0.1
GREEN = "#2ca02c"


def relu(x):
    return np.maximum(x, 0)


def kink():
    x = np.linspace(-0.25, 0.25, 1001)
    figure, (curve, slopes) = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
    curve.plot(x, relu(x), color="black", linewidth=2)
    for name, colour, a, b in (
        ("ahead", LEFT, 0, STEP), ("behind", RIGHT, -STEP, 0), ("central", GREEN, -STEP, STEP),
    ):
        slope = (relu(b) - relu(a)) / (b - a)
        label = f"{name}: slope {slope:g}"
        curve.plot([a, b], [relu(a), relu(b)], "o-", color=colour, linewidth=2.5, label=label)
        measured = (relu(x + b) - relu(x + a)) / (b - a)
        slopes.plot(x, measured, color=colour, linewidth=2, label=name)
    curve.set(title="the chords at x = 0, for h = 0.1", xlabel="x", ylabel="max(x, 0)")
    curve.legend(frameon=False)
    slopes.plot(x, x > 0, color=RED, linewidth=2, linestyle=":", label="ours")
    slopes.axvspan(-STEP, STEP, color=GREY, alpha=0.2, linewidth=0)
    slopes.set(title="the slope measured at x", xlabel="x", ylim=(-0.08, 1.12), yticks=(0, 0.5, 1))
    slopes.legend(frameon=False, loc="lower right", bbox_to_anchor=(1.02, 0.2))
    save(figure, "06-kink.png")


if __name__ == "__main__":
    kink()

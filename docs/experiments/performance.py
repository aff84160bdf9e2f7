"""Draw docs/performance.png from the output of `python -m numpyae.benchmark --json` on stdin.

    python -m numpyae.benchmark --json | python docs/experiments/performance.py
"""
import json
import sys
from pathlib import Path

from matplotlib.figure import Figure

rows = {row["what"].replace("_", " "): row["milliseconds"] for row in json.load(sys.stdin)["rows"]}
post = rows["training iteration, the post's size"]
figure = Figure(figsize=(6.4, 4), dpi=150, layout="constrained")
axis = figure.add_subplot(xlabel="size, as a multiple of the post's", ylabel="milliseconds an iteration")
looks = {"batch size": ("#0072b2", "o"), "segment": ("#d55e00", "s"), "features": ("#009e73", "^")}
for name, (colour, marker) in looks.items():
    half, double = (rows[f"training iteration, {word} the {name}"] for word in ("half", "double"))
    label = name.removesuffix(" size")
    axis.plot((0.5, 1, 2), (half, post, double), color=colour, marker=marker, label=label)
axis.plot((0.5, 2), (post / 2, 2 * post), color="#9a9a9a", linestyle=":", label="in proportion")
axis.set(xscale="log", yscale="log", title="What a larger batch, segment or code costs")
axis.set_xticks((0.5, 1, 2), ("half", "the post's", "double"))
axis.set_yticks((15, 20, 30, 40, 60), ("15", "20", "30", "40", "60"))
axis.minorticks_off()
axis.grid(alpha=0.3)
axis.legend()
figure.savefig(Path(__file__).parents[1] / "performance.png")

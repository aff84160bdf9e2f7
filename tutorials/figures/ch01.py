"""Draw the figure of chapter 1: python tutorials/figures/ch01.py"""
import numpy as np
from drawing import GREY, LEFT, RED, RIGHT, plt, save

from numpyae.audio import demo_song, notable_starts

RATE, LENGTH, ZOOM = 44100, 1024, 40


def segment():
    song = demo_song()
    start = notable_starts(song, LENGTH)["lively"]
    piece = song[start : start + LENGTH]
    figure = plt.figure(figsize=(8, 5.2), layout="constrained")
    grid = figure.add_gridspec(2, 2, width_ratios=(1.25, 1), height_ratios=(1, 1.5))
    whole, zoom, cloud = map(figure.add_subplot, (grid[0, :], grid[1, 0], grid[1, 1]))
    for channel, (name, colour) in enumerate((("left", LEFT), ("right", RIGHT))):
        whole.plot(piece[:, channel], color=colour, linewidth=1, label=name)
        zoom.plot(piece[:ZOOM, channel], "o-", color=colour, markersize=4, linewidth=0.5)
    whole.axvspan(0, ZOOM, color=GREY, alpha=0.25, linewidth=0)
    whole.legend(loc="upper right", ncols=2, frameon=False)
    title = f"one segment: {LENGTH} samples, {1000 * LENGTH / RATE:.0f} ms"
    whole.set(xlim=(0, LENGTH), title=title, xlabel="sample n")
    whole.set_ylim(top=1.35 * np.abs(piece).max())
    zoom.set(title=f"its first {ZOOM} samples", xlabel="sample n")

    some = song[::40]
    cloud.plot(some[:, 0], some[:, 1], ".", color=GREY, markersize=2, alpha=0.4)
    for sign, name in ((1, "mid"), (-1, "side")):
        end = 0.62
        arrow = {"arrowstyle": "->", "color": RED}
        cloud.annotate("", (end, sign * end), (-end, -sign * end), arrowprops=arrow)
        cloud.text(end, sign * (end + 0.1), name, color=RED, ha="center", va="center")
    cloud.set(
        xlim=(-0.8, 0.8), ylim=(-0.8, 0.8), aspect="equal",
        xlabel="left", ylabel="right", title="the whole song",
    )
    save(figure, "01-segment.png")


if __name__ == "__main__":
    segment()

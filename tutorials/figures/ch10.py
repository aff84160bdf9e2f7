"""Train the post's network and draw the figures of chapter 10: python tutorials/figures/ch10.py

Takes about five minutes on one core, three on two. The chapter's numbers go to ch10.json.
"""
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the training loop brings its own threads

import numpy as np
from drawing import GREY, LEFT, RED, RIGHT, plt, save, save_numbers
from harness import Training, generators_of_a_chapter

from numpyae.audio import demo_song, spaced_segments
from numpyae.evaluation import measure, reconstruct_segments

SEEDS, POST, ITERATIONS, SEGMENT, CONTEXT, SHOWN = (0, 1, 2), 150, 1500, 1024, 12, 14
WAYS = ("zeros", "reflected", "context")


def tree():
    samples, kernel, stride = 32, 4, 2
    figure, axis = plt.subplots(figsize=(8, 4.6), layout="constrained")
    heights = {"sound in": 4, "hidden in": 3, "features": 2, "hidden out": 1, "sound out": 0}
    for name, height in heights.items():
        axis.text(-4.2, height, name.split()[0], ha="right", va="center")
        step = {"sound": 1, "hidden": 2, "features": 4}[name.split()[0]]
        places = np.arange(0, samples, step) + (step - 1) / 2
        axis.plot(places, [height] * len(places), "o", color="#cccccc", markersize=4 + 2 * step, zorder=2)
    for feature, colour in ((0, RED), (4, LEFT)):
        middle = stride * stride * feature + 1.5
        axis.plot(middle, 2, "o", color=colour, markersize=12, zorder=4)
        axis.text(middle, 2, str(feature), ha="center", va="center", color="white", fontsize=9, zorder=5)
        for hidden_height, sound_height in ((3, 4), (1, 0)):
            for hidden in range(stride * feature - 1, stride * feature - 1 + kernel):
                centre, real = stride * hidden + 0.5, hidden >= 0
                look = {"color": colour, "linewidth": 1, "zorder": 1, "linestyle": "-" if real else ":"}
                axis.plot([middle, centre], [2, hidden_height], **look)
                dot(axis, centre, hidden_height, 8, colour, real)
                for sample in range(stride * hidden - 1, stride * hidden - 1 + kernel):
                    axis.plot([centre, sample], [hidden_height, sound_height], **look)
                    dot(axis, sample, sound_height, 6, colour, sample >= 0)
    axis.text(17.5, 4.35, "sees 10 samples: 13 to 22", ha="center", color=LEFT)
    axis.text(17.5, -0.4, "writes 10 samples: 13 to 22", ha="center", va="top", color=LEFT)
    axis.text(-3, 4.35, "sees 3 places before the sound", color=RED)
    axis.text(-3, -0.4, "7 come out otherwise: 0 to 6", color=RED, va="top")
    axis.set(xlim=(-8.5, samples), ylim=(-0.85, 4.75))
    axis.axis("off")
    save(figure, "10-tree.png")


def dot(axis, x, y, size, colour, real):
    axis.plot(x, y, "o", markersize=size, markeredgecolor=colour, color=colour if real else "white", zorder=3)


def surrounded(segments, way):
    """Return (what the network is given of the segments, how many samples to cut off on either side)."""
    alone = segments[:, CONTEXT:-CONTEXT]
    if way == "zeros":
        return alone, 0
    if way == "reflected":
        return np.pad(alone, ((0, 0), (CONTEXT, CONTEXT), (0, 0)), mode="reflect"), CONTEXT
    return segments, CONTEXT


def look(model, segments, way):
    """Return (RMS error of each sample, that of the edges, that between them, the first sample's gain)."""
    given, cut_off = surrounded(segments, way)
    measured = measure(model, given, cut_off)
    pairs = zip(*reconstruct_segments(model, given, cut_off), strict=True)
    x, y = (np.concatenate(each)[:, 0] for each in pairs)
    gain = np.vdot(x, y) / np.vdot(x, x)
    return np.sqrt(measured.error_by_time), *measured.edge_errors(model.edge_widths()), gain


def learn(song, segments, seed, edges, iterations):
    """Return {(iteration, way): what `look` returns} of one training."""
    training = Training(song, generators_of_a_chapter(seed), edges=edges, iterations=iterations)
    looked = {}
    for iteration in training.iterations():
        if iteration in (POST, ITERATIONS):
            looked.update({(iteration, way): look(training.model, segments, way) for way in WAYS})
    return looked


def edges(looked):
    figure, (first, last) = plt.subplots(1, 2, figsize=(8, 3.9), sharey=True, layout="constrained")
    looks = {
        "zeros": (RED, "o", "zeros"),
        "reflected": (RIGHT, "s", "the segment's own reflection"),
        "context": (LEFT, "o", "the song"),
    }
    for way, (colour, marker, label) in looks.items():
        errors, _, between, _ = looked[POST, way]
        relative = errors / between
        for axis, places in ((first, range(SHOWN)), (last, range(-SHOWN, 0))):
            style = {"color": colour, "markersize": 5, "linewidth": 1.5, "label": label}
            axis.plot(places, relative[places], marker + "-", **style)
    for axis, left, right in ((first, -0.5, 6.5), (last, -7.5, -0.5)):
        axis.axvspan(left, right, color="#eeeeee", zorder=0)
        axis.axhline(1, color=GREY, linewidth=1, zorder=0)
    first.set(title="the segment's first samples", xlabel="sample", xticks=range(0, SHOWN, 2))
    first.set_ylabel("RMS error, times that inside")
    last.set(title="its last samples", xlabel="sample, from the end", xticks=range(1 - SHOWN, 0, 2))
    first.set_yscale("log")
    first.set_yticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
    first.minorticks_off()
    first.legend(title="beyond the ends are", frameon=False, loc="upper right")
    save(figure, "10-edges.png")


def main():
    tree()
    song = demo_song()
    segments = spaced_segments(song, 500, SEGMENT, CONTEXT)
    trained = {
        "trained among zeros": [learn(song, segments, seed, "same", ITERATIONS) for seed in SEEDS],
        "trained with context": [learn(song, segments, seed, "context", POST) for seed in SEEDS],
    }
    edges(trained["trained among zeros"][0])
    numbers = {}
    for how, runs in trained.items():
        for key in runs[0]:
            iteration, way = key
            words = f"{how}, {iteration} iterations, measured with {way}"
            _, outer, between, gains = zip(*(looked[key] for looked in runs), strict=True)
            ratios = np.divide(outer, between)
            numbers[f"{words}: outer / interior"] = [float(f"{each:.3g}") for each in ratios]
            numbers[f"{words}: outer RMS error"] = [float(f"{each:.2g}") for each in outer]
            numbers[f"{words}: gain of the first sample"] = [float(f"{each:.2f}") for each in gains]
    save_numbers("ch10.json", numbers)


if __name__ == "__main__":
    main()

"""Train the post's network, draw the figures of chapter 10 and print its numbers: python tutorials/figures/ch10.py

Takes about five minutes on one core, three on two. The numbers are also written to ch10.json.
"""
import json
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the training loop brings its own threads

import numpy as np
from drawing import FOLDER, GREY, LEFT, RED, RIGHT, plt, save

from numpyae import Autoencoder
from numpyae.audio import demo_song, spaced_segments
from numpyae.training import train

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
    """Return (RMS error of each sample, gain of each sample) over the segments, with 7 + 7 edge samples among them."""
    given, cut_off = surrounded(segments, way)
    x = segments[:, CONTEXT:-CONTEXT].astype(np.float64)
    y = model.forward(given)[0][:, cut_off : given.shape[1] - cut_off].astype(np.float64)
    return np.sqrt(np.square(y - x).mean(axis=(0, 2))), (x * y).sum(axis=(0, 2)) / np.square(x).sum(axis=(0, 2))


def outer_and_interior(errors):
    outer = np.square(np.r_[errors[:7], errors[-7:]]).mean()
    return np.sqrt(outer), np.sqrt(np.square(errors[7:-7]).mean())


def learn(song, segments, seed, context, iterations):
    """Return {(iteration, way): (errors, gains)} of one training."""
    model = Autoencoder(rng=np.random.default_rng(seed))
    looked = {}

    def remember(iteration, _):
        if iteration in (POST, ITERATIONS):
            looked.update({(iteration, way): look(model, segments, way) for way in WAYS})

    train(
        model, song, iterations=iterations, batch_size=100, segment=SEGMENT, learning_rate=3e-3, context=context,
        rng=np.random.default_rng(100 + seed), on_iteration=remember,
    )
    return looked


def edges(looked):
    figure, (first, last) = plt.subplots(1, 2, figsize=(8, 3.9), sharey=True, layout="constrained")
    looks = {
        "zeros": (RED, "o", "zeros"),
        "reflected": (RIGHT, "s", "the segment's own reflection"),
        "context": (LEFT, "o", "the song"),
    }
    for way, (colour, marker, label) in looks.items():
        errors = looked[POST, way][0]
        relative = errors / outer_and_interior(errors)[1]
        for axis, places in ((first, range(SHOWN)), (last, range(-SHOWN, 0))):
            axis.plot(places, relative[places], marker + "-", color=colour, markersize=5, linewidth=1.5, label=label)
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
        "trained among zeros": [learn(song, segments, seed, 0, ITERATIONS) for seed in SEEDS],
        "trained with context": [learn(song, segments, seed, CONTEXT, POST) for seed in SEEDS],
    }
    edges(trained["trained among zeros"][0])
    numbers = {}
    for how, runs in trained.items():
        for key in runs[0]:
            iteration, way = key
            words = f"{how}, {iteration} iterations, measured with {way}"
            errors = [outer_and_interior(looked[key][0]) for looked in runs]
            numbers[f"{words}: outer / interior"] = [float(f"{outer / interior:.3g}") for outer, interior in errors]
            numbers[f"{words}: outer RMS error"] = [float(f"{outer:.2g}") for outer, _ in errors]
            numbers[f"{words}: gain of the first sample"] = [float(f"{looked[key][1][0]:.2f}") for looked in runs]
    text = ",\n".join(f"  {json.dumps(name)}: {values}" for name, values in numbers.items())
    (FOLDER / "ch10.json").write_text(f"{{\n{text}\n}}\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()

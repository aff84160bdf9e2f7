"""Train on songs with other correlations, draw the figure of chapter 11: python tutorials/figures/ch11.py

Takes about three minutes on one core, less on two. The numbers that the chapter quotes are written to
ch11.json.
"""
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the training loop brings its own threads

import numpy as np
import signals
from drawing import GREY, LEFT, RED, RIGHT, plt, save, save_numbers
from harness import POST, Training, generators_of_a_chapter

from numpyae.audio import demo_song, octave_snrs, spaced_segments
from numpyae.evaluation import measure

SEEDS, RATE = range(5), 44100
EARLY = (*range(1, 11), *range(12, 51, 2))  # iterations at which mid and side are measured
PROBE = 2**17  # samples from the song's middle, in which the error at each frequency is measured


def songs():
    """Return name -> (song, iterations); all are equally loud."""
    song = demo_song(rate=RATE)
    return {
        "the song": (song, 150),
        "right negated": (signals.right_negated(song), EARLY[-1]),
        "right reversed in time": (signals.right_reversed(song), EARLY[-1]),
        "every second sample negated": (signals.every_second_negated(song), 150),
        "pre-emphasised": (signals.treble_lifted(song, 0.9), 150),
        "white noise": (signals.noise_like(song, seed=9), 150),
    }


def relative(snr):
    """Return the energy of the error over the energy of the signal."""
    return 10 ** (-snr / 10)


def learn(song, iterations, seed):
    """Train once; return {iteration: (error of the mid, of the side)} and [(octave's centre, error), ...]."""
    training = Training(song, generators_of_a_chapter(seed), iterations=iterations)
    segments, early = spaced_segments(song, 100, POST.segment), {}
    for iteration in training.iterations():
        if iteration in EARLY:
            found = measure(training.model, segments)
            early[iteration] = (relative(found.snr_mid_db), relative(found.snr_side_db))
    middle = song[(len(song) - PROBE) // 2 :][:PROBE]
    bands = octave_snrs(middle, training.model.forward(middle[None])[0][0], RATE)
    return early, [(centre, relative(snr)) for centre, snr in bands]


def draw(found):
    figure = plt.figure(figsize=(8, 7), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(1, 1.15))
    panels = top.subplots(1, 3, sharey=True)
    for axis, name in zip(panels, ("the song", "right negated", "right reversed in time"), strict=True):
        for early, _ in found[name]:
            for part, (colour, words) in enumerate(((LEFT, "mid"), (RIGHT, "side"))):
                errors = [both[part] for both in early.values()]
                axis.loglog(list(early), errors, color=colour, linewidth=1.2, alpha=0.8, label=words)
        axis.set(
            title=name, xlabel="iteration", xlim=(1, EARLY[-1]), ylim=(0.01, 2), xticks=[1, 3, 10, 30],
            xticklabels=["1", "3", "10", "30"],
        )
        axis.minorticks_off()
    panels[0].set(ylabel="error / silence", yticks=[0.01, 0.1, 1], yticklabels=["1%", "10%", "100%"])
    handles, words = panels[0].get_legend_handles_labels()
    panels[0].legend(handles[:2], words[:2], loc="lower left", frameon=False)

    axis = bottom.subplots()
    for name, colour, style in [
        ("the song", LEFT, "o-"), ("every second sample negated", RIGHT, "s-"),
        ("pre-emphasised", GREY, "^-"), ("white noise", RED, "D-"),
    ]:
        centres = [centre for centre, _ in found[name][0][1]]
        errors = np.array([[error for _, error in bands] for _, bands in found[name]])
        lowest, middle, highest = errors.min(axis=0), np.median(errors, axis=0), errors.max(axis=0)
        axis.fill_between(centres, lowest, highest, color=colour, alpha=0.15, linewidth=0)
        axis.loglog(centres, middle, style, color=colour, linewidth=1.6, markersize=5, label=name)
    axis.set(
        xlabel="frequency in Hz (octave bands)", ylabel="error / silence", ylim=(2e-5, 40),
        title="after 150 iterations: median and range of five seeds", xticks=[31.5, 125, 500, 2000, 8000],
        xticklabels=["31", "125", "500", "2,000", "8,000"], yticks=[0.0001, 0.001, 0.01, 0.1, 1],
        yticklabels=["0.01%", "0.1%", "1%", "10%", "100%"],
    )
    axis.minorticks_off()
    axis.legend(loc="upper left", frameon=False, ncols=2)
    save(figure, "11-order.png")


def two_digits(value):
    return float(f"{value:.2g}")


def main():
    found = {
        name: [learn(song, iterations, seed) for seed in SEEDS]
        for name, (song, iterations) in songs().items()
    }
    draw(found)
    numbers = {}
    for name in ("the song", "right negated", "right reversed in time"):
        for part, words in enumerate(("mid", "side")):
            for iteration in (10, 20, 50):
                numbers[f"{name}: error of the {words} after {iteration} iterations"] = [
                    two_digits(early[iteration][part]) for early, _ in found[name]
                ]
    for name, (_, iterations) in songs().items():
        if iterations == 150:
            for octave in (125, 500, 2000, 8000, 16000):
                numbers[f"{name}: error at {octave} Hz after 150 iterations"] = [
                    two_digits(dict(bands)[octave]) for _, bands in found[name]
                ]
    save_numbers("ch11.json", numbers)


if __name__ == "__main__":
    main()

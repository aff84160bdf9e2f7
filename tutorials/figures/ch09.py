"""Train the post's network and draw the figures of chapter 9: python tutorials/figures/ch09.py

Takes about five minutes on one core. The numbers of the chapter are printed, and written to ch09.json.
"""
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the training loop brings its own threads

import numpy as np
from drawing import FOLDER, GREY, LEFT, RED, RIGHT, plt, save, save_numbers
from harness import Training, generators_of_a_chapter

from numpyae.audio import demo_song, notable_starts, snr_db, spaced_segments
from numpyae.evaluation import measure
from numpyae.report.animation import save_animation

SEEDS, ITERATIONS, POST, RATE, SEGMENT = (0, 1, 2), 1500, 150, 44100, 1024
QUOTED = (0, 1, 10, 50, POST, 300, ITERATIONS)
STILLS = (0, 10, 50, POST)
FRAMES = {*range(20), *range(20, POST + 1, 5)}


def last_tenth(iteration):
    """Return the iterations that a quoted number is the median of: a single one depends on its last batch."""
    return {round(iteration * (0.9 + 0.01 * hundredth)) for hundredth in range(11)}


ON_THE_CURVE = sorted({*np.geomspace(1, ITERATIONS, 90).round().astype(int).tolist()})
MEASURED = {*ON_THE_CURVE}.union(*map(last_tenth, QUOTED))


def learn(song, seed, segments, one):
    """Train once; return {iteration: the segments' measures} and [(iteration, what came back of `one`)]."""
    training = Training(song, generators_of_a_chapter(seed), iterations=ITERATIONS)
    silence = np.square(segments, dtype=np.float64).mean()
    measured, frames = {}, []
    for iteration in training.iterations():
        if iteration in MEASURED:
            numbers = measure(training.model, segments).numbers()
            measured[iteration] = {**numbers, "relative": numbers["loss"] / silence}
        if iteration in FRAMES:
            frames.append((iteration, training.model.forward(one[None])[0][0]))
    return measured, frames


def spikes(song, segments, later_rate):
    """Train small, from iteration 1,000 on at another rate; return the highest late loss over the median."""
    generators = np.random.default_rng(0), np.random.default_rng(1)
    training = Training(song, generators, iterations=2000, batch_size=20, segment=512)
    losses = []
    for iteration in training.iterations():
        if iteration == 1000:
            training.adam.learning_rate = later_rate
        if iteration > 1100 and iteration % 5 == 0:
            losses.append(measure(training.model, segments).loss)
    return max(losses) / np.median(losses)


def curve(runs):
    figure, axis = plt.subplots(figsize=(8, 4.4), layout="constrained")
    for seed, measured in enumerate(runs):
        relative = [measured[iteration]["relative"] for iteration in ON_THE_CURVE]
        look = {"color": LEFT, "linewidth": 1.6, "alpha": 1 - 0.3 * seed, "label": f"seed {seed}"}
        axis.loglog(ON_THE_CURVE, relative, **look)
    axis.axhline(1, color=GREY, linewidth=1)
    axis.text(1.05, 1.12, "silence costs this much", color=GREY)
    axis.axvline(POST, color=RED, linewidth=1.2, linestyle="--")
    words = "the post stops here:\n150 iterations,\n348 s of sound"
    axis.text(POST * 0.93, 0.18, words, color=RED, ha="right")
    axis.set(
        xlabel="iteration (each 100 segments of 1,024 samples)", ylabel="loss / loss of silence",
        xlim=(1, ITERATIONS), ylim=(3e-4, 2),
        xticks=[1, 10, 50, 150, 500, 1500], xticklabels=["1", "10", "50", "150", "500", "1,500"],
    )
    axis.minorticks_off()
    decibels = axis.twinx()
    decibels.set(ylabel="SNR in dB", ylim=-10 * np.log10(axis.get_ylim()), yticks=[0, 10, 20, 30])
    decibels.spines["right"].set_visible(True)
    axis.legend(loc="lower left", frameon=False)
    save(figure, "09-learning-curve.png")


def one_segment(one, frames):
    shape = {"figsize": (8, 7.2), "sharex": True, "sharey": True, "layout": "constrained"}
    figure, axes = plt.subplots(len(STILLS), 2, **shape)
    milliseconds = 1000 * np.arange(SEGMENT) / RATE
    for row, iteration in zip(axes, STILLS, strict=True):
        back = dict(frames)[iteration]
        for axis, original, reconstruction, colour in zip(row, one.T, back.T, (LEFT, RIGHT), strict=True):
            axis.plot(milliseconds, original, color="#bbbbbb", linewidth=3)
            axis.plot(milliseconds, reconstruction, color=colour, linewidth=1.2)
        row[0].set_ylabel(f"{iteration} iterations\n{tenth(snr_db(one, back))} dB")
    axes[0, 0].set(title="left", xlim=(0, milliseconds[-1]))
    axes[0, 1].set_title("right")
    for axis in axes[-1]:
        axis.set_xlabel("milliseconds (grey: the original)")
    save(figure, "09-one-segment.png")


def two_digits(value):
    return float(f"{value:.2g}")


def tenth(value):
    return round(value, 1) + 0  # + 0: no "-0.0"


def quoted(runs, name, iteration):
    """Return for each run the median of a measurement over the last tenth of its iterations."""
    return [float(np.median([measured[each][name] for each in last_tenth(iteration)])) for measured in runs]


def main():
    song = demo_song(rate=RATE)
    segments = spaced_segments(song, 100, SEGMENT)
    start = notable_starts(song, SEGMENT)["lively"]
    one = song[start : start + SEGMENT]
    learned = [learn(song, seed, segments, one) for seed in SEEDS]
    runs, frames = [measured for measured, _ in learned], learned[0][1]
    curve(runs)
    one_segment(one, frames)
    save_animation(FOLDER / "09-learning.gif", one, frames, RATE)

    numbers = {
        f"{words} after {iteration} iterations": [*map(digits, quoted(runs, name, iteration))]
        for words, name, digits in [
            ("loss / loss of silence", "relative", two_digits), ("SNR in dB", "snr_db", tenth),
            ("SNR of the mid in dB", "snr_mid_db", tenth), ("SNR of the side in dB", "snr_side_db", tenth),
        ]
        for iteration in QUOTED
    }
    ratios = np.divide(quoted(runs, "loss", POST), quoted(runs, "loss", ITERATIONS))
    numbers[f"loss after {POST} / loss after {ITERATIONS}"] = [*map(two_digits, ratios)]
    for iteration in STILLS:
        snr = tenth(snr_db(one, dict(frames)[iteration]))
        numbers[f"the one segment, SNR in dB after {iteration}"] = [snr]
    rates = (3e-3, 3e-4)
    numbers["a small training at rates of 0.003 and 0.0003: highest loss / median"] = [
        two_digits(spikes(song, segments[:50], rate)) for rate in rates
    ]
    save_numbers("ch09.json", numbers)


if __name__ == "__main__":
    main()

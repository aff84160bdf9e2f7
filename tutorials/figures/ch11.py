"""Train on songs that differ in their correlations, draw the figure of chapter 11: python tutorials/figures/ch11.py

Takes about three minutes on one core, less on two. The numbers that the chapter quotes are written to ch11.json.
"""
import json
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the training loop brings its own threads

import numpy as np
from drawing import FOLDER, GREY, LEFT, RED, RIGHT, plt, save

from numpyae import Autoencoder
from numpyae.audio import demo_song, octave_snrs, spaced_segments
from numpyae.training import measure, train

SEEDS, RATE, SEGMENT, BATCH = range(5), 44100, 1024, 100
EARLY = (*range(1, 11), *range(12, 51, 2))  # iterations at which mid and side are measured
PROBE = 2**17  # samples from the song's middle, in which the error at each frequency is measured


def songs():
    """Return name -> (song, iterations); all are equally loud."""
    song = demo_song(rate=RATE)
    emphasised = song - 0.9 * np.concatenate([np.zeros((1, 2), song.dtype), song[:-1]])
    emphasised *= np.sqrt(np.square(song).mean() / np.square(emphasised).mean())
    noise = np.sqrt(np.square(song).mean()) * np.random.default_rng(9).standard_normal(song.shape)
    signs = np.where(np.arange(len(song)) % 2, -1, 1)[:, None]
    return {
        "the song": (song, 150),
        "right negated": (song * np.float32([1, -1]), EARLY[-1]),
        "right reversed in time": (np.stack([song[:, 0], song[::-1, 1]], axis=1), EARLY[-1]),
        "every second sample negated": ((song * signs).astype(np.float32), 150),
        "pre-emphasised": (emphasised.astype(np.float32), 150),
        "white noise": (noise.astype(np.float32), 150),
    }


def relative(snr):
    """Return the energy of the error over the energy of the signal."""
    return 10 ** (-snr / 10)


def learn(song, iterations, seed):
    """Train once; return {iteration: (error of the mid, of the side)} and [(octave's centre in Hz, error), ...]."""
    model = Autoencoder(rng=np.random.default_rng(seed))
    segments, early = spaced_segments(song, 100, SEGMENT), {}

    def look(iteration, _):
        if iteration in EARLY:
            found = measure(model, segments)
            early[iteration] = (relative(found["snr_mid_db"]), relative(found["snr_side_db"]))

    train(
        model, song, iterations=iterations, batch_size=BATCH, segment=SEGMENT, learning_rate=3e-3,
        rng=np.random.default_rng(100 + seed), on_iteration=look,
    )
    middle = song[(len(song) - PROBE) // 2 :][:PROBE]
    bands = octave_snrs(middle, model.forward(middle[None])[0][0], RATE)
    return early, [(centre, relative(snr)) for centre, snr in bands]


def draw(found):
    figure = plt.figure(figsize=(8, 7), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(1, 1.15))
    panels = top.subplots(1, 3, sharey=True)
    for axis, name in zip(panels, ("the song", "right negated", "right reversed in time")):
        for early, _ in found[name]:
            for colour, errors, words in zip((LEFT, RIGHT), zip(*early.values()), ("mid", "side")):
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
        ("the song", LEFT, "o-"), ("every second sample negated", RIGHT, "s-"), ("pre-emphasised", GREY, "^-"),
        ("white noise", RED, "D-"),
    ]:
        centres = [centre for centre, _ in found[name][0][1]]
        errors = np.array([[error for _, error in bands] for _, bands in found[name]])
        axis.fill_between(centres, errors.min(axis=0), errors.max(axis=0), color=colour, alpha=0.15, linewidth=0)
        axis.loglog(centres, np.median(errors, axis=0), style, color=colour, linewidth=1.6, markersize=5, label=name)
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
        name: [learn(song, iterations, seed) for seed in SEEDS] for name, (song, iterations) in songs().items()
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
    text = ",\n".join(f"  {json.dumps(name)}: {values}" for name, values in numbers.items())
    (FOLDER / "ch11.json").write_text(f"{{\n{text}\n}}\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()

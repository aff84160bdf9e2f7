"""Measure what the post claims, on the demo song and on songs of your own: python docs/claims.py [SONG ...] [--quick]

Writes docs/claims.json, where every measurement stands under its settings, so that a stopped run goes on, and
docs/claims.md, the tables made of them.
"""
import argparse
import hashlib
import json
import sys
import time
from pathlib import Path

from numpyae.command import one_blas_thread

one_blas_thread()  # before NumPy is imported

import numpy as np

from numpyae import Adam, Autoencoder
from numpyae.atomic import write_text
from numpyae.audio import (
    cut, demo_song, notable_starts, octave_snrs, random_segments, read, snr_db, spaced_segments,
)
from numpyae.training import edge_errors, measure, reconstructions, train
from numpyae.training.session import random_streams
from numpyae.whole_song import reconstruct

FOLDER = Path(__file__).parent
SEGMENT, BATCH, ITERATIONS = 1024, 100, 150  # the post's
FEATURES = (8, 16, 32, 64, 96, 128, 256)
MILESTONES = (10, 50, 150, 300, 1000, 1500, 3000)
PASSED = 10  # dB, from which mid or side counts as learned


class Measurements:
    """Results by their settings, kept in a file; what is there is not measured again."""

    def __init__(self, path, songs):
        self.path, self.songs = path, songs
        self.found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def of(self, song, **settings):
        """Return what a network trained with these settings does on the song of this name; see `trained`."""
        samples, rate = self.songs[song]
        key = " ".join([song, hashlib.sha256(samples.tobytes()).hexdigest()[:12], *(f"{k}={v}" for k, v in settings.items())])
        if key not in self.found:
            started = time.perf_counter()
            self.found[key] = trained(samples, rate, **settings)
            write_text(self.path, json.dumps(self.found, indent=1) + "\n")
            print(f"{time.perf_counter() - started:6.1f} s  {key}", file=sys.stderr, flush=True)
        return self.found[key]


def trained(song, rate, *, init="glorot", edges="same", features=64, iterations=ITERATIONS, seed=0, change="none"):
    """Train as the command does, on a song that may be changed first, and return all that the tables ask of it."""
    song = CHANGES[change](song)
    first, batches, evaluation = random_streams(seed)
    model = Autoencoder(song.shape[1], features=features, init=init, rng=first)
    context = model.context() if edges == "context" else 0
    fixed = random_segments(song, 16, SEGMENT, evaluation, context)
    segments = spaced_segments(song, 1000, SEGMENT, context)
    snrs, passed = {}, {"mid": None, "side": None}
    started = time.perf_counter()

    def watch(iteration, loss):
        measured = measure(model, fixed, context)
        for name in passed:
            value = measured[f"snr_{name}_db"]
            if passed[name] is None and value is not None and value >= PASSED:
                passed[name] = iteration
        if iteration in MILESTONES:
            snrs[str(iteration)] = measure(model, segments, context)

    train(
        model, song, iterations=iterations, batch_size=BATCH, segment=SEGMENT, context=context, rng=batches,
        on_iteration=watch, optimizer=Adam(model.parameters, 3e-3),
    )
    result = {"seconds": round(time.perf_counter() - started, 1), "snr": snrs, "passed": passed}
    whole = np.concatenate([piece for _, piece in reconstruct(model, [song])])
    result["octaves"] = [[centre, value] for centre, value in octave_snrs(song, whole, rate)]
    starts = notable_starts(song, SEGMENT)
    result["kinds"] = {
        kind: snr_db(*map(np.concatenate, zip(*reconstructions(model, cut(song, [starts[kind]], SEGMENT, context), context))))
        for kind in ("periodic", "low", "high")
    }
    result["corners"] = corners(model, segments, context)
    result["edges"] = edge_ratios(model, song, context)
    return result


def corners(model, segments, context):
    """Return the RMS error on the sharpest hundredth of the samples, as a multiple of that on all others."""
    pairs = [*reconstructions(model, segments, context)]
    original, reconstruction = (np.concatenate(each) for each in zip(*pairs))
    inside = slice(20, -20)  # away from the edges
    sharpness = np.abs(np.diff(original, 2, axis=1))[:, inside]
    error = np.square(original - reconstruction)[:, 1:-1][:, inside]
    sharp = sharpness > np.quantile(sharpness, 0.99)
    return float(np.sqrt(error[sharp].mean() / error[~sharp].mean()))


def edge_ratios(model, song, context):
    """Return the RMS error at the segments' ends over that inside, with zeros, reflected or real samples beyond them."""
    beyond = model.context()
    bare, real = spaced_segments(song, 1000, SEGMENT), spaced_segments(song, 1000, SEGMENT, beyond)
    reflected = np.pad(bare, ((0, 0), (beyond, beyond), (0, 0)), mode="reflect")
    seen = {"zeros": (bare, 0), "reflected": (reflected, beyond), "real": (real, beyond)}
    errors = {name: edge_errors(model, *each) for name, each in seen.items()}
    return {name: outer / inside if inside else None for name, (outer, inside) in errors.items()}


def negated(song):
    """Return the song with its right channel upside down: what left and right shared is now the side."""
    return song * np.array([1, -1], np.float32)


def decorrelated(song):
    """Return the song with its right channel half the song later: mid and side are as loud as each other."""
    return np.stack([song[:, 0], np.roll(song[:, 1], len(song) // 2)], axis=1)


def white(song):
    """Return noise of the song's loudness and length: as much of every frequency, and of mid and side."""
    noise = np.random.default_rng(0).standard_normal(song.shape).astype(np.float32)
    return noise * np.float32(np.sqrt(np.square(song).mean()))


def emphasised(song):
    """Return the song with its high frequencies lifted, x[n] - 0.95 x[n - 1], as loud as before."""
    lifted = song.copy()
    lifted[1:] -= np.float32(0.95) * song[:-1]
    return lifted * np.float32(np.sqrt(np.square(song).mean() / np.square(lifted).mean()))


CHANGES = {
    "none": lambda song: song, "negated": negated, "decorrelated": decorrelated, "white": white, "emphasised": emphasised,
}


def spread(values, digits=1):
    """Return the median of the values that are there, and their range: "23.9 (23.5 to 25.1)"."""
    values = [value for value in values if value is not None]
    if not values:
        return "never"
    middle = f"{np.median(values):.{digits}f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def table(head, rows):
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("songs", nargs="*", type=Path, metavar="SONG")
    parser.add_argument("--quick", action="store_true", help="one seed and the demo song only, in a few minutes")
    parser.add_argument("--output", type=Path, default=FOLDER / "claims.json", help="where the measurements are kept")
    options = parser.parse_args()
    songs = {"demo song": (demo_song(), 44100)}
    if not options.quick:
        songs |= {path.stem: read(path) for path in options.songs}
    measured = Measurements(options.output, songs)
    seeds = range(1 if options.quick else 5)
    sections = [section(measured, [*songs], seeds, options.quick) for section in SECTIONS]
    write_text(options.output.with_suffix(".md"), "\n\n".join([HEAD, *sections]) + "\n")


HEAD = """# What the post says, and what is so

Made by `python docs/claims.py SONG ...`, from the measurements in `claims.json`. Everything is as in the post (100 random
segments of 1024 samples, 150 iterations, 64 features), with our 32 hidden channels and learning rate of 0.003, unless a
table says otherwise. Where there are several seeds, it is their median, with the lowest and the highest in brackets."""


def whole_runs(measured, songs, seeds, quick):
    """The post's run on every song: what it reaches, which channel comes first, which segments are hard."""
    rows = []
    for song in songs:
        runs = [measured.of(song, seed=seed) for seed in seeds]
        rows.append([
            song, spread([run["snr"]["150"]["snr_db"] for run in runs]),
            *(spread([run["passed"][name] for run in runs], 0) for name in ("mid", "side")),
            *(spread([run["kinds"][kind] for run in runs]) for kind in ("periodic", "low", "high")),
            spread([run["corners"] for run in runs]), spread([run["seconds"] for run in runs]),
        ])
    return "## The post's run\n\n" + table(
        ["song", "SNR, dB", "mid passes 10 dB at iteration", "side at", "most regular segment, dB", "lowest, dB",
         "highest, dB", "error at sharp corners / elsewhere", "seconds"], rows)


def convergence(measured, songs, seeds, quick):
    """How much is still to gain after 150 iterations."""
    last = 300 if quick else 3000
    rows = []
    for song in songs[:2]:
        snrs = measured.of(song, iterations=last)["snr"]
        rows.append([song, *(f"{snrs[str(each)]['snr_db']:.1f}" for each in MILESTONES if each <= last)])
    return "## Does it converge in 150 iterations?\n\nSNR in dB after so many iterations, seed 0.\n\n" + table(
        ["song", *(f"{each:,}" for each in MILESTONES if each <= last)], rows)


def octaves(measured, songs, seeds, quick):
    """The SNR of each octave: music, white noise, and music with its high frequencies lifted."""
    rows, centres = [], None
    for song in songs:
        for change in ("none", "white", "emphasised"):
            found = measured.of(song, seed=0) if change == "none" else measured.of(song, seed=0, change=change)
            centres = [centre for centre, _ in found["octaves"]]
            what = {"none": song, "white": f"{song}: noise as loud", "emphasised": f"{song}: treble lifted"}[change]
            rows.append([what, *("" if value is None else f"{value:.0f}" for _, value in found["octaves"])])
    return "## Low and high frequencies\n\nSNR in dB of each octave, by its centre in Hz, seed 0.\n\n" + table(
        ["", *(f"{centre:g}" for centre in centres)], rows)


def stereo(measured, songs, seeds, quick):
    """Which of mid and side comes first, and the controls."""
    rows = []
    for song in songs:
        for change in ("none", "negated", "decorrelated"):
            runs = [measured.of(song, seed=s) if change == "none" else measured.of(song, seed=s, change=change) for s in seeds]
            mid, side = ([run["passed"][name] or 10**9 for run in runs] for name in ("mid", "side"))
            rows.append([
                song, {"none": "as it is", "negated": "right channel negated", "decorrelated": "right channel later"}[change],
                *(spread([run["passed"][name] for run in runs], 0) for name in ("mid", "side")),
                f"{sum(m < s for m, s in zip(mid, side))} of {len(runs)}",
            ])
    return "## Mid before side?\n\nThe iteration at which each passes 10 dB.\n\n" + table(
        ["song", "", "mid", "side", "mid first"], rows)


def widths(measured, songs, seeds, quick):
    """What more features give, in 150 iterations and in many."""
    parts = []
    for long in (False, True):
        rows, names = [], songs[:2] if long else songs
        for song in names:
            snrs = []
            for features in FEATURES:
                iterations = ITERATIONS if not long else 1500 if features >= 128 else 3000
                if quick and (long or features > 64):
                    snrs.append("")
                    continue
                found = measured.of(song, features=features, iterations=iterations)
                snrs.append(f"{found['snr'][str(iterations)]['snr_db']:.1f}")
            rows.append([song, *snrs])
        said = "3,000 iterations (1,500 from 128 features on)" if long else "150 iterations"
        parts.append(f"SNR in dB after {said}, seed 0.\n\n" + table(["features", *FEATURES], rows))
    return "## More features, or more iterations?\n\n" + "\n\n".join(parts)


def edges(measured, songs, seeds, quick):
    """The error at the ends of segments, trained and run with zeros, reflected and real samples beyond them."""
    rows = []
    for song in songs:
        for trained_with in ("same", "context"):
            found = [measured.of(song, seed=s) if trained_with == "same" else measured.of(song, seed=s, edges="context")
                     for s in seeds]
            rows.append([song, {"same": "zeros", "context": "the song"}[trained_with],
                         *(spread([run["edges"][seen] for run in found], 2) for seen in ("zeros", "reflected", "real"))])
    return "## The edges\n\nRMS error of the outer 7 samples over that inside, by what the network sees beyond a segment.\n\n" + (
        table(["song", "trained seeing", "run with zeros", "run with reflected samples", "run with the song"], rows))


def better(measured, songs, seeds, quick):
    """The post's network and budget, better understood."""
    rows = []
    for song in songs:
        rows.append([song, *(
            spread([measured.of(song, seed=s, **settings)["snr"]["150"]["snr_db"] for s in seeds])
            for settings in ({}, {"init": "mirrored"}, {"edges": "context"}, {"init": "mirrored", "edges": "context"})
        )])
    return "## Better than the post, with its network and its 150 iterations\n\nSNR in dB.\n\n" + table(
        ["song", "the post's", "mirrored start", "context at the edges", "both"], rows)


SECTIONS = (whole_runs, convergence, stereo, octaves, widths, edges, better)


if __name__ == "__main__":
    main()

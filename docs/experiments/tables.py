"""Write the tables of docs/claims.md between their markers: python docs/experiments/tables.py

The numbers in the tables come from results/post.tsv.
"""
import re
import sys
from pathlib import Path

import numpy as np
from harness import Results, name_of
from plan import BETTER, BOTH, CONTEXT, DEMO, FEW, MILESTONES, MIRRORED, NO_TRAINING, STEPS, Plan

from numpyae.atomic import write_text
from numpyae.command import DONE, run
from numpyae.errors import InputError

PAGE = Path(__file__).parents[1] / "claims.md"
RESULTS = Path(__file__).parent / "results" / "post.tsv"
PLACE = re.compile(r"(<!-- table: (.+?) -->\n).*?(<!-- /table -->)", re.S)


class Book:
    """The results by song and by settings.

    songs: the demo song, then the others from A to Z; long_songs: those on which networks were also trained
    for long.
    """

    def __init__(self, results, plan):
        self.results, self.plan = results, plan
        songs = {song for song, *_ in results.values} - {"-"}
        self.songs = sorted(songs, key=lambda song: (song != DEMO, song))
        long = name_of(self.long(64))
        self.long_songs = [song for song in self.songs if (song, long, "0", "snr") in results.values]
        octaves = {metric.split()[1] for _, _, _, metric in results.values if metric.startswith("octave ")}
        self.octaves = sorted(octaves, key=float)

    def one(self, song, metric, seed=0, **settings):
        """Return a number of one training run, or None."""
        return self.results.number(song, name_of(settings), seed, metric)

    def all(self, song, metric, **settings):
        """Return a number for each seed, from the training runs with these settings."""
        return [self.one(song, metric, seed, **settings) for seed in self.plan.seeds]

    def fact(self, song, metric):
        """Return a number that needs no training run, for a song or, if song is "-", for the network."""
        return self.results.number(song, NO_TRAINING, "-", metric)

    def cell(self, text_of, song, training, seed, metric):
        """Return a number as text, or "" if it is undefined or missing."""
        value = self.results.values.get((song, training, seed, metric), "none")
        return "" if value == "none" else text_of(float(value))

    def in_octaves(self, song, metric="octave", **settings):
        """Return the cells of a row with a number for each octave; undefined numbers give empty cells."""
        training = (NO_TRAINING, "-") if metric == "energy" else (name_of(settings), "0")
        return [self.cell(round, song, *training, f"{metric} {octave}") for octave in self.octaves]

    def long(self, features):
        """Return the settings of the long training run with this number of features."""
        return {"features": features, "iterations": self.plan.longest(features)}


def tenth(value):
    return f"{value:.1f}"


def spread(values, digits=1):
    """Return the median and the range of the values that are not None: "23.9 (23.5 to 25.1)"."""
    there = [value for value in values if value is not None]
    if not there:
        return "never"
    middle, lowest, highest = (f"{find(there):.{digits}f}" for find in (np.median, min, max))
    never = f", never in {len(values) - len(there)}" if len(there) < len(values) else ""
    return middle if len(values) == 1 else f"{middle} ({lowest} to {highest}{never})"


def mid_first(book, song, sound):
    """Return how many of the training runs learned the mid before the side."""
    learned = zip(*(book.all(song, f"learned {part}", sound=sound) for part in ("mid", "side")), strict=True)
    return sum(mid is not None and (side is None or mid < side) for mid, side in learned)


def the_run(book):
    yield [
        "song", "SNR", "most regular segment", "lowest segment", "highest segment",
        "error at sharp corners / elsewhere",
    ]
    metrics = ("snr", "segment periodic", "segment low", "segment high", "corners ratio")
    for song in book.songs:
        yield [song, *(spread(book.all(song, metric)) for metric in metrics)]


def seconds(book):
    yield ["song", "SNR", "seconds of training", "seconds in total", "animation, MB"]
    metrics = ("snr", "training seconds", "all seconds", "animation, MB")
    for song in book.songs:
        yield [song, *(tenth(book.fact(song, f"command {metric}")) for metric in metrics)]


def convergence(book):
    times = [each for each in MILESTONES if 0 < each <= book.plan.longest(64)]
    yield ["iterations", *(f"{each:,}" for each in times)]
    for song in book.long_songs:
        yield [song, *(tenth(book.one(song, f"course {each}", **book.long(64))) for each in times)]


def controls(book):
    yield ["song", "", "mid learned at iteration", "side learned at iteration", "mid first"]
    for song in book.songs:
        sounds = ("unchanged", "the song"), ("right negated",) * 2, ("right shifted", "right later")
        for words, sound in sounds:
            learned = [spread(book.all(song, f"learned {part}", sound=sound), 0) for part in ("mid", "side")]
            yield [song, words, *learned, f"{mid_first(book, song, sound)} of {len(book.plan.seeds)}"]


def octaves(book):
    yield ["dB", *book.octaves]
    for song in book.songs:
        yield [f"{song}: share of its energy", *book.in_octaves(song, "energy")]
        yield [f"{song}: SNR", *book.in_octaves(song)]
        yield [f"{song}: SNR, white noise", *book.in_octaves(song, sound="white noise")]
        yield [f"{song}: SNR, treble lifted", *book.in_octaves(song, sound="treble lifted")]


def probes(book):
    yield ["trained on, then hears", *book.octaves]
    for song in book.songs:
        for probe in ("sweep", "noise"):
            yield [f"{song}, {probe}", *book.in_octaves(song, f"probe {probe}")]


def by_features(book):
    yield ["features", *book.plan.widths]
    for song in book.songs:
        yield [song, *(tenth(book.one(song, "snr", features=each)) for each in book.plan.widths)]


def by_features_and_many_iterations(book):
    yield ["features", *book.plan.long_widths]
    for song in book.long_songs:
        yield [song, *(tenth(book.one(song, "snr", **book.long(each))) for each in book.plan.long_widths)]


def corners(book):
    widths = book.plan.long_widths
    yield ["features", "", *widths]
    short, long = [{"features": each} for each in widths], [book.long(each) for each in widths]
    for song in book.long_songs:
        for words, ways in (("150 iterations", short), ("3,000 or 1,500 iterations", long)):
            found = [[book.one(song, f"corners {each}", **way) for each in ("snr", "ratio")] for way in ways]
            yield [song, words, *(f"{snr:.1f} ({ratio:.1f})" for snr, ratio in found)]


def octaves_by_features(book):
    yield ["song", "features", "iterations", *book.octaves]
    for song in book.songs:
        ways = [{"features": each, "iterations": 150} for each in book.plan.widths]
        ways += [book.long(each) for each in book.plan.long_widths] if song in book.long_songs else []
        for way in ways:
            yield [song, way["features"], f"{way['iterations']:,}", *book.in_octaves(song, **way)]


def edges(book):
    ways = "run with zeros", "zeros, divided", "reflected samples", "the song's samples"
    yield ["song", "trained with", *ways]
    for song in book.songs:
        for words, settings in (("zeros", {}), ("the song's samples", CONTEXT)):
            beyond = ("zeros", "divided", "reflected", "real")
            yield [song, words, *(spread(book.all(song, f"edge {each}", **settings), 2) for each in beyond)]


def better(book):
    yield ["song", *BETTER, "by hand"]
    for song in book.songs:
        by_hand = book.fact(song, "identity, largest error") or "no error"
        yield [song, *(spread(book.all(song, "snr", **settings)) for settings in BETTER.values()), by_hand]


def before_training(book):
    times = (0, 10, 50, 150)
    yield [f"{DEMO}, iterations", *times]
    for words, settings in BETTER.items():
        yield [words, *(tenth(book.one(DEMO, f"course {each}", **settings)) for each in times)]


def adams(book):
    yield ["Adam", f"{DEMO}, mirrored start and context"]
    for adam in ("as published", "rate falls", "short memory", "both"):
        yield [adam, spread(book.all(DEMO, "snr", **BOTH, adam=adam))]


def few(book):
    yield ["song", "features", "iterations", "quantisation step", "bits per frame", "SNR", *book.octaves]
    for song in book.long_songs:
        for features in FEW:
            long = {**MIRRORED, **book.long(features)}
            for way in ({**long, "iterations": 150}, long):
                numbers = f"{way['iterations']:,}", "none", "", ""
                yield [song, features, *numbers, *book.in_octaves(song, **way)]
            for step in STEPS:
                bits, snr = (book.one(song, f"coded {step} {each}", **long) for each in ("bits", "snr"))
                numbers = f"{long['iterations']:,}", step, f"{bits:.2f}", tenth(snr)
                yield [song, features, *numbers, *book.in_octaves(song, f"coded {step} octave", **long)]


def others(book):
    yield ["trained on", *book.songs]
    for song in book.songs:
        metrics = ["snr" if each == song else f"heard {each}" for each in book.songs]
        yield [song, *(book.cell(tenth, song, name_of({}), "0", metric) for metric in metrics)]


TABLES = {make.__name__.replace("_", " "): make for make in (
    the_run, seconds, convergence, controls, octaves, probes, by_features, by_features_and_many_iterations,
    corners, octaves_by_features, edges, better, before_training, adams, few, others,
)}


def table(book, name):
    """Return one table of the page, as Markdown."""
    head, *rows = TABLES[name](book)
    rows = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(map(str, cells)) + " |\n" for cells in rows)


def rewritten(text, book):
    """Return the page with its tables written anew; InputError if a pair of markers is missing or unknown."""
    places = [name for _, name, _ in PLACE.findall(text)]
    if sorted(places) != sorted(TABLES):
        raise InputError(f"expected a place for each of {sorted(TABLES)}, got {sorted(places)}")
    return PLACE.sub(lambda place: f"{place[1]}\n{table(book, place[2])}\n{place[3]}", text)


def main():
    """Rewrite the page's tables."""
    book = Book(Results(RESULTS), Plan())
    write_text(PAGE, rewritten(PAGE.read_text(encoding="utf-8"), book))
    print(PAGE)
    return DONE


if __name__ == "__main__":
    sys.exit(run(main))

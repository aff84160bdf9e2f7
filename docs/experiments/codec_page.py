"""Write the tables of docs/codec.md between their markers, and draw docs/codec.png.

    python docs/experiments/codec_page.py

The numbers come from results/codec.tsv.
"""
import sys
from pathlib import Path

import numpy as np
from harness import Results
from strides import STRIDES
from tables import PLACE

from numpyae.atomic import write_text
from numpyae.command import DONE, run
from numpyae.errors import InputError

PAGE = Path(__file__).parents[1] / "codec.md"
RESULTS = Path(__file__).parent / "results" / "codec.tsv"
RATES = (24, 32, 48, 64, 96)  # kbps
JUDGES = {  # name -> (how it is called, digits, sign of good, whether its logarithm is what grows evenly)
    "snr": ("SNR, dB", 1, 1, False), "nmr": ("noise-to-mask, dB", 2, -1, False),
    "nmr short": ("the same, short windows, dB", 2, -1, False), "visqol": ("ViSQOL", 2, 1, False),
    "zimtohrli": ("Zimtohrli, x 1e-4", 1, -1, True),
}
PEERS = {"MP3": ("MP3", "MP3, variable"), "Vorbis": ("Vorbis",), "Opus": ("Opus",)}
DEMO = "demo song"


class Book:
    """The results, and what is computed from them."""

    def __init__(self, results):
        self.results = results
        names = {song for song, *_ in results.values}
        self.songs = sorted(names, key=lambda song: (song != DEMO, song))
        self.real = [song for song in self.songs if song != DEMO]

    def one(self, song, setting, metric):
        return self.results.number(song, setting, "-", metric)

    def mean(self, setting, metric):
        """Return the mean over the songs."""
        return np.mean([self.one(song, setting, metric) for song in self.songs])

    def goodness(self, song, setting, judge):
        """Return a score so that more is better, and equal steps are about equal."""
        _, _, sign, logarithmic = JUDGES[judge]
        score = self.one(song, setting, judge)
        return sign * (np.log(score) if logarithmic else score)

    def curve(self, song, coder, judge):
        """Return (goodness, log bytes) of a coder's settings that no smaller one beats, in order."""
        settings = {
            setting for of, setting, *_ in self.results.values
            if of == song and setting.rpartition(" ")[0] == coder
        }
        points = [(self.one(song, each, "bytes"), self.goodness(song, each, judge)) for each in settings]
        best = [(good, np.log(size)) for size, good in points if all(good > g for s, g in points if s < size)]
        return np.array(sorted(best)).T

    def ratio(self, song, setting, judge, coders):
        """Return (ratio, sign): our bytes over those that the best of the coders needs for our score.

        The sign is "<" or ">" if our score is beyond all of theirs, and the ratio is the one to their best or
        to their smallest file.
        """
        good, size = self.goodness(song, setting, judge), np.log(self.one(song, setting, "bytes"))
        theirs = []
        for coder in coders:
            scores, sizes = self.curve(song, coder, judge)
            sign = "<" if good > scores[-1] else ">" if good < scores[0] else ""
            theirs.append((sign == "<", np.interp(good, scores, sizes), sign))
        _, needed, sign = min(theirs)
        return float(np.exp(size - needed)), sign

    def median(self, setting, judge, coders):
        """Return the `ratio` that is the median of the real songs."""
        found = [self.ratio(song, setting, judge, coders) for song in self.real]
        return sorted(found, key=lambda pair: (("<", "", ">").index(pair[1]), pair[0]))[len(found) // 2]


def equal(book):
    yield ["judge", "compared with", *book.songs, "median of the three songs"]
    for judge, (name, *_) in JUDGES.items():
        for peer, coders in PEERS.items():
            settings = [f"numpyae {kbps}" for kbps in (32, 64)]
            found = [[book.ratio(song, each, judge, coders) for each in settings] for song in book.songs]
            found.append([book.median(each, judge, coders) for each in settings])
            yield [name, peer, *(", ".join(f"{sign}{ratio:.2f}" for ratio, sign in pair) for pair in found)]


def scores(book):
    yield ["song", "asked, kbps", "bytes", *(name for name, *_ in JUDGES.values())]
    for song in book.songs:
        for kbps in RATES:
            setting = f"numpyae {kbps}"
            cells = (f"{book.one(song, setting, judge):.{JUDGES[judge][1]}f}" for judge in JUDGES)
            yield [song, str(kbps), f"{book.one(song, setting, 'bytes'):,}", *cells]


def noise(book):
    judges = ["nmr", "visqol", "zimtohrli"]
    titles = (f"{JUDGES[judge][0]}: with, without" for judge in judges)
    yield ["kbps", *titles, "bytes needed without"]
    for kbps in RATES:
        both = [f"numpyae {kbps}", f"no noise {kbps}"]
        pairs = [[book.mean(setting, judge) for setting in both] for judge in judges]
        digits = [JUDGES[judge][1] for judge in judges]
        cells = (f"{a:.{n}f}, {b:.{n}f}" for (a, b), n in zip(pairs, digits, strict=True))
        yield [str(kbps), *cells, ", ".join(multiple(book, kbps, judge) for judge in judges)]


def multiple(book, kbps, judge):
    """Return how many times the bytes a coder without noise needs for the score: the median of the songs."""
    found = [book.ratio(song, f"numpyae {kbps}", judge, ["no noise"]) for song in book.songs]
    found = [1 / ratio for ratio, sign in found if not sign]
    return f"{np.median(found):.2f}" if 2 * len(found) >= len(book.songs) else "-"


def parts(book):
    names = {key[1] for key in book.results.values if key[1].startswith("part: ")} - {"part: as it is"}
    before = {judge: book.mean("part: as it is", judge) for judge in JUDGES}
    digits = {judge: JUDGES[judge][1] for judge in JUDGES}
    titles = (f"{JUDGES[judge][0]} ({before[judge]:.{digits[judge]}f})" for judge in JUDGES)
    yield ["what is changed", *titles]
    for name in sorted(names, key=lambda name: book.mean(name, "zimtohrli")):
        changes = (f"{book.mean(name, judge) - before[judge]:+.{digits[judge]}f}" for judge in JUDGES)
        yield [name.removeprefix("part: "), *changes]


def strides(book):
    yield ["stride", *(f"{song}: fixed, learned" for song in book.songs), "numbers in a learned kernel"]
    for stride in STRIDES:
        pairs = [
            [book.one(song, f"stride {stride} {kind}", "kbps") for kind in ("fixed", "learned")]
            for song in book.songs
        ]
        yield [f"{stride:,}", *(f"{a:.1f}, {b:.1f}" for a, b in pairs), f"{stride**2:,}"]


def artist(book):
    yield ["song", "bytes", *(f"after {song}" for song in book.songs)]
    for song in book.songs:
        fresh = book.one(song, "told: all learns", "bytes")
        cells = (
            f"{100 * (book.one(song, f'heard {other}', 'bytes') / fresh - 1):+.1f} %"
            if (song, f"heard {other}", "-", "bytes") in book.results.values else "-"
            for other in book.songs
        )
        yield [song, f"{fresh:,}", *cells]


def learning(book):
    settings = {key[1] for key in book.results.values if key[1].startswith("told: ")} - {"told: all learns"}
    yield ["what is changed", *book.songs]
    for setting in sorted(settings):
        cells = []
        for song in book.songs:
            less, all_learns = (book.one(song, each, "bytes") for each in (setting, "told: all learns"))
            cells.append(f"{100 * (less / all_learns - 1):+.1f} %")
        yield [setting.removeprefix("told: "), *cells]


TABLES = {
    "equal": equal, "scores": scores, "noise": noise, "parts": parts, "strides": strides,
    "learning": learning, "artist": artist,
}


def table(book, name):
    """Return a table in Markdown."""
    head, *rows = TABLES[name](book)
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def rewritten(text, book):
    """Return the page with its tables made anew."""
    if sorted(name for _, name, _ in PLACE.findall(text)) != sorted(TABLES):
        raise InputError(f"{PAGE}: expected a place for each of {', '.join(TABLES)}")
    return PLACE.sub(lambda place: f"{place[1]}\n{table(book, place[2])}\n{place[3]}", text)


def drawn(book, song="crossroads"):
    """Return a figure: every judge's score against the size, for all coders."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 5.4), dpi=150, layout="constrained")
    looks = {
        "numpyae": ("#d55e00", "o"), "MP3": ("#9a9a9a", "s"), "Vorbis": ("#0072b2", "^"),
        "Opus": ("#009e73", "v"),
    }
    bytes_of_one_kbps = book.one(song, "numpyae 48", "bytes") / book.one(song, "numpyae 48", "kbps")
    shown = ("snr", "nmr", "visqol", "zimtohrli")
    for axis, judge in zip(figure.subplots(2, 2).flat, shown, strict=True):
        name, _, sign, logarithmic = JUDGES[judge]
        for coder, (colour, marker) in looks.items():
            scores, sizes = book.curve(song, coder, judge)
            values = np.exp(sign * scores) if logarithmic else sign * scores
            axis.plot(np.exp(sizes) / bytes_of_one_kbps, values, color=colour, marker=marker, label=coder)
        axis.set(title=f"{name}, {'more' if sign > 0 else 'less'} is better", xlabel="kbps", xlim=(15, 170))
        if logarithmic:
            axis.set(yscale="log")
        axis.grid(alpha=0.3)
    figure.axes[0].legend()
    return figure


def main():
    book = Book(Results(RESULTS))
    write_text(PAGE, rewritten(PAGE.read_text(encoding="utf-8"), book))
    drawn(book).savefig(PAGE.with_name("codec.png"))
    return DONE


if __name__ == "__main__":
    sys.exit(run(main))

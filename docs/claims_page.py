"""The page of docs/claims.py: the text of claims.in.md, and in each of its {{places}} a number or a table."""
import json
import math
import re
from pathlib import Path

import numpy as np
from claims_plan import ARTIST, BETTER, CONTEXT, MIRRORED, long_widths, longest, name_of, widths
from claims_runs import SEGMENT
from claims_tables import TABLES, mid_first, spread

TEMPLATE = Path(__file__).with_name("claims.in.md")
CHAPTER_12 = Path(__file__).parents[1] / "tutorials" / "figures" / "ch12.json"
LOWS, HIGHS = ("31.25", "62.5", "125"), ("8000", "16000")


def page(found, quick):
    """Return the page of what was found, in the words of the template; of a quick measurement the tables alone."""
    book = Book(found, quick)
    if quick:
        return "# One seed\n\n" + "\n\n".join(f"## {name}\n\n{make(book)}" for name, make in TABLES.items()) + "\n"
    return re.sub(r"{{(.+?)}}", lambda place: written(book, place[1]), TEMPLATE.read_text(encoding="utf-8"))


class Book:
    """What was found, by song and by the settings of a training."""

    def __init__(self, found, quick):
        self.found = found
        self.songs = [*found["runs"]]
        self.long_songs = self.songs[:2]
        self.quick = quick
        self.widths, self.long_widths = widths(quick), long_widths(quick)
        self.octaves = max((list(self.run(song)["octaves"]) for song in self.songs), key=len)

    def run(self, song, **settings):
        return self.found["runs"][song][name_of({"seed": 0, **settings})]

    def runs(self, song, **settings):
        """Return the runs of all seeds."""
        return [self.run(song, **{**settings, "seed": seed}) for seed in range(1 if self.quick else 5)]

    def snrs(self, song, **settings):
        return [run["snr"]["150"] for run in self.runs(song, **settings)]

    def long_runs(self, song):
        """Return [(features, iterations, run), ...] of what was trained for long."""
        lengths = [(features, longest(features, self.quick)) for features in self.long_widths]
        return [(*each, self.run(song, features=each[0], iterations=each[1])) for each in lengths]


def written(book, place):
    """Return what stands in a place of the template: a table, a fact, or a number of all songs."""
    kind, _, name = place.partition(": ")
    if kind == "table":
        return TABLES[name](book)
    if kind == "songs":
        return ", ".join(f"{book.found['songs'][song][name]:.2g}" for song in book.songs)
    if kind == "each":
        return "; ".join(f"{song} {EACH[name](book, song)}" for song in book.songs)
    if kind == "demo":
        return f"{inside(book.found['runs'][book.songs[0]], name):.1f}".replace("-0.0", "0.0")
    if kind == "chapter 12":
        return plain(inside(json.loads(CHAPTER_12.read_text(encoding="utf-8")), name))
    if place in NUMBERS:
        return NUMBERS[place](book)
    fact = book.found["facts"][place]
    return " to ".join(map(plain, fact)) if isinstance(fact, list) else plain(fact)


def inside(found, path):
    """Return the number at a path such as "features=8, seed=0; octaves; 8000"."""
    for key in path.split("; "):
        found = found[int(key) if isinstance(found, list) else key]
    return found


def plain(number):
    return f"{number:,}" if isinstance(number, int) else f"{number:.1e}" if 0 < abs(number) < 1e-3 else f"{number:.4g}"


def between(values):
    return f"{min(values):.1f} to {max(values):.1f}" if values else "(no other song was given)"


def in_bands(book, song, bands):
    """Return the lowest and the highest SNR of these octaves in the runs of all seeds."""
    values = [run["octaves"][band] for run in book.runs(song) for band in bands if run["octaves"].get(band) is not None]
    return f"{round(min(values))} to {round(max(values))}" if values else "none there"


def whose(book):
    """Say which songs these are, and, if they are others, whose the words are."""
    if book.songs == ["demo song", "awakening", "crossroads", "feelings"]:
        return (
            'The demo song is made by code. The three others are excerpts of 20 seconds: "Awakening" (Max McCracken),\n'
            '"hr3-crossroads" (Shawn Parrotte) and "Feelings" (Carlos Viola Iborra). The verdicts were written for these four.'
        )
    return f"These are the numbers of: {', '.join(book.songs)}. **The verdicts and the text were written for other songs.**"


def high_is_worst(book):
    """Return in how many runs the highest segment has the lowest SNR, and of how many."""
    kinds = [run["kinds"] for song in book.songs for run in book.runs(song)]
    return sum(each["high"] < min(each["periodic"], each["low"]) for each in kinds), len(kinds)


def without_ends(book, settings):
    """Return the SNR that the runs have between the ends of the segments: the median of each song."""
    ends, inside = sum(book.found["facts"]["edges"]), SEGMENT - sum(book.found["facts"]["edges"])
    medians = []
    for song in book.songs:
        # the error's energy is in proportion to inside + ends * ratio^2
        shares = [(inside + ends * run["edges"]["zeros"] ** 2) / SEGMENT for run in book.runs(song, **settings)]
        medians.append(np.median(np.add(book.snrs(song, **settings), 10 * np.log10(shares))))
    return ", ".join(f"{median:.1f}" for median in medians)


def learned(book):
    """Return what the last start that is no solution comes to: the median of each song."""
    return ", ".join(f"{np.median(book.snrs(song, **BETTER['+ windows that tile'])):.1f}" for song in book.songs)


def highs_share(book):
    """Return the share of the first song's energy that is in the high octaves."""
    levels = book.found["songs"][book.songs[0]]["levels"]
    return sum(10 ** (levels[band] / 10) for band in HIGHS)


def gained(book, after):
    runs = [book.run(song, iterations=longest(64, book.quick))["snr"] for song in book.long_songs]
    return " and ".join(f"{run[after] - run['150']:.1f}" for run in runs)


def all_mid_first(book, change):
    runs = [run for song in book.songs for run in book.runs(song, change=change)]
    return f"{mid_first(runs)} of {len(runs)}"


def lost_on_another(book):
    """Return how much worse a song fares with another's network than with its own."""
    pairs = [(song, heard) for song in book.songs for heard in book.songs if song != heard]
    return between([book.run(heard)["snr"]["150"] - book.run(song, heard=heard)["heard"] for song, heard in pairs])


def corners_by_training(book):
    said = []
    for song in book.long_songs:
        settings = ({}, {"features": 256}, {"iterations": longest(64, book.quick)})
        said.append(f"{song} " + ", ".join(f"{book.run(song, **each)['corners']['snr']:.1f}" for each in settings))
    return "; ".join(said)


def highs_gained(book, **settings):
    """Return how much the high octaves gain over the post's run, by these settings."""
    gains = []
    for song in book.long_songs:
        before, after = (book.run(song, **each)["octaves"] for each in ({}, settings))
        gains += [after[band] - before[band] for band in HIGHS if None not in (before.get(band), after.get(band))]
    return between(gains)


EACH = {
    "corners": lambda book, song: spread([run["corners"]["ratio"] for run in book.runs(song)]),
    "lows": lambda book, song: in_bands(book, song, LOWS),
    "highs": lambda book, song: in_bands(book, song, HIGHS),
    "edges": lambda book, song: spread([run["edges"]["zeros"] for run in book.runs(song)]),
    "context": lambda book, song: spread([run["edges"]["real"] for run in book.runs(song, **CONTEXT)], 2),
    "kinds": lambda book, song: ", ".join(
        f"{np.median([run['kinds'][kind] for run in book.runs(song)]):.0f}" for kind in ("periodic", "low", "high")
    ),
}
NUMBERS = {
    "whose": whose,
    "high is worst": lambda book: "{} of {}".format(*high_is_worst(book)),
    "without ends: the post's": lambda book: without_ends(book, {}),
    "without ends: mirrored start": lambda book: without_ends(book, MIRRORED),
    "long songs": lambda book: " and ".join(book.long_songs),
    "gain: 300": lambda book: gained(book, "300"), "gain: 1000": lambda book: gained(book, "1000"),
    "gain: 3000": lambda book: gained(book, "3000"),
    "mid first: none": lambda book: all_mid_first(book, "none"),
    "mid first: negated": lambda book: all_mid_first(book, "negated"),
    "mid first: decorrelated": lambda book: all_mid_first(book, "decorrelated"),
    "heard: lost": lost_on_another,
    "heard: artist": lambda book: f"{book.run(book.songs[0], heard=ARTIST)['heard']:.1f}",
    "heard: own": lambda book: f"{book.run(book.songs[0])['snr']['150']:.1f}",
    "corners: why": corners_by_training,
    "learned": learned,
    "share of the highs": lambda book: f"{100 * highs_share(book):.1f}",
    "noise: silence": lambda book: f"{-10 * math.log10(highs_share(book)):.1f}",
    "noise: noise": lambda book: f"{-10 * math.log10(2 * highs_share(book)):.1f}",
    "edges: samples": lambda book: plain(book.found["facts"]["edges"][0]),
    "highs: iterations": lambda book: highs_gained(book, iterations=longest(64, book.quick)),
    "highs: features": lambda book: highs_gained(book, features=256),
}

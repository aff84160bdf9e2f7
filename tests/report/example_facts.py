"""Facts made by hand, no two numbers the same, and readers of the pages and pictures made of them."""
import base64
import re
from html.parser import HTMLParser

import numpy as np
import PIL.Image

from numpyae.evaluation import Measured
from numpyae.report.facts import Animation, Facts
from numpyae.report.page import animation_file, still_file

GREY, BLUE, ORANGE, PINK, GREEN = "#9a9a9a", "#0072b2", "#d55e00", "#cc79a7", "#009e73"
COLUMNS = {
    "iteration": [1, 2, 3, 4, 5], "loss": [0.5, 0.4, 0.1, 0.05, 0.02], "snr_db": [1.5, 4.5, 8.5, 10.5, 12.25],
    "snr_mid_db": [2.5, 9.99, 10, 9, 14], "snr_side_db": [np.nan, -1.5, 3.5, 5.5, 10.5],
    "seconds": [0.1, 0.2, 0.3, 0.4, 0.5],
}
STARTS = {"lively": 1600, "periodic": 2480, "low": 240, "high": 3600}  # at 8000 Hz: seconds 0.20, 0.31, ...


def example_facts(channels=2, **changes):
    """Return Facts of a run of 5 iterations on 4321 samples at 8000 Hz."""
    rng = np.random.default_rng(7)
    original = 0.1 * rng.standard_normal((4321, channels))
    original += 0.5 * np.sin(2 * np.pi * 440 * np.arange(4321) / 8000)[:, np.newaxis]
    stereo = channels == 2
    config = {
        "iterations": 5, "batch_size": 123456, "segment": 88, "hidden": 11, "features": 13, "kernel": 6,
        "stride": 3, "init": "he", "edges": "same", "learning_rate": 0.017, "seed": 19,
        "audio": "/music/mine.flac", "audio_path": "/music/mine.flac", "audio_sha256": "5e1f",
        "samples": 4321, "sample_rate": 8000, "channels": channels, "versions": {"python": "3.99"},
    }
    animations = {
        name: Animation(start, original[start : start + 88], [
            (iteration, original[start : start + 88] * iteration / 5 + 0.01) for iteration in range(6)
        ])
        for name, start in STARTS.items()
    }
    values = {
        "name": "mine.flac", "rate": 8000, "config": config,
        "command": "python -m numpyae.train mine.flac --seed 19",
        "iterations": 5, "parameters": 54321, "training_seconds": 67.89, "features_per_sample": 0.722,
        "measured": Measured(0.02, 12.34, *((15.67, 8.91) if stereo else (None, None)), np.ones(88)),
        "edge_errors": (0.07, 0.02), "animations": animations,
        "history": {name: np.array(column) for name, column in COLUMNS.items()},
        "original": original, "reconstruction": 0.9 * original + 0.02 * rng.standard_normal(original.shape),
        "atoms": rng.standard_normal((5, 16, channels)),
    }
    return Facts(**{**values, **changes})


def plain_snr(original, reconstruction):
    """Return 10 log10(sum x^2 / sum (x - y)^2), written out."""
    x, y = np.float64(original), np.float64(reconstruction)
    return 10 * np.log10((x**2).sum() / ((x - y) ** 2).sum())


def plain_cut(song, start, length, context=0):
    """Return `length` samples of the song from start on, and `context` more on either side, zeros beyond."""
    piece = np.zeros((context + length + context, song.shape[1]), song.dtype)
    for index in range(len(piece)):
        if 0 <= start - context + index < len(song):
            piece[index] = song[start - context + index]
    return piece


def plain_spaced(song, count, length, context=0):
    """Return `count` segments, evenly spaced from the song's start to its end."""
    last = len(song) - length
    starts = [round(each * last / (count - 1)) for each in range(count)]
    assert len({*starts}) == count
    return np.stack([plain_cut(song, start, length, context) for start in starts])


def example_files(facts):
    """Return what a page of these Facts holds, each file's name standing for its content."""
    names = ["original.flac", "reconstruction.flac", "loss.png", "stereo.png", "spectrum.png", "atoms.png"]
    for name in facts.animations:
        names += [animation_file(name), still_file(name)]
    return {name: name.encode() for name in names}


def content(uri):
    """Return (type, bytes) of a data URI."""
    kind, data = re.fullmatch(r"data:([a-z]+/[a-z]+);base64,(.*)", uri).groups()
    return kind, base64.b64decode(data, validate=True)


class Page(HTMLParser):
    """Collects what a page holds and refers to, and its words.

    blocks: [(tag, text), ...] of paragraphs, headings, captions and cells; pictures: bytes of a picture ->
    (the heading above it, its caption); stills: bytes of an animation -> those of its still; sounds: id ->
    bytes; links: all that the page refers to.
    """

    BLOCKS = ("p", "h1", "h2", "h3", "figcaption", "pre", "th", "td", "title")

    def __init__(self, text):
        super().__init__()
        self.links, self.alts, self.words, self.script = [], [], "", ""
        self.blocks, self.pictures, self.stills, self.sounds = [], {}, {}, {}
        self._open, self._still, self._picture = None, None, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.links += [attributes[name] for name in ("src", "href", "srcset") if name in attributes]
        self._open = tag if tag in (*self.BLOCKS, "style", "script") else self._open
        if tag in self.BLOCKS:
            self.blocks.append((tag, ""))
        if tag == "source":
            assert attributes["media"] == "(prefers-reduced-motion: reduce)"
            self._still = content(attributes["srcset"])[1]
        if tag == "img":
            self.alts.append(attributes.get("alt"))
            self._picture = content(attributes["src"])[1]
            if self._still:
                self.stills[self._picture], self._still = self._still, None
        if tag == "audio":
            self.sounds[attributes["id"]] = content(attributes["src"])[1]

    def handle_endtag(self, tag):
        if tag == "figcaption":
            headings = [text for kind, text in self.blocks if kind in ("h2", "h3")]
            self.pictures[self._picture] = headings[-1], self.blocks[-1][1]
        if tag in (*self.BLOCKS, "style", "script"):
            self._open = None

    def handle_data(self, data):
        if self._open == "script":
            self.script += data
        elif self._open != "style":
            self.words += data
        if self._open in self.BLOCKS:
            self.blocks[-1] = (self.blocks[-1][0], self.blocks[-1][1] + data)

    def texts(self, tag):
        """Return the texts of all blocks of a tag, in order."""
        return [text for kind, text in self.blocks if kind == tag]

    def table(self):
        """Return the table as a dict: left cell -> right cell."""
        return dict(zip(self.texts("th"), self.texts("td"), strict=True))

    def under(self, heading):
        """Return the paragraphs between a heading, h1 or h2, and the next."""
        found, here = [], False
        for kind, text in self.blocks:
            if kind in ("h1", "h2"):
                here = text == heading
            elif kind == "p" and here:
                found.append(text)
        return found


def picture_in(path):
    """Return the picture in a file: (height, width, 3)."""
    with PIL.Image.open(path) as image:
        return np.asarray(image.convert("RGB"), int)


def gif_pictures(path):
    """Return the pictures of a GIF: (pictures, height, width, 3)."""
    with PIL.Image.open(path) as image:
        pictures = []
        for index in range(image.n_frames):
            image.seek(index)
            pictures.append(np.asarray(image.convert("RGB"), int))
        return np.stack(pictures)


def boxes(picture):
    """Return the (rows, columns) inside the dark frame of every axes, from the top down, as slices."""
    dark = picture.sum(axis=2) < 300
    width = np.flatnonzero(dark.sum(axis=0) > 0.5 * len(picture))
    lines = np.flatnonzero(dark[:, width[0] : width[-1]].mean(axis=1) > 0.95)
    lines = [line for line in lines if line - 1 not in lines]  # a frame's line may be two pixels thick
    columns = slice(width[0] + 3, width[-1] - 2)
    return [(slice(top + 3, end - 2), columns) for top, end in zip(lines[::2], lines[1::2], strict=True)]


def is_colour(picture, colour):
    """Return where a picture has a colour, or nearly: a GIF has few."""
    wanted = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    return np.abs(picture - wanted).max(axis=-1) < 40


def curve(picture, box, colour):
    """Return (columns, rows) of a colour's curve in a box, counted from the picture's corner."""
    rows, columns = box
    found = is_colour(picture[box], colour)
    heights = np.arange(rows.start, rows.stop)
    xs = np.flatnonzero(found.any(axis=0))
    return xs + columns.start, np.array([heights[found[:, x]][[0, -1]].mean() for x in xs])

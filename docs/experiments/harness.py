"""Shared by the experiments: the post's training with changed settings, and results as lines of text."""
import numpy as np
import signals
from networks import INNER_STARTS

from numpyae import Adam, Autoencoder, Settings
from numpyae.atomic import write_text
from numpyae.audio import random_segments
from numpyae.errors import InputError
from numpyae.training.loop import training_steps

SOUNDS = {
    "the song": lambda song: song, "right negated": signals.right_negated, "right later": signals.right_later,
    "white noise": signals.noise_like, "treble lifted": signals.treble_lifted,
}
POST = Settings()
DEFAULTS = {
    "sound": "the song", "init": POST.init, "inner": "as drawn", "edges": POST.edges, "adam": "as published",
    "features": POST.features, "iterations": POST.iterations,
}


def generators_of_a_run(seed):
    """Return the command's three generators: for the kernels, the batches and the segments to measure."""
    return [*map(np.random.default_rng, np.random.SeedSequence(seed).spawn(3))]


def generators_of_a_chapter(seed):
    """Return the two generators of the chapters: for the kernels and for the batches."""
    return np.random.default_rng(seed), np.random.default_rng(100 + seed)


class Training:
    """A network that learns a song as the command would, apart from the changed settings.

    generators: one for the kernels and one for the batches; any others are left alone. sound: what is made of
    the song, one of SOUNDS. inner: how the inner pair starts, one of INNER_STARTS. adam: "short memory" sets
    beta2 = beta1, "rate falls" lets the learning rate fall to zero in a straight line, "both" does both. The
    other settings are those of numpyae.Settings.
    You may read song, segment, context, model and adam at any time, also between iterations.
    """

    def __init__(
        self, song, generators, *, sound="the song", inner="as drawn", adam="as published", **settings
    ):
        self.settings = Settings(**settings)
        kernels, self._batches, *_ = generators
        self.song, self.segment = SOUNDS[sound](song), self.settings.segment
        self.model = Autoencoder(song.shape[1], rng=kernels, **self.settings.arguments_of(Autoencoder))
        INNER_STARTS[inner](self.model, kernels)
        self.context = self.model.context() if self.settings.edges == "context" else 0
        beta2 = 0.9 if adam in ("short memory", "both") else 0.999
        self.adam = Adam(self.model.parameters, self.settings.learning_rate, beta2=beta2)
        self._rate_falls = adam in ("rate falls", "both")

    def iterations(self, until=None):
        """Train up to iteration `until`, by default the last; yield the count at the start and after each."""
        yield self.adam.steps
        for steps, _ in training_steps(self.model, self.adam, self._drawn(until), self.context):
            yield steps

    def _drawn(self, until):
        settings, last, rate = self.settings, self.settings.iterations, self.settings.learning_rate
        while self.adam.steps < (until or last):
            if self._rate_falls:
                self.adam.learning_rate = rate * (1 - self.adam.steps / last)
            yield random_segments(self.song, settings.batch_size, self.segment, self._batches, self.context)

    def learn(self, until=None):
        """Train up to iteration `until`, by default the last; return the model."""
        for _ in self.iterations(until):
            pass
        return self.model


def name_of(settings):
    """Return the settings that differ from the post's as text, whatever their order."""
    settings = {**DEFAULTS, **settings}
    changed = [f"{name}={settings[name]}" for name, default in DEFAULTS.items() if settings[name] != default]
    return ", ".join(changed) or "the post's"


class Results:
    """A .tsv of numbers, one per line, under song, settings, seed and metric; undefined ones are "none"."""

    COLUMNS = ("song", "settings", "seed", "metric", "value")

    def __init__(self, path):
        self.path, self.values = path, {}
        if path.exists():
            rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
            self.values = {tuple(key): value for *key, value in rows}

    def text(self, song, settings, seed, metric):
        """Return a value as written in the file; InputError if it is missing."""
        key = song, settings, str(seed), metric
        if key not in self.values:
            raise InputError(f"{self.path} has no {' / '.join(key)}: run post.py with the song")
        return self.values[key]

    def number(self, song, settings, seed, metric):
        """Return a value as a number, or None if it is undefined."""
        text = self.text(song, settings, seed, metric)
        return None if text == "none" else int(text) if text.lstrip("-").isdigit() else float(text)

    def add(self, song, settings, seed, found):
        """Keep these results, metric -> number, to four digits, and write the file."""
        for metric, value in found.items():
            self.values[song, settings, str(seed), metric] = four_digits(value)
        self._write()

    def drop(self, song):
        """Drop all results for a song, also those that other songs' networks have on it."""
        for key in [key for key in self.values if key[0] == song or key[3] == f"heard {song}"]:
            del self.values[key]

    def _write(self):
        rows = [self.COLUMNS, *sorted((*key, value) for key, value in self.values.items())]
        write_text(self.path, "".join("\t".join(row) + "\n" for row in rows))


def four_digits(value):
    """Return a number as text: integers in full, others to four digits, "none" if it is not finite."""
    if value is None or isinstance(value, (int, np.integer, str)):
        return "none" if value is None else str(value)
    return f"{value:.4g}" if np.isfinite(value) else "none"

"""Compute once what the report shows; the figures, animations and page only draw and print it."""
import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from numpyae.audio import octave_snrs, snr_db, spectra
from numpyae.audio.reading import MAX_SAMPLE
from numpyae.evaluation import Measured, reconstruct_song

EXCERPT = 10  # seconds to listen to, from the middle of the song
PASSED = 10  # dB, from which on the sound is recognisable
LOST = 6  # dB, below which the error has more than half the amplitude of the sound


class Animation(NamedTuple):
    """One segment, and what the network made of it as it learned."""

    start: int  # its first sample in the song
    original: np.ndarray  # (time, channels)
    frames: list  # [(iteration, reconstruction (time, channels)), ...] in order


@dataclass(frozen=True)
class Facts:
    """All that a report shows of a run. SNRs are in dB, None if undefined."""

    name: str  # the song's, without folders
    rate: int  # Hz
    config: dict  # as in config.json
    command: str  # that reproduces the run
    iterations: int
    parameters: int
    training_seconds: float
    features_per_sample: float  # numbers in the features for each number of the sound
    measured: Measured  # of evenly spaced segments
    edge_errors: tuple | None  # RMS errors (at a segment's ends, between them)
    history: dict  # column of metrics.csv -> array, NaN where undefined
    animations: dict  # name -> Animation; "lively" is the post's
    original: np.ndarray  # (time, channels), the sound to listen to
    reconstruction: np.ndarray
    atoms: np.ndarray  # (features, receptive field, channels): what each feature draws, low frequencies first

    @cached_property
    def heard_snr_db(self):
        """The SNR of the sound to listen to."""
        return snr_db(self.original, self.reconstruction)

    @cached_property
    def spectra(self):
        """The frequencies in Hz, and name -> power spectrum of original, reconstruction and error."""
        error = self.original - self.reconstruction
        frequencies, powers = spectra(self.original, self.reconstruction, error, rate=self.rate)
        return frequencies, dict(zip(("original", "reconstruction", "error"), powers, strict=True))

    @cached_property
    def octaves(self):
        """[(centre in Hz, SNR), ...] of the octaves in which the original has energy, and some is lost."""
        pairs = octave_snrs(self.original, self.reconstruction, self.rate)
        return [(centre, snr) for centre, snr in pairs if snr not in (None, math.inf)]

    @property
    def lost_from(self):
        """The centre in Hz of the lowest octave from which on upwards every SNR is below 6 dB, or None."""
        lost = [*itertools.takewhile(lambda octave: octave[1] < LOST, reversed(self.octaves))]
        return lost[-1][0] if lost else None

    @property
    def segments_measured(self):
        """How many segments were measured: 1,000, or all that a shorter song has."""
        return min(1000, self.config["samples"] - self.config["segment"] + 1)

    @property
    def seconds_learned_from(self):
        """How many seconds of random segments the network was trained on."""
        return self.iterations * self.config["batch_size"] * self.config["segment"] / self.rate

    @property
    def edge_factor(self):
        """The error at a segment's ends divided by the error between them, or None if that is 0."""
        return self.edge_errors[0] / self.edge_errors[1] if self.edge_errors and self.edge_errors[1] else None

    def passes(self, name):
        """Return the first iteration whose SNR of this column is 10 dB or more, or None."""
        passed = self.history["iteration"][self.history[name] >= PASSED]
        return int(passed[0]) if len(passed) else None


def listen(model, song, rate, workers=None):
    """Return (original, reconstruction) to listen to: the middle ten seconds, or all of a shorter song."""
    length = min(len(song), EXCERPT * rate)
    start = (len(song) - length) // 2
    original = song[start : start + length]
    reconstruction = np.nan_to_num(reconstruct_song(model, original, workers))
    return original, np.clip(reconstruction, -MAX_SAMPLE, MAX_SAMPLE)  # huge weights make the output overflow


@np.errstate(over="ignore", invalid="ignore")  # the weights may be huge
def find_atoms(model, segments):
    """Return what each feature draws when it alone is on, at its RMS level in the segments.

    (features, receptive field, channels): the output with one feature on, minus the output with none, sorted
    by mean frequency; features that are never on come last. segments: (count, time, channels).
    """
    level = np.sqrt(np.square(model.encode(segments)).mean(axis=(0, 1)))
    hop, field = model.hop, model.receptive_field()
    around = math.ceil(field / hop)  # steps on either side, so that no edge touches the drawing
    features = np.zeros((model.features + 1, 2 * around + 1, model.features), segments.dtype)
    features[np.arange(model.features), around, np.arange(model.features)] = level
    sounds = model.decode(features, hop * (2 * around + 1))
    start = hop * around - model.overhangs()[0]
    atoms = (sounds[:-1] - sounds[-1])[:, start : start + field]
    power = np.square(np.abs(np.fft.rfft(atoms, 64, axis=1))).sum(axis=2)
    mean_frequency = power @ np.arange(power.shape[1]) / np.maximum(power.sum(axis=1), 1e-30)
    return atoms[np.argsort(np.where(power.any(axis=1), mean_frequency, np.inf), kind="stable")]

"""The pictures of a run, as PNG files that are read at half their size in pixels; no display is needed."""
import math

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from numpyae.atomic import atomic
from numpyae.audio.metrics import octave_snrs, spectra
from numpyae.report.colours import ERROR, LEFT, ORIGINAL, OTHER, RIGHT

OCTAVES = (31.5, 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16000, 32000, 64000)  # Hz
PASSED = 10  # dB: from here on one hears what it is


def save_loss(path, rows):
    """Draw the loss of each batch and the SNR after it against the iteration.

    rows: dicts of iteration, loss and snr_db (dB, None where undefined), as in metrics.csv.
    """
    figure = _figure()
    left = figure.add_subplot(xlabel="iteration", title="The network learns the song")
    left.plot(_column(rows, "iteration"), _column(rows, "loss"), color=LEFT)
    if any(row["loss"] > 0 for row in rows):
        left.set_yscale("log")
    left.set_ylabel("loss of the batch (mean squared error)", color=LEFT)
    left.grid(alpha=0.3)
    right = left.twinx()
    right.plot(_column(rows, "iteration"), _column(rows, "snr_db"), color=RIGHT)
    right.set_ylabel("signal-to-noise ratio (dB)", color=RIGHT)
    _save(figure, path)


def passes(rows, name):
    """Return the first iteration whose SNR of this name is 10 dB or more, or None."""
    return next((row["iteration"] for row in rows if row[name] is not None and row[name] >= PASSED), None)


def save_stereo(path, rows):
    """Draw the SNR of mid and side against the iteration, and where each passes 10 dB; rows as in metrics.csv."""
    figure = _figure()
    axis = figure.add_subplot(xlabel="iteration", ylabel="signal-to-noise ratio (dB)", title="First the mid, then the side?")
    axis.axhline(PASSED, color=ORIGINAL, linewidth=1, linestyle=":")
    for name, what, colour in (
        ("snr_mid_db", "mid, (left + right) / 2", LEFT), ("snr_side_db", "side, (left - right) / 2", RIGHT)
    ):
        passed = passes(rows, name)
        label = f"{what}: " + ("never 10 dB" if passed is None else f"10 dB at iteration {passed}")
        axis.plot(_column(rows, "iteration"), _column(rows, name), color=colour, label=label)
        if passed is not None:
            axis.plot(passed, PASSED, "o", color=colour)
    axis.grid(alpha=0.3)
    axis.legend(loc="lower right")
    _save(figure, path)


def save_spectrum(path, original, reconstruction, rate):
    """Draw the spectra of original, reconstruction and error, and the SNR of each octave.

    original, reconstruction: (time, channels); rate in Hz.
    """
    figure = _figure(height=5.2)
    above, below = figure.subplots(2, sharex=True)
    frequencies, powers = spectra(original, reconstruction, original - reconstruction, rate=rate)
    for name, power, colour, width in zip(
        ("original", "reconstruction", "error"), powers, (ORIGINAL, LEFT, ERROR), (3, 1.2, 1.2)
    ):
        audible = 10 * np.log10(np.maximum(power[1:], 1e-16))
        above.semilogx(frequencies[1:], audible, color=colour, linewidth=width, label=name)
    top = 10 * np.log10(max(powers[0].max(), 1e-16))
    above.set(ylabel="power (dB per Hz)", ylim=(top - 100, top + 5), title="What is lost, and where")
    above.legend(loc="lower left")
    octaves = [(centre, snr) for centre, snr in octave_snrs(original, reconstruction, rate) if snr is not None]
    centres, snrs = np.array(octaves).reshape(-1, 2).T
    below.bar(centres, snrs, width=0.6 * centres, color=OTHER)
    below.set(xlabel="frequency (Hz)", ylabel="SNR of the octave (dB)", xlim=(20, max(rate / 2, 40)))
    below.set_xticks(ticks := [tick for tick in OCTAVES if 20 < tick < rate / 2])
    below.set_xticklabels([f"{tick / 1000:g}k" if tick >= 1000 else f"{tick:g}" for tick in ticks])
    below.minorticks_off()
    for axis in (above, below):
        axis.grid(alpha=0.3)
    _save(figure, path)


def save_atoms(path, model, segments, rate):
    """Draw what each feature adds to the output when it alone is on, as strongly as it is on average in the segments.

    segments: (count, time, channels); rate in Hz. From low frequencies (top left) to high ones; every drawing fills its
    own height, and the first two channels are drawn.
    """
    atoms = _atoms(model, segments)
    count, field, channels = atoms.shape
    power = np.square(np.abs(np.fft.rfft(atoms, 64, axis=1))).sum(axis=2)
    pitch = power @ np.arange(power.shape[1]) / np.maximum(power.sum(axis=1), 1e-30)
    atoms = atoms[np.argsort(np.where(power.any(axis=1), pitch, np.inf), kind="stable")]
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    x = np.arange(field) / max(1, field - 1) * 0.8 + 0.1 + (np.arange(count) % columns)[:, np.newaxis]
    scale = 0.4 / np.maximum(np.abs(atoms).max(axis=(1, 2)), 1e-30)[:, np.newaxis]
    middle = 0.5 + (np.arange(count) // columns)[:, np.newaxis]

    figure = _figure(height=1.2 + 5.2 * rows / columns)
    axis = figure.add_subplot(xlim=(0, columns), ylim=(rows, 0), xticks=range(columns + 1), yticks=range(rows + 1))
    axis.tick_params(labelbottom=False, labelleft=False, length=0)
    axis.grid(alpha=0.3)
    axis.add_collection(LineCollection(np.stack([x, middle + 0 * x], axis=2), color=ORIGINAL, linewidth=0.5))
    for channel, colour in zip(range(min(2, channels)), (LEFT, RIGHT)):
        lines = np.stack([x, middle - scale * atoms[:, :, channel]], axis=2)
        axis.add_collection(LineCollection(lines, color=colour, linewidth=1.3))
    axis.set_title(f"What each of the {count} features draws")
    axis.set_xlabel(
        f"each box: {field} samples, {1000 * field / rate:.2f} ms"
        + ("; blue: left, orange: right" if channels == 2 else "")
        + "\nfrom low (top left) to high frequencies; a flat line: never on"
    )
    _save(figure, path)


def _atoms(model, segments):
    """Return (features, receptive field, channels): the output with one feature on, less the output with none."""
    level = np.sqrt(np.square(model.encode(segments)).mean(axis=(0, 1)))
    hop, field = model.stride**2, model.receptive_field()
    around = -(-field // hop)  # steps on either side, so that no edge touches the drawing
    features = np.zeros((model.features + 1, 2 * around + 1, model.features), segments.dtype)
    features[np.arange(model.features), around, np.arange(model.features)] = level
    sounds = model.decode(features, hop * (2 * around + 1))
    start = hop * around - model.zeros()[0]
    return (sounds[:-1] - sounds[-1])[:, start : start + field]


def _figure(height=4.0):
    return Figure(figsize=(6.4, height), dpi=150, layout="constrained")


def _column(rows, name):
    return [math.nan if row[name] is None else row[name] for row in rows]


def _save(figure, path):
    with atomic(path) as temporary:
        figure.savefig(temporary, format="png")

"""The pictures of a run, drawn from its Facts. Each function returns a Figure; no display is needed."""
import io
import math

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from numpyae.report.animation import picture_of
from numpyae.report.colours import ERROR, LEFT, ORIGINAL, OTHER, RIGHT
from numpyae.report.facts import PASSED

OCTAVES = (31.5, 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16000, 32000, 64000)  # Hz


def png(figure):
    """Return a figure as the bytes of a PNG of at most 32 colours, which is small and looks the same."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    file = io.BytesIO()
    picture_of(canvas).quantize(32, dither=0).save(file, format="PNG", optimize=True)
    return file.getvalue()


def loss_figure(facts):
    """Draw the loss of each batch, and the SNR after it, against the iteration."""
    history = facts.history
    figure = _figure()
    left = figure.add_subplot(xlabel="iteration", title="The network learns the song")
    left.plot(history["iteration"], history["loss"], color=LEFT)
    if (history["loss"] > 0).any():
        left.set_yscale("log")
    left.set_ylabel("loss (mean squared error)", color=LEFT)
    left.grid(alpha=0.3)
    right = left.twinx()
    right.plot(history["iteration"], history["snr_db"], color=RIGHT)
    right.set_ylabel("signal-to-noise ratio (dB)", color=RIGHT)
    return figure


def stereo_figure(facts):
    """Draw the SNR of mid and side against the iteration, and where each passes 10 dB."""
    figure = _figure()
    axis = figure.add_subplot(
        xlabel="iteration", ylabel="signal-to-noise ratio (dB)", title="First the mid, then the side?"
    )
    axis.axhline(PASSED, color=ORIGINAL, linewidth=1, linestyle=":")
    for name, what, colour in (
        ("snr_mid_db", "mid, (left + right) / 2", LEFT), ("snr_side_db", "side, (left - right) / 2", RIGHT)
    ):
        passed = facts.passes(name)
        label = f"{what}: " + ("never 10 dB" if passed is None else f"10 dB at iteration {passed}")
        axis.plot(facts.history["iteration"], facts.history[name], color=colour, label=label)
        if passed is not None:
            axis.plot(passed, PASSED, "o", color=colour)
    axis.grid(alpha=0.3)
    axis.legend(loc="lower right")
    return figure


def spectrum_figure(facts):
    """Draw the spectra of original, reconstruction and error, and the SNR of each octave."""
    figure = _figure(height=4.2)
    above, below = figure.subplots(2, sharex=True)
    frequencies, powers = facts.spectra
    looks = {"original": (ORIGINAL, 3), "reconstruction": (LEFT, 1.2), "error": (ERROR, 1.2)}
    for name, (colour, width) in looks.items():
        decibels = 10 * np.log10(np.maximum(powers[name][1:], 1e-16))
        above.semilogx(frequencies[1:], decibels, color=colour, linewidth=width, label=name)
    top = 10 * np.log10(max(powers["original"].max(), 1e-16))
    above.set(ylabel="power (dB per Hz)", ylim=(top - 100, top + 5), title="What is lost, and where")
    above.legend(loc="lower left", fontsize="small", ncol=3)
    for centre, snr in facts.octaves:
        below.bar(centre, snr, width=0.6 * centre, color=OTHER)
    nyquist = facts.rate / 2
    below.set(xlabel="frequency (Hz)", ylabel="SNR of the octave (dB)", xlim=(20, max(nyquist, 40)))
    below.set_xticks(ticks := [tick for tick in OCTAVES if 20 < tick < nyquist])
    below.set_xticklabels([f"{tick / 1000:g}k" if tick >= 1000 else f"{tick:g}" for tick in ticks])
    below.minorticks_off()
    for axis in (above, below):
        axis.grid(alpha=0.3)
    return figure


def atoms_figure(facts):
    """Draw the first two channels of every atom, each as high as its box."""
    count, field, channels = facts.atoms.shape
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    zero_lines, curves = [], [[] for _ in range(min(2, channels))]
    for index, atom in enumerate(facts.atoms):
        row, column = divmod(index, columns)
        x = column + np.linspace(0.1, 0.9, field)
        height = np.abs(atom).max() or 1
        zero_lines.append([(x[0], row + 0.5), (x[-1], row + 0.5)])
        for channel, lines in enumerate(curves):
            lines.append(np.column_stack([x, row + 0.5 - 0.4 * atom[:, channel] / height]))  # y points down

    figure = _figure(height=0.9 + 4.2 * rows / columns)
    axis = figure.add_subplot(xlim=(0, columns), ylim=(rows, 0))
    axis.set(xticks=range(columns + 1), yticks=range(rows + 1))
    axis.tick_params(labelbottom=False, labelleft=False, length=0)
    axis.grid(alpha=0.3)
    axis.add_collection(LineCollection(zero_lines, color=ORIGINAL, linewidth=0.5))
    for lines, colour in zip(curves, (LEFT, RIGHT), strict=False):
        axis.add_collection(LineCollection(lines, color=colour, linewidth=1.3))
    axis.set_title(f"What each of the {count} features draws")
    axis.set_xlabel(
        f"each box: {field} samples, {1000 * field / facts.rate:.2f} ms"
        + ("; blue: left, orange: right" if channels == 2 else "")
        + "\nfrom low (top left) to high frequencies; a flat line: never on"
    )
    return figure


def _figure(height=3.2):
    # a telephone shows these 4.8 inches at 5, so the letters have their size; 960 pixels are enough for all
    return Figure(figsize=(4.8, height), dpi=200, layout="constrained")

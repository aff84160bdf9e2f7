"""The animation of the post: one segment, a frame per iteration, played forward and then backward."""
import numpy as np
from matplotlib.animation import PillowWriter
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from numpyae.atomic import atomic
from numpyae.audio import decibels, snr_db
from numpyae.report.colours import LEFT, ORIGINAL, RIGHT

SECONDS_A_FRAME = 0.05
MAX_BYTES = 3_000_000
QUALITIES = ((32, 100), (8, 100), (8, 70))  # colours, dots per inch; only an old Pillow needs the last two


def save_animation(path, original, frames, rate):
    """Write a GIF that loops for ever: the frames in order and back again, 2 * frames - 2 in all.

    original: (time, channels), of which two are drawn; frames: [(iteration, reconstruction), ...]; rate in
    Hz. A file above 3 MB is drawn again in fewer colours, and then smaller.
    """
    with atomic(path) as temporary:
        for colours, dots in QUALITIES:
            _write(temporary, original, frames, rate, colours, dots)
            if temporary.stat().st_size <= MAX_BYTES:
                break


def _write(path, original, frames, rate, colours, dots):
    figure = Figure(figsize=(6.4, 3.6 if original.shape[1] > 1 else 2.4), dpi=dots)
    title = figure.text(0.5, 0.94, "", ha="center", fontsize=13, family="monospace")
    canvas = _MovingCanvas(figure, [title])
    milliseconds = 1000 * np.arange(len(original)) / rate
    names = {1: ["amplitude"], 2: ["left", "right"]}.get(original.shape[1], ["channel 1", "channel 2"])
    reach = 1.15 * max(np.abs(original[:, : len(names)]).max(), 1e-4)
    axes = figure.subplots(len(names), sharex=True, squeeze=False)[:, 0]
    for axis, name, colour, sound in zip(axes, names, (LEFT, RIGHT), original.T, strict=False):
        axis.plot(milliseconds, sound, color=ORIGINAL, linewidth=2.5)
        canvas.moving += axis.plot(milliseconds, sound, color=colour, linewidth=1.2)
        axis.set(ylim=(-reach, reach), xlim=(0, milliseconds[-1] or 1), ylabel=name)
    axes[-1].set_xlabel("milliseconds (grey: the original)")
    figure.subplots_adjust(left=0.13, right=0.97, top=0.9, bottom=0.5 / figure.get_figheight(), hspace=0.15)

    writer = _ThereAndBackWriter(colours)
    writer.setup(figure, path, dpi=dots)
    for iteration, reconstruction in frames:
        for line, sound in zip(canvas.moving[1:], reconstruction.T, strict=False):
            line.set_ydata(sound)
        title.set_text(f"iteration {iteration:4d}   SNR {decibels(snr_db(original, reconstruction)):>7}")
        writer.grab_frame()
    writer.finish()


class _MovingCanvas(FigureCanvasAgg):
    """A canvas that draws the whole figure once and then only what moves, which is 15 times as fast."""

    def __init__(self, figure, moving):
        super().__init__(figure)
        self.moving = moving
        self._still = None

    def print_rgba(self, file, **_):
        """Write the picture as the writer asks for it."""
        if self._still is None:
            for artist in self.moving:
                artist.set_visible(False)
            self.draw()
            self._still = self.copy_from_bbox(self.figure.bbox)
            for artist in self.moving:
                artist.set_visible(True)
        self.restore_region(self._still)
        for artist in self.moving:
            self.figure.draw_artist(artist)
        file.write(self.buffer_rgba())


class _ThereAndBackWriter(PillowWriter):
    """Write all frames in the few colours of the last one, and reuse the pictures for the way back."""

    def __init__(self, colours):
        super().__init__(fps=round(1 / SECONDS_A_FRAME))
        self._colours = colours

    def grab_frame(self):
        """Keep a picture of the figure as it is now."""
        super().grab_frame()
        self._frames[-1] = self._frames[-1].convert("RGB")

    def finish(self):
        """Write the file."""
        palette = self._frames[-1].quantize(self._colours)
        there = [frame.quantize(self._colours, palette=palette, dither=0) for frame in self._frames]
        there[0].save(
            self.outfile, format="GIF", save_all=True, append_images=there[1:] + there[-2:0:-1],
            duration=int(1000 * SECONDS_A_FRAME), loop=0,
        )

"""The animation of the post: one segment, a frame per iteration, played forward and then backward."""
import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image  # matplotlib needs it too

from numpyae.atomic import atomic
from numpyae.audio import decibels, snr_db
from numpyae.report.colours import LEFT, ORIGINAL, RIGHT

MILLISECONDS_A_FRAME = 50
WIDTH, DOTS = 5.0, 128  # inches, dots per inch: 640 pixels
TRANSPARENT = 9  # the number of this colour; 0 to 8 are those of _palette


def save_animation(path, original, frames, rate):
    """Write a GIF that loops for ever: the frames in order and back again, 2 * frames - 2 in all.

    original: (time, channels), of which two are drawn; frames: [(iteration, reconstruction), ...]; rate in
    Hz. Returns the last frame as the bytes of a PNG.
    """
    pictures = [*_pictures(original, frames, rate)]
    circle = pictures + pictures[-2:0:-1]
    changes = [_change(before, after) for before, after in zip(circle, circle[1:], strict=False)]
    with atomic(path) as temporary:
        circle[0].save(
            temporary, format="GIF", save_all=True, append_images=changes, transparency=TRANSPARENT,
            disposal=1, duration=MILLISECONDS_A_FRAME, loop=0,
        )
    still = io.BytesIO()
    pictures[-1].save(still, format="PNG")
    return still.getvalue()


def _pictures(original, frames, rate):
    """Yield a picture of each frame: drawn whole once, and then only what moves, 15 times as fast."""
    figure, lines, title = _figure(original, rate)
    canvas, palette = FigureCanvasAgg(figure), _palette()
    canvas.draw()  # all but what is marked as animated
    background = canvas.copy_from_bbox(figure.bbox)
    for iteration, reconstruction in frames:
        for line, sound in zip(lines, reconstruction.T, strict=False):
            line.set_ydata(sound)
        title.set_text(f"iteration {iteration:4d}   SNR {decibels(snr_db(original, reconstruction)):>7}")
        canvas.restore_region(background)
        for artist in (title, *lines):
            figure.draw_artist(artist)
        yield picture_of(canvas).quantize(palette=palette, dither=0)


def _change(before, after):
    """Return a picture that turns one into the next: transparent where they are the same, and so smaller."""
    change = Image.fromarray(np.where(np.equal(before, after), np.uint8(TRANSPARENT), after))
    change.putpalette(after.getpalette())
    return change


def _figure(original, rate):
    """Return a figure of the original, the lines and the title that are still to be set for each frame."""
    names = {1: ["amplitude"], 2: ["left", "right"]}.get(original.shape[1], ["channel 1", "channel 2"])
    figure = Figure(figsize=(WIDTH, WIDTH * (0.375 if len(names) == 1 else 0.5625)), dpi=DOTS)
    title = figure.text(0.5, 0.93, "", ha="center", fontsize=11, family="monospace", animated=True)
    milliseconds = 1000 * np.arange(len(original)) / rate
    reach = 1.15 * max(np.abs(original[:, : len(names)]).max(), 1e-4)
    axes = figure.subplots(len(names), sharex=True, squeeze=False)[:, 0]
    lines = []
    for axis, name, colour, sound in zip(axes, names, (LEFT, RIGHT), original.T, strict=False):
        axis.plot(milliseconds, sound, color=ORIGINAL, linewidth=2)
        lines += axis.plot(milliseconds, sound, color=colour, linewidth=1, animated=True)
        axis.set(ylim=(-reach, reach), xlim=(0, milliseconds[-1] or 1), ylabel=name)
    axes[-1].set_xlabel("milliseconds (grey: the original)")
    bottom = 0.5 / figure.get_figheight()
    figure.subplots_adjust(left=0.15, right=0.97, top=0.9, bottom=bottom, hspace=0.15)
    return figure, lines, title


def picture_of(canvas):
    """Return what was drawn on a canvas as a picture."""
    return Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba()).convert("RGB")


def _palette():
    """Return a picture whose palette is white, and each colour that is drawn, pure and half white."""
    colours = np.array([to_rgb(name) for name in ("black", ORIGINAL, LEFT, RIGHT)])
    palette = Image.new("P", (1, 1))
    palette.putpalette(np.uint8(255 * np.vstack([[1, 1, 1], colours, (1 + colours) / 2])).ravel().tolist())
    return palette

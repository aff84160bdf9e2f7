"""The animation, read back from its GIF: which curve is where in which picture, and what is said above it."""
import io
import struct
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from example_facts import BLUE, GREY, ORANGE, boxes, curve, gif_pictures, is_colour, plain_snr
from matplotlib.figure import Figure

from numpyae.report import animation
from numpyae.report.animation import save_animation


def read_gif(path):
    """Return (width, height, loops for ever, [milliseconds of each picture]) of a GIF, block by block."""
    data = Path(path).read_bytes()
    assert data[:6] == b"GIF89a"
    width, height, flags = struct.unpack("<HHB", data[6:11])
    place = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    forever, milliseconds = False, []

    def sub_blocks(place):
        while size := data[place]:
            place += size + 1
        return place + 1

    while data[place] != 0x3B:  # the trailer
        if data[place] == 0x21:  # an extension
            kind = data[place + 1]
            if kind == 0xF9:
                milliseconds.append(10 * struct.unpack("<H", data[place + 4 : place + 6])[0])
            if kind == 0xFF and data[place + 3 : place + 14] == b"NETSCAPE2.0":
                forever = data[place + 16 : place + 18] == b"\0\0"
            place = sub_blocks(place + 2)
        else:
            assert data[place] == 0x2C  # a picture
            local = data[place + 9]
            place = sub_blocks(place + 10 + (3 << (local & 7) + 1 if local & 0x80 else 0) + 1)
    return width, height, forever, milliseconds


def frames_of(rng, original, count):
    return [(i, original * i / count + 0.1 * rng.standard_normal(original.shape)) for i in range(count)]


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_the_animation_plays_there_and_back_and_loops_for_ever(tmp_path, rng, channels):
    original = rng.standard_normal((256, channels))
    save_animation(tmp_path / "a.gif", original, frames_of(rng, original, 12), 44100)
    width, height, forever, milliseconds = read_gif(tmp_path / "a.gif")
    assert (width, height) == (640, 240 if channels == 1 else 360) and forever
    assert sum(milliseconds) == (2 * 12 - 2) * 50  # a writer may merge equal pictures, but not their time


def test_an_animation_of_151_frames_of_noise_stays_under_2_mb(tmp_path, rng):
    original = rng.standard_normal((1024, 2))
    save_animation(tmp_path / "a.gif", original, frames_of(rng, original, 151), 44100)
    assert sum(read_gif(tmp_path / "a.gif")[3]) == 300 * 50
    assert (tmp_path / "a.gif").stat().st_size <= 2_000_000


@pytest.mark.parametrize("count", [1, 2])
def test_an_animation_of_a_frame_or_two_is_one_too(tmp_path, rng, count):
    original = np.zeros((64, 2))
    save_animation(tmp_path / "a.gif", original, frames_of(rng, original, count), 44100)
    assert read_gif(tmp_path / "a.gif")[:2] == (640, 360)


ITERATIONS = (0, 3, 17, 40, 99, 150)


@pytest.fixture(scope="module")
def moving(tmp_path_factory):
    """Ramps, and sines that move over them: (original, frames, the pictures of the GIF)."""
    time = np.arange(256)
    original = np.column_stack([np.linspace(-1, 1, 256), np.linspace(0.6, -0.6, 256)])
    frames = [(0, np.full((256, 2), 9.0))]  # beyond the axes: the grey is all that is seen
    frames += [
        (iteration, np.column_stack([0.8 * np.sin(time / 40 + k), 0.5 * np.cos(time / 50 - k)]))
        for k, iteration in enumerate(ITERATIONS[1:])
    ]
    path = tmp_path_factory.mktemp("moving") / "a.gif"
    save_animation(path, original, frames, 8000)
    return original, frames, gif_pictures(path)


def times(columns, box):
    """Return the samples that lie at the columns of a picture, if they span the box from side to side."""
    left, right = box[1].start - 3, box[1].stop + 1  # the lines of the frame
    return 255 * (columns - left) / (right - left)


def amplitudes(original, picture, box):
    """Return the polynomial row -> amplitude, from a picture of the original, a straight line, alone."""
    columns, rows = curve(picture, box, GREY)
    values = np.interp(times(columns, box), np.arange(256), original)
    amplitude = np.poly1d(np.polyfit(rows, values, 1))
    assert np.abs(amplitude(rows) - values).max() < 3 * abs(amplitude[1])
    return amplitude


def test_the_pictures_go_there_and_the_same_way_back(moving):
    _, frames, pictures = moving
    assert len(pictures) == 2 * len(frames) - 2
    for k in range(1, len(frames)):
        assert (pictures[k] != pictures[0]).any(axis=2).sum() > 1000
        assert np.array_equal(pictures[k], pictures[-k])
        assert not np.array_equal(pictures[k], pictures[k - 1])


@pytest.mark.parametrize("channel, colour, other", [(0, BLUE, ORANGE), (1, ORANGE, BLUE)])
def test_each_picture_draws_the_reconstruction_of_its_iteration_left_above_right(
    moving, channel, colour, other
):
    original, frames, pictures = moving
    box = boxes(pictures[0])[channel]
    assert not is_colour(pictures[0][box], colour).any()
    amplitude = amplitudes(original[:, channel], pictures[0], box)
    assert amplitude[1] < 0  # rows count downwards: up is up
    for (_, reconstruction), picture in zip(frames[1:], pictures[1 : len(frames)], strict=True):
        columns, rows = curve(picture, box, colour)
        assert len(columns) > 450 and not is_colour(picture[box], other).any()
        expected = np.interp(times(columns, box), np.arange(256), reconstruction[:, channel])
        assert np.abs(amplitude(rows) - expected).max() < 3 * abs(amplitude[1])


@pytest.mark.parametrize("channel, colour", [(0, BLUE), (1, ORANGE)])
def test_the_grey_original_stays_where_it_is_in_every_picture(moving, channel, colour):
    original, frames, pictures = moving
    box = boxes(pictures[0])[channel]
    amplitude = amplitudes(original[:, channel], pictures[0], box)
    for picture in pictures[1 : len(frames)]:
        columns, rows = curve(picture, box, colour)
        values = np.interp(times(columns, box), np.arange(256), original[:, channel])
        expected = ((values - amplitude[0]) / amplitude[1]).round().astype(int)
        free = np.abs(expected - rows) > 8  # where the other curve does not hide it
        assert free.sum() > 100 and is_colour(picture[expected, columns], GREY)[free].mean() > 0.97


def written(text):
    """Return the pixels of a text, cut out, as the title of an animation is written."""
    figure = Figure(figsize=(5, 2.8125), dpi=128)
    figure.text(0.5, 0.93, text, ha="center", fontsize=11, family="monospace")
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return ink(np.asarray(PIL.Image.open(file).convert("RGB"), int))


def ink(picture):
    dark = picture.sum(axis=2) < 300
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    return dark[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def test_above_each_picture_stand_its_iteration_and_its_snr(moving):
    original, frames, pictures = moving
    words = [
        f"iteration {iteration:4d}   SNR {f'{plain_snr(original, reconstruction):.1f} dB':>7}"
        for iteration, reconstruction in frames
    ]
    candidates = {text: written(text) for text in words} | {
        text: written(text) for number in ("0", "1", "4", "18", "98", "149")
        for text in (word.replace(word.split()[1].rjust(4), number.rjust(4)) for word in words)
    }
    for text, picture in zip(words, pictures[: len(frames)], strict=True):
        found = ink(picture[: boxes(picture)[0][0].start - 6])
        different = {
            candidate: np.mean(found != pixels) if found.shape == pixels.shape else 1
            for candidate, pixels in candidates.items()
        }
        assert min(different, key=different.get) == text and different[text] < 0.05


@pytest.fixture
def figures(monkeypatch):
    """The figures that animations are drawn with."""
    made = []

    def keep(*arguments, **settings):
        made.append(Figure(*arguments, **settings))
        return made[-1]

    monkeypatch.setattr(animation, "Figure", keep)
    return made


@pytest.mark.parametrize("channels, names", [
    (1, ["amplitude"]), (2, ["left", "right"]), (6, ["channel 1", "channel 2"]),
])
def test_the_axes_are_named_and_count_milliseconds(tmp_path, rng, figures, channels, names):
    original = rng.standard_normal((400, channels))
    save_animation(tmp_path / "a.gif", original, frames_of(rng, original, 2), 8000)
    axes = figures[0].axes
    assert [axis.get_ylabel() for axis in axes] == names
    assert axes[-1].get_xlabel() == "milliseconds (grey: the original)"
    for axis, channel in zip(axes, original.T, strict=False):
        grey, colour = axis.lines
        assert grey.get_color() == GREY and np.array_equal(grey.get_ydata(), channel)
        for line in (grey, colour):
            np.testing.assert_allclose(line.get_xdata(), np.arange(400) / 8)  # 8 samples a millisecond
        assert axis.get_xlim() == (0, 399 / 8)
        low, high = axis.get_ylim()
        assert low == -high and np.abs(channel).max() < high
    assert axes[0].get_ylim() == axes[-1].get_ylim()  # loud and soft channels can be compared


def test_few_colours_are_used_and_those_of_the_curves_are_pure(moving):
    colours = {*np.unique(moving[2] @ [2**16, 2**8, 1])}
    assert len(colours) <= 9 and {int(colour[1:], 16) for colour in (GREY, BLUE, ORANGE)} <= colours


def test_the_still_is_the_last_frame(tmp_path, rng):
    original = rng.standard_normal((64, 2))
    still = save_animation(tmp_path / "a.gif", original, frames_of(rng, original, 5), 8000)
    with PIL.Image.open(io.BytesIO(still)) as image:
        assert image.format == "PNG"
        picture = np.asarray(image.convert("RGB"), int)
    pictures = gif_pictures(tmp_path / "a.gif")
    assert [k for k in range(8) if np.array_equal(pictures[k], picture)] == [4]

"""What the pictures draw: every curve, bar and dot where the Facts have it, in its colour, under its name."""
import numpy as np
import pytest
import scipy.signal
from example_facts import BLUE, COLUMNS, GREEN, GREY, ORANGE, PINK, example_facts, plain_snr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from numpyae.report.figures import atoms_figure, loss_figure, spectrum_figure, stereo_figure


def drawn(figure):
    """Return the figure after it was laid out and drawn."""
    FigureCanvasAgg(figure).draw()
    return figure


def test_the_loss_falls_on_the_left_axis_and_the_snr_rises_on_the_right():
    figure = drawn(loss_figure(example_facts()))
    left, right = figure.axes
    for axis, name, colour in ((left, "loss", BLUE), (right, "snr_db", ORANGE)):
        line, = axis.lines
        assert line.get_xdata().tolist() == [1, 2, 3, 4, 5] and line.get_ydata().tolist() == COLUMNS[name]
        assert line.get_color() == axis.yaxis.label.get_color() == colour
    assert left.get_ylabel() == "loss (mean squared error)"
    assert right.get_ylabel() == "signal-to-noise ratio (dB)" and left.get_xlabel() == "iteration"
    assert (left.yaxis.get_label_position(), right.yaxis.get_label_position()) == ("left", "right")
    assert left.get_yscale() == "log" and right.get_yscale() == "linear"
    for axis in (left, right):  # what is better is further up in one and further down in the other
        points = axis.transData.transform(axis.lines[0].get_xydata())[:, 1]
        assert (np.diff(points) > 0).all() if axis is right else (np.diff(points) < 0).all()


def test_a_loss_of_zero_is_drawn_on_an_axis_that_has_a_zero():
    history = {name: np.array(column) for name, column in COLUMNS.items()}
    figure = drawn(loss_figure(example_facts(history={**history, "loss": np.zeros(5)})))
    assert figure.axes[0].get_yscale() == "linear"
    assert figure.axes[0].lines[0].get_ydata().tolist() == [0] * 5


@pytest.mark.parametrize("column", [{}, {"snr_side_db": np.full(5, 9.5)}, {"snr_mid_db": np.full(5, np.nan)}])
def test_mid_and_side_are_drawn_with_a_dot_where_they_pass_10_decibels(column):
    history = {name: np.array(values) for name, values in COLUMNS.items()} | column
    axis = drawn(stereo_figure(example_facts(history=history))).axes[0]
    ten, *lines = axis.lines
    assert set(ten.get_ydata()) == {10}
    dots = [line for line in lines if line.get_marker() == "o"]
    curves = [line for line in lines if line.get_marker() != "o"]
    expected, passes = [], []
    for name, start, colour in (
        ("snr_mid_db", "mid, (left + right) / 2: ", BLUE),
        ("snr_side_db", "side, (left - right) / 2: ", ORANGE),
    ):
        passed = [i for i, snr in zip(range(1, 6), history[name], strict=True) if snr >= 10]
        words = f"10 dB at iteration {passed[0]}" if passed else "never 10 dB"
        expected.append((start + words, colour))
        passes += [(passed[0], 10, colour)] if passed else []
    assert [(line.get_label(), line.get_color()) for line in curves] == expected
    for line, name in zip(curves, ("snr_mid_db", "snr_side_db"), strict=True):
        assert line.get_xdata().tolist() == [1, 2, 3, 4, 5]
        assert np.array_equal(line.get_ydata(), history[name], equal_nan=True)
    assert [(*np.ravel(dot.get_data()), dot.get_color()) for dot in dots] == passes
    assert [text.get_text() for text in axis.get_legend().get_texts()] == [label for label, _ in expected]


def tones_of_a_kind():
    """Return Facts in which the reconstruction lacks the high one of two tones."""
    time = np.arange(20000) / 8000
    low, high = (np.sin(2 * np.pi * frequency * time)[:, np.newaxis] for frequency in (250, 2000))
    noise = 1e-3 * np.random.default_rng(0).standard_normal((20000, 2))
    original = low * [0.5, 0.3] + high * [0.1, 0.2] + noise
    return example_facts(original=original, reconstruction=0.9 * low * [0.5, 0.3] + 0.5 * noise)


def powers(sound, rate):
    """Return frequencies, and the power spectrum of both channels together, in dB."""
    frequencies, power = scipy.signal.welch(sound, rate, nperseg=16384, axis=0)
    return frequencies[1:], 10 * np.log10(power.sum(axis=1)[1:])


def test_the_spectra_of_original_reconstruction_and_error_are_whole_and_in_their_colours():
    facts = tones_of_a_kind()
    above, _ = drawn(spectrum_figure(facts)).axes
    sounds = {
        "original": (facts.original, GREY), "reconstruction": (facts.reconstruction, BLUE),
        "error": (facts.original - facts.reconstruction, PINK),
    }
    assert [line.get_label() for line in above.lines] == [*sounds]
    assert [text.get_text() for text in above.get_legend().get_texts()] == [*sounds]
    for line, (sound, colour) in zip(above.lines, sounds.values(), strict=True):
        frequencies, power = powers(sound, 8000)
        assert line.get_color() == colour and len(line.get_xdata()) == 8192
        np.testing.assert_allclose(line.get_xdata(), frequencies)
        np.testing.assert_allclose(line.get_ydata(), power, atol=1e-6)
    original, reconstruction, error = (line.get_ydata() for line in above.lines)
    high = np.abs(frequencies - 2000).argmin()
    assert original[high] > reconstruction[high] + 30 and abs(error[high] - original[high]) < 1
    low, top = above.get_ylim()
    assert top - 10 < max(original) < top and low == pytest.approx(top - 105) and above.get_xscale() == "log"


def test_each_octave_has_a_bar_as_high_as_its_snr_right_way_up():
    facts = tones_of_a_kind()
    _, below = drawn(spectrum_figure(facts)).axes
    frequencies, power = powers(facts.original, 8000)
    _, lost = powers(facts.original - facts.reconstruction, 8000)
    bars = sorted(below.patches, key=lambda bar: bar.get_x())
    assert len(bars) == 7
    for centre, bar in zip((31.25, 62.5, 125, 250, 500, 1000, 2000), bars, strict=True):
        inside = (frequencies >= centre / 2**0.5) & (frequencies < centre * 2**0.5)
        snr = 10 * np.log10((10 ** (power[inside] / 10)).sum() / (10 ** (lost[inside] / 10)).sum())
        assert bar.get_x() + bar.get_width() / 2 == pytest.approx(centre)
        assert (bar.get_y(), bar.get_height()) == (0, pytest.approx(snr, abs=1e-6))
        assert to_hex(bar.get_facecolor()) == GREEN
    heights = [bar.get_height() for bar in bars]
    assert heights[3] == pytest.approx(20, abs=0.5) and heights[6] == pytest.approx(0, abs=0.5)
    assert below.transData.transform((250, 1))[1] > below.transData.transform((250, 0))[1]
    assert below.get_ylabel() == "SNR of the octave (dB)"


def test_a_bar_of_an_octave_that_got_worse_than_nothing_hangs_below_zero():
    facts = tones_of_a_kind()
    facts = example_facts(original=facts.original, reconstruction=-facts.original)
    _, below = drawn(spectrum_figure(facts)).axes
    assert all(bar.get_height() == pytest.approx(-6.02, abs=0.01) for bar in below.patches)


def test_the_frequencies_are_marked_in_hertz_up_to_half_the_rate():
    above, below = drawn(spectrum_figure(example_facts())).axes
    assert above.get_xlim() == below.get_xlim() == (20, 4000) and below.get_xlabel() == "frequency (Hz)"
    assert below.get_xticks().tolist() == [31.5, 63, 125, 250, 500, 1000, 2000]
    words = [label.get_text() for label in below.get_xticklabels()]
    assert words == ["31.5", "63", "125", "250", "500", "1k", "2k"]


def test_silence_has_a_spectrum_too():
    silent = example_facts(original=np.zeros((500, 2)), reconstruction=np.zeros((500, 2)))
    above, below = drawn(spectrum_figure(silent)).axes
    assert np.isfinite([line.get_ydata() for line in above.lines]).all() and not below.patches
    assert plain_snr(np.ones(5), np.full(5, 0.9)) == pytest.approx(20)  # what is 20 dB


@pytest.mark.parametrize("channels, colours", [(1, [BLUE]), (2, [BLUE, ORANGE]), (6, [BLUE, ORANGE])])
def test_each_atom_is_in_its_box_up_is_up_and_left_is_blue(rng, channels, colours):
    atoms = rng.standard_normal((7, 10, channels)) * rng.uniform(0.01, 5, (7, 1, 1))
    atoms[6] = 0  # never on
    axis = drawn(atoms_figure(example_facts(atoms=atoms))).axes[0]
    zeros, *curves = axis.collections
    assert to_hex(zeros.get_color()[0]) == GREY and len(zeros.get_segments()) == 7
    assert [to_hex(collection.get_color()[0]) for collection in curves] == colours
    for channel, collection in enumerate(curves):
        assert len(collection.get_segments()) == 7
        both = zip(collection.get_segments(), zeros.get_segments(), strict=True)
        for index, (points, zero) in enumerate(both):
            row, column = divmod(index, 3)
            assert ((column < points[:, 0]) & (points[:, 0] < column + 1)).all()
            assert ((row < points[:, 1]) & (points[:, 1] < row + 1)).all()
            assert (np.diff(points[:, 0]) > 0).all()
            on_screen = axis.transData.transform(points)[:, 1] - axis.transData.transform(zero)[0, 1]
            box = axis.transData.transform((0, row))[1] - axis.transData.transform((0, row + 1))[1]
            assert box > 0  # the first row is the uppermost
            shape = atoms[index, :, channel] / max(np.abs(atoms[index]).max(), 1e-9)
            np.testing.assert_allclose(on_screen, 0.4 * box * shape, atol=1e-6 * box)


def test_under_the_atoms_stand_their_length_and_their_colours(rng):
    axis = drawn(atoms_figure(example_facts(atoms=rng.standard_normal((7, 10, 2))))).axes[0]
    assert axis.get_title() == "What each of the 7 features draws"
    assert "each box: 10 samples, 1.25 ms; blue: left, orange: right" in axis.get_xlabel()
    assert "from low (top left) to high" in axis.get_xlabel()
    axis = drawn(atoms_figure(example_facts(atoms=rng.standard_normal((7, 10, 1))))).axes[0]
    assert "each box: 10 samples, 1.25 ms\n" in axis.get_xlabel() and "left, orange" not in axis.get_xlabel()


@pytest.mark.parametrize("count, columns, rows", [(1, 1, 1), (4, 2, 2), (8, 3, 3), (64, 8, 8), (3, 2, 2)])
def test_every_atom_has_a_box(rng, count, columns, rows):
    axis = drawn(atoms_figure(example_facts(atoms=rng.standard_normal((count, 16, 2))))).axes[0]
    assert axis.get_xlim() == (0, columns) and axis.get_ylim() == (rows, 0)
    assert len(axis.collections[1].get_segments()) == count

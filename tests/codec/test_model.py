"""The model: writer and reader ask the same of every field, in the order of a chessboard's two colours."""
import numpy as np
import pytest

from numpyae.codec import model as model_module
from numpyae.codec.bands import LOUDEST, SILENT
from numpyae.codec.container import Header
from numpyae.codec.model import CLASSES, Model, before, beside, class_of, clip, fold, halves, unfold
from numpyae.codec.neuron import ONE, Neuron
from numpyae.codec.rans import Decoder, Encoder
from numpyae.codec.rounding import LARGEST

CHANNELS = [1, 2, 3, 6]


def header_of(channels, rate=44_100):
    return Header(rate, channels, 0, 256, -200, 42, 38)


def random_song(rng, header, windows=6):
    """Yield (outline, numbers) of windows whose numbers are larger where their bands are louder."""
    bands = len(header.edges) - 1
    levels = rng.integers(-6, 3, (header.channels, bands))
    for _ in range(windows):
        levels = (levels + rng.integers(-1, 2, levels.shape)).clip(SILENT, LOUDEST)
        filters = rng.integers(-7, 8, (header.channels, 2)) * rng.integers(0, 2, (header.channels, 1))
        scale = np.repeat(2.0 ** (levels / 2), np.diff(header.edges), axis=1)
        yield np.concatenate([levels, filters], axis=1), np.rint(rng.laplace(0, scale)).astype(np.int64)


class Noting:
    """A coder around another that notes the probabilities which it is asked for."""

    def __init__(self, coder):
        self.coder, self.asked, self.bits = coder, [], 0

    def __call__(self, p, answers):
        self.asked.append(p.copy())
        told = self.coder(p, answers)
        self.bits -= np.log2(np.where(told, p, ONE - p) / ONE).sum()
        return told


def written(song, header):
    """Return the bytes of a song, and the Noting coder that they were written by."""
    encoder = Encoder()
    model, noting = Model(header), Noting(encoder)
    for outline, numbers in song:
        told = model.code(noting, outline, numbers)
        assert np.array_equal(told[0], outline) and np.array_equal(told[1], numbers)
    return encoder.finish(2**16, 16), noting


def read(data, header, windows):
    """Return the song and the Noting coder that it was read by."""
    decoder = Decoder(data, 2**16, 16)
    model, noting = Model(header), Noting(decoder)
    song = [model.code(noting) for _ in range(windows)]
    decoder.finish()
    return song, noting


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("rate", [1, 44_100, 2**31 - 1])
def test_what_is_written_is_read_and_the_reader_asks_for_the_same_probabilities(rng, channels, rate):
    header = header_of(channels, rate)
    song = [*random_song(rng, header)]
    data, writing = written(song, header)
    back, reading = read(data, header, len(song))
    for (outline, numbers), (got, gotten) in zip(song, back, strict=True):
        assert np.array_equal(got, outline) and np.array_equal(gotten, numbers)
        assert got.shape == outline.shape and gotten.shape == numbers.shape
    assert len(writing.asked) == len(reading.asked)
    for asked, again in zip(writing.asked, reading.asked, strict=True):
        assert np.array_equal(asked, again)
    p = np.concatenate(writing.asked)
    assert p.dtype == np.int64 and p.min() >= 24 and p.max() <= ONE - 24


@pytest.mark.parametrize("channels", [1, 2])
def test_the_most_extreme_outlines_and_numbers_are_read(channels):
    header = header_of(channels)
    bands, tones = len(header.edges) - 1, header.edges[-1]
    outlines = [np.full((channels, bands + 2), value) for value in (SILENT, LOUDEST, SILENT, 0)]
    for outline, filters in zip(outlines, (7, -7, 0, 7), strict=True):
        outline[:, -2:] = filters
    numbers = [np.full((channels, tones), value) for value in (LARGEST, -LARGEST, 0, -1)]
    song = [*zip(outlines, numbers, strict=True)]
    back, _ = read(written(song, header)[0], header, 4)
    for (outline, number), (got, gotten) in zip(song, back, strict=True):
        assert np.array_equal(got, outline) and np.array_equal(gotten, number)


def test_the_reader_of_another_gain_or_gamma_asks_otherwise(rng):
    header = header_of(2)
    song = [*random_song(rng, header)]
    _, asked = written(song, header)
    for other in (header._replace(gain=0), header._replace(gamma=0)):
        _, others = written(song, other)
        assert any(not np.array_equal(one, two) for one, two in zip(asked.asked, others.asked, strict=True))


@pytest.mark.parametrize("channels", CHANNELS)
def test_a_song_that_repeats_itself_costs_less_and_less(rng, channels):
    header = header_of(channels)
    song = [*random_song(rng, header, windows=4)]
    once, often = (written(song * times, header)[1].bits for times in (1, 20))
    assert often < 16 * once


def test_what_is_loud_is_expected_to_have_large_numbers(rng):
    header = header_of(2)
    song = [*random_song(rng, header, windows=60)]
    right = written(song, header)[1].bits
    for outline, _ in song:
        rng.shuffle(outline[:, :-2].T)
    assert written(song, header)[1].bits > 1.02 * right


def test_the_neurons_are_told_how_many_steps_a_band_is_loud(rng, monkeypatch):
    class Told(Neuron):
        def code(self, coder, inputs, cells, numbers=None):
            told.extend(inputs[1:])
            return super().code(coder, inputs, cells, numbers)

    told, header = [], header_of(2)
    monkeypatch.setattr(model_module, "Neuron", Told)
    (outline, numbers), *_ = random_song(rng, header, windows=1)
    Model(header).code(Encoder(), outline, numbers)
    levels = outline[:, :-2]
    octaves = levels - (header.gain + header.gamma * levels.max(axis=0)) / 64
    octaves = np.repeat(octaves, np.diff(header.edges), axis=1)
    for got, half in zip(told, halves(*octaves.shape), strict=True):
        assert np.array_equal(got, 256 * octaves.ravel()[half])


def test_a_number_that_the_other_channel_foretells_costs_less(rng):
    header, tones = header_of(2), header_of(2).edges[-1]
    outline, same, apart = np.zeros((2, len(header.edges) + 1), np.int64), [], []
    for _ in range(60):
        numbers = rng.integers(2, 6, (2, tones)) * (rng.random(tones) < 0.1)
        same.append((outline, numbers))
        apart.append((outline, np.stack([numbers[0], np.roll(numbers[1], tones // 2)])))
    assert written(same, header)[1].bits < 0.95 * written(apart, header)[1].bits


def test_what_is_given_stays_as_it_was_and_what_is_returned_stays_too(rng):
    header = header_of(2)
    song = [*random_song(rng, header)]
    kept = [(outline.copy(), numbers.copy()) for outline, numbers in song]
    model, told = Model(header), []
    for outline, numbers in song:
        told.append(model.code(Encoder(), outline, numbers))
    for window, before_it, after_it in zip(song, kept, told, strict=True):
        for now, then, later in zip(window, before_it, after_it, strict=True):
            assert np.array_equal(now, then) and np.array_equal(now, later)


@pytest.mark.parametrize("channels", [*CHANNELS, 255])
@pytest.mark.parametrize("fields", [1, 2, 5, 8])
def test_the_halves_have_every_field_once_and_the_neighbours_of_black_are_white(channels, fields):
    black, white = halves(channels, fields)
    assert sorted([*black, *white]) == [*range(channels * fields)]
    colour = np.zeros(channels * fields, np.int64)
    colour[white] = 1
    colour = colour.reshape(channels, fields)
    assert colour[0, 0] == 0
    assert (colour[:, 1:] != colour[:, :-1]).all() and (colour[1:] != colour[:-1]).all()


def test_neighbours_are_added_up():
    fields = np.array([[1, 2, 4, 8], [10, 20, 40, 80]])
    assert beside(fields).tolist() == [[2, 5, 10, 4], [20, 50, 100, 40]]
    assert before(fields).tolist() == [[10, 20, 40, 80], [1, 2, 4, 8]]
    assert beside(fields[:, :1]).tolist() == [[0], [0]] and before(fields[:1]).tolist() == [[1, 2, 4, 8]]
    assert before(np.array([[1], [2], [3]])).tolist() == [[3], [1], [2]]


def test_fold_and_unfold_undo_each_other():
    numbers = np.arange(-3, 4)
    assert fold(np.array([0, 1, -1, 2, -2])).tolist() == [0, 1, 2, 3, 4]
    assert np.array_equal(unfold(fold(numbers)), numbers)
    assert np.array_equal(fold(unfold(np.arange(1000))), np.arange(1000))


def test_contexts_are_whole_numbers_from_0_on():
    assert clip(np.array([-9, -2, 0, 1, 9]), 2).tolist() == [0, 0, 2, 3, 4]
    assert class_of(np.array([0, 127, 128, 256, 10_000])).tolist() == [0, 0, 1, 2, CLASSES - 1]

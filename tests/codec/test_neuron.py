"""The neuron: its step is the gradient's, its integers are far from ties, and every wrong one is caught."""
import numpy as np
import pytest
from wrong_neurons import WRONG_NEURONS

from numpyae.codec.neuron import LOG2, ONE, SIGMOID, SPAN, Neuron, gradient, log2, probability
from numpyae.codec.rans import Decoder, Encoder
from numpyae.nn import complex_step_gradient

LARGEST = 16_390
TABLES = 6, 4  # the cells of the two tables


class Writer:
    """A coder that notes what it is told."""

    def __init__(self):
        self.p, self.answers = [], []

    def __call__(self, p, answers):
        self.p.append(p.copy())
        self.answers.append(answers.copy())
        return answers

    @property
    def bits(self):
        """What the answers cost."""
        p, answers = np.concatenate(self.p) / ONE, np.concatenate(self.answers)
        return -np.log2(np.where(answers, p, 1 - p)).sum()


class Reader:
    """A coder that answers what a Writer was told, if it is asked the same."""

    def __init__(self, writer):
        self._told = zip(writer.p, writer.answers, strict=True)

    def __call__(self, p, answers):
        assert answers is None
        asked, told = next(self._told)
        assert np.array_equal(p, asked), "reader: it asks with other probabilities than the writer"
        return told


def sources(rng, calls, n=400):
    """Yield (inputs, cells, numbers): numbers below 8 that depend on an input and on the first table."""
    for call in range(calls):
        cells = np.array([rng.integers(0, size, n) for size in TABLES])
        inputs = rng.integers(-1500, 1500, (2, n))
        likely = 1 / (1 + np.exp(-0.4 * (cells[0] - 2) - inputs[0] / 500 + call % 2))
        yield inputs, cells, np.minimum(rng.geometric(1 - 0.8 * likely) - 1, 7)


def cost(weights, features, answers):
    """Return how many bits the answers cost, -log2 of a sigmoid, for real or complex weights."""
    p = 1 / (1 + np.exp(-(weights @ features)))
    return -np.log2(np.where(answers, p, 1 - p)).sum()


def check_step(neuron, weights, counts, inputs, cells, numbers, told):
    """Assert that a neuron has learnt what it should from one call, told: the probabilities in order."""
    cells = cells + np.array([[0], [TABLES[0]]])
    rates = np.repeat([2.0**-11, 2.0**-13], [3, 2]) * np.log(2)
    for question in range(numbers.max() + 1):
        asked, (no, yes) = numbers >= question, counts[question]
        answers = numbers[asked] > question
        odds = np.log((yes + 1) / (no + 1))[cells[:, asked]]
        features = np.concatenate([np.ones((1, asked.sum())), inputs[:, asked] / 256, odds])
        w = weights[question] / ONE
        p = (1 / (1 + np.exp(-(w @ features)))).clip(24 / ONE, 1 - 24 / ONE)
        off = abs(told[question] / ONE - p).max()
        assert off < 0.01, f"guess: question {question}"
        exact = w.astype(np.complex128)
        step = -rates * complex_step_gradient(lambda: cost(exact, features, answers), exact)  # noqa: B023
        got = (neuron.weights[question] - weights[question]) / ONE
        rounding = rates / np.log(2) * (abs(features).sum(axis=1) * off + 0.02 * len(p)) + 2 / ONE
        assert (abs(got - step) <= rounding).all(), f"weights: {got}, not {step}"
        no, yes = (
            before + 8 * np.bincount(cells[:, asked][:, same].ravel(), minlength=sum(TABLES))
            for before, same in ((no, ~answers), (yes, answers))
        )
        halved = np.where(no + yes > 4000, 2, 1)
        counted = np.array([no // halved, yes // halved])
        assert np.array_equal(neuron.counts[question], counted), f"counts: question {question}"


def check_neuron(kind):
    """Assert that neurons of this kind read what they have written, and guess, learn and count."""
    neuron, reader = kind(2, TABLES), kind(2, TABLES)
    assert (neuron.weights / ONE == [0, 0, 0, 0.5, 0.5]).all(), "born: with other weights"
    for inputs, cells, numbers in sources(np.random.default_rng(7), calls=3):
        writer = Writer()
        assert np.array_equal(neuron.code(writer, inputs, cells, numbers), numbers)
        assert np.array_equal(reader.code(Reader(writer), inputs, cells), numbers)
    neuron = kind(2, TABLES)
    for inputs, cells, numbers in sources(np.random.default_rng(7), calls=12):
        weights, counts, writer = neuron.weights.copy(), neuron.counts.copy(), Writer()
        neuron.code(writer, inputs, cells, numbers)
        check_step(neuron, weights, counts, inputs, cells, numbers, writer.p)


def test_the_neuron_steps_down_the_gradient_of_its_cost_and_reader_and_writer_agree():
    check_neuron(Neuron)


def test_there_are_at_least_thirty_wrong_neurons():
    assert len(WRONG_NEURONS) >= 30


@pytest.mark.parametrize("kind", WRONG_NEURONS, ids=lambda kind: kind.__name__)
def test_every_wrong_neuron_is_caught_by_name(kind):
    with pytest.raises(AssertionError, match=f"^{WRONG_NEURONS[kind]}"):
        check_neuron(kind)


def test_in_floating_point_the_gradient_is_that_of_the_complex_step(rng):
    features, answers = rng.standard_normal((5, 200)), rng.random(200) < 0.3
    weights = rng.standard_normal(5).astype(np.complex128)
    expected = complex_step_gradient(lambda: cost(weights, features, answers), weights)
    p = ONE / (1 + np.exp(-(weights.real @ features)))
    got = gradient(features, p, answers) / ONE / np.log(2)
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


def distance_from_a_tie(exact):
    """Return how far numbers are from where their rounding changes, and the least of these distances."""
    assert np.finfo(exact.dtype).nmant > 52, "this machine has no more precise numbers to compare with"
    return abs(exact - np.floor(exact) - 0.5).min()


@pytest.mark.skipif(np.finfo(np.longdouble).nmant <= 52, reason="no numbers more precise than float64 here")
def test_no_entry_of_a_table_is_near_a_tie_where_another_machine_may_round_otherwise():
    logarithms = 256 * np.log2(np.arange(1, 2**14 + 1, dtype=np.longdouble))
    sigmoids = ONE / (1 + np.exp(-np.arange(-SPAN, SPAN + 1, dtype=np.longdouble) / 256))
    nearest = {"LOG2": distance_from_a_tie(logarithms), "SIGMOID": distance_from_a_tie(sigmoids)}
    print(f"nearest to a tie: { {name: f'{distance:.1e}' for name, distance in nearest.items()} }")
    assert min(nearest.values()) > 1e-6
    assert np.array_equal(LOG2, np.rint(logarithms)) and LOG2.dtype == np.int64
    assert np.array_equal(SIGMOID, np.rint(sigmoids).clip(24, ONE - 24)) and SIGMOID.dtype == np.int64


def test_logarithms_have_8_bits_after_the_point_and_end_at_14_octaves():
    numbers = np.array([0, 1, 2, 3, 7, 2**14 - 1, 2**14, 10**9])
    assert log2(numbers).tolist() == [0, 256, 406, 512, 768, 3584, 3584, 3584]


def test_probabilities_are_symmetric_and_never_certain():
    weights, features = np.array([ONE]), np.arange(-10**6, 10**6, 997)[np.newaxis]
    p = probability(weights, features)
    assert p.min() == 24 and p.max() == ONE - 24 and (np.diff(p) >= 0).all()
    assert (probability(weights, np.array([[0, 256, -256]])) == [ONE // 2, 47_911, ONE - 47_911]).all()
    huge = np.array([2**40])
    assert probability(huge, np.array([[5000, -5000]])).tolist() == [ONE - 24, 24]


@pytest.mark.parametrize("shuffled", [False, True])
def test_numbers_of_all_sizes_come_back(rng, shuffled):
    numbers = np.arange(LARGEST + 1)
    if shuffled:
        rng.shuffle(numbers)
    cells, encoder = np.zeros((1, len(numbers)), np.int64), Encoder()
    assert np.array_equal(Neuron(0, [1]).code(encoder, cells[:0], cells, numbers), numbers)
    decoder = Decoder(encoder.finish(2**16, 16), 2**16, 16)
    assert np.array_equal(Neuron(0, [1]).code(decoder, cells[:0], cells), numbers)
    decoder.finish()


@pytest.mark.parametrize("number", [0, 1, 7, 8, 9, 10, 11, 22, 23, 24, 16_389, 16_390])
def test_a_single_number_comes_back(number):
    cells, writer = np.zeros((2, 1), np.int64), Writer()
    Neuron(0, [1, 1]).code(writer, cells[:0], cells, np.array([number]))
    assert Neuron(0, [1, 1]).code(Reader(writer), cells[:0], cells).tolist() == [number]


def test_no_numbers_are_told_and_nothing_is_learnt():
    neuron, before = Neuron(1, [3]), Neuron(1, [3])
    none = np.zeros((1, 0), np.int64)
    assert len(neuron.code(Writer(), none, none, np.zeros(0, np.int64))) == 0
    assert np.array_equal(neuron.weights, before.weights) and np.array_equal(neuron.counts, before.counts)


def bits_a_number(numbers, cells, sizes, calls=200, inputs=0):
    """Return what a number costs in the second half of so many calls."""
    neuron, costs = Neuron(inputs, sizes), []
    for now, cell in zip(np.array_split(numbers, calls), np.array_split(cells, calls, axis=1), strict=True):
        writer = Writer()
        neuron.code(writer, np.full((inputs, len(now)), 256), cell, now)
        costs.append(writer.bits)
    return sum(costs[calls // 2 :]) / len(numbers) * 2


@pytest.mark.parametrize("number", [0, 1, 3, 7])
def test_what_is_always_the_same_costs_nearly_nothing(number):
    numbers = np.full(10_000, number)
    assert bits_a_number(numbers, np.zeros((1, 10_000), np.int64), [1]) < 0.02 * (number + 1)


@pytest.mark.parametrize("likely", [0.5, 0.3, 0.1, 0.02])
def test_a_biased_coin_costs_its_entropy(rng, likely):
    numbers = (rng.random(40_000) < likely).astype(np.int64)
    rate = numbers[20_000:].mean()
    told_more = -(rate * np.log2(1 - 24 / ONE))  # "is it more than 1?" is not free
    entropy = -rate * np.log2(rate) - (1 - rate) * np.log2(1 - rate) + told_more
    cost = bits_a_number(numbers, np.zeros((1, 40_000), np.int64), [1])
    print(f"{cost / entropy - 1:.1%} above the entropy")
    assert 0.99 * entropy < cost < 1.04 * entropy


def test_two_coins_that_a_table_tells_apart_cost_their_own_entropies(rng):
    cells = rng.integers(0, 2, (1, 40_000))
    numbers = (rng.random(40_000) < np.array([0.05, 0.95])[cells[0]]).astype(np.int64)
    cost = bits_a_number(numbers, cells, [2])
    entropy = -0.05 * np.log2(0.05) - 0.95 * np.log2(0.95)
    assert cost < 1.06 * entropy


def test_what_an_input_foretells_is_learnt_too(rng):
    inputs = rng.integers(-1000, 1000, (1, 40_000))
    numbers = (rng.random(40_000) < 1 / (1 + np.exp(-inputs[0] / 128))).astype(np.int64)
    p = 1 / (1 + np.exp(-inputs[0] / 128))
    entropy = -(p * np.log2(p) + (1 - p) * np.log2(1 - p)).mean()
    neuron, writer = Neuron(1, [1]), None
    for half in (slice(0, 20_000), slice(20_000, 40_000)):
        writer = Writer()
        for part in np.array_split(np.arange(40_000)[half], 100):
            neuron.code(writer, inputs[:, part], np.zeros((1, len(part)), np.int64), numbers[part])
    assert writer.bits / 20_000 < 1.06 * entropy


def test_what_is_given_stays_as_it_was():
    (inputs, cells, numbers), *_ = sources(np.random.default_rng(1), 1)
    before = inputs.copy(), cells.copy(), numbers.copy()
    Neuron(2, TABLES).code(Writer(), inputs, cells, numbers)
    for now, kept in zip((inputs, cells, numbers), before, strict=True):
        assert np.array_equal(now, kept)

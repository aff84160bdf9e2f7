"""Plausible wrong neurons, each with the name of what the check must find wrong.

A class's docstring is what is wrong with it. "born": its first weights, "guess": a probability, "weights": a
step, "counts": the tables, "reader": what the reader asks is not what the writer asked.
"""
import numpy as np
import pytest

from numpyae.codec import neuron
from numpyae.codec.neuron import ONE, Neuron

WRONG_NEURONS = {}  # class -> what the check must name


def wrong(what):
    """Register a class; what: the word by which the check must call its fault."""

    def register(cls):
        WRONG_NEURONS[cls] = what
        return cls

    return register


class _After(Neuron):
    """A neuron that learns rightly, and then has its `after` change what it has learnt."""

    def code(self, coder, inputs, cells, numbers=None):
        weights, counts = self.weights.copy(), self.counts.copy()
        told = super().code(coder, inputs, cells, numbers)
        self.after(weights, counts, reading=numbers is None)
        return told


class _Patched(Neuron):
    """A neuron whose `gradient` or `probability` takes the place of the module's."""

    names = ("gradient",)

    def code(self, coder, inputs, cells, numbers=None):
        with pytest.MonkeyPatch.context() as patch:
            for name in self.names:
                patch.setattr(neuron, name, getattr(self, name))
            return super().code(coder, inputs, cells, numbers)


@wrong("weights")
class WrongSign(_After):
    """The step goes up the gradient."""

    def after(self, weights, counts, reading):
        self.weights = 2 * weights - self.weights


@wrong("weights")
class DoesNotLearn(_After):
    """The weights stay what they were."""

    def after(self, weights, counts, reading):
        self.weights = weights


@wrong("weights")
class BiasForgotten(_After):
    """The bias does not learn."""

    def after(self, weights, counts, reading):
        self.weights[:, 0] = weights[:, 0]


@wrong("weights")
class InputForgotten(_After):
    """The last of the inputs does not learn."""

    def after(self, weights, counts, reading):
        self.weights[:, 2] = weights[:, 2]


@wrong("weights")
class TableForgotten(_After):
    """The weight of the last table does not learn."""

    def after(self, weights, counts, reading):
        self.weights[:, -1] = weights[:, -1]


@wrong("weights")
class FirstQuestionOnly(_After):
    """Only "is it more than 0?" learns."""

    def after(self, weights, counts, reading):
        self.weights[1:] = weights[1:]


@wrong("weights")
class OneWeightForAllQuestions(_After):
    """All questions take the step of the first."""

    def after(self, weights, counts, reading):
        self.weights[1:] = weights[1:] + (self.weights - weights)[0]


@wrong("weights")
class OneCallLate(_After):
    """Every step is taken in the next call."""

    late = 0

    def after(self, weights, counts, reading):
        step = self.weights - weights
        self.weights, self.late = weights + self.late, step


@wrong("weights")
class Momentum(_After):
    """Half of the last step is taken again."""

    step = 0

    def after(self, weights, counts, reading):
        self.step = self.weights - weights + self.step // 2
        self.weights = weights + self.step


@wrong("weights")
class TwiceAsFast(Neuron):
    """The rate of the weights is one shift too high."""

    def __init__(self, inputs, sizes):
        super().__init__(inputs, sizes)
        self.shifts[: 1 + inputs] -= 1


@wrong("weights")
class HalfAsFast(Neuron):
    """The rate of the weights is one shift too low."""

    def __init__(self, inputs, sizes):
        super().__init__(inputs, sizes)
        self.shifts[: 1 + inputs] += 1


@wrong("weights")
class TablesAsFastAsTheRest(Neuron):
    """All weights have one rate."""

    def __init__(self, inputs, sizes):
        super().__init__(inputs, sizes)
        self.shifts[:] = self.shifts[0]


@wrong("weights")
class RatesSwapped(Neuron):
    """The tables have the rate of the inputs, and the inputs that of the tables."""

    def __init__(self, inputs, sizes):
        super().__init__(inputs, sizes)
        self.shifts = self.shifts[::-1][: 1 + inputs + len(sizes)]


@wrong("weights")
class StaleProbability(_Patched):
    """The error is that of the last call's probabilities."""

    def __init__(self, inputs, sizes):
        super().__init__(inputs, sizes)
        self.stale, self.question = {}, 0

    def code(self, *arguments):
        self.question = 0
        return super().code(*arguments)

    def gradient(self, features, p, answers):
        self.question += 1
        stale = self.stale.get(self.question, p)
        self.stale[self.question] = p
        return features @ (np.resize(stale, len(p)) - ONE * answers)


@wrong("weights")
class MeanOverNumbers(_Patched):
    """The gradient is the mean over the half's fields, and not their sum."""

    def gradient(self, features, p, answers):
        return features @ (p - ONE * answers) // max(1, len(p))


@wrong("weights")
class SquaredError(_Patched):
    """The gradient of (p - answer)^2, and not of -log2 p."""

    def gradient(self, features, p, answers):
        return features @ ((p - ONE * answers) * p // ONE * (ONE - p) // ONE * 2)


@wrong("weights")
class LearnsFromYesOnly(_Patched):
    """A no teaches nothing."""

    def gradient(self, features, p, answers):
        return features @ (answers * (p - ONE))


@wrong("weights")
class OneAnswerForAll(_Patched):
    """The fields are given each other's answers."""

    def gradient(self, features, p, answers):
        return features @ (p - ONE * np.roll(answers, 1))


@wrong("weights")
class AnswerOfOne(_Patched):
    """An answer counts as 1 of 65,536."""

    def gradient(self, features, p, answers):
        return features @ (p - answers)


@wrong("weights")
class FirstHalfOfTheFields(_Patched):
    """The second half of the fields is left out of the sum."""

    def gradient(self, features, p, answers):
        half = -(-len(p) // 2)
        return features[:, :half] @ (p - ONE * answers)[:half]


@wrong("weights")
class SignsOfFeaturesLost(_Patched):
    """The features are taken without their signs."""

    def gradient(self, features, p, answers):
        return abs(features) @ (p - ONE * answers)


@wrong("guess")
class ProbabilityOfNo(_Patched):
    """It says how likely a no is."""

    names = ("probability",)
    right = staticmethod(neuron.probability)

    def probability(self, weights, features):
        return ONE - self.right(weights, features)


@wrong("guess")
class BiasNotHeard(_Patched):
    """The guess leaves the bias out, although it learns."""

    names = ("probability",)
    right = staticmethod(neuron.probability)

    def probability(self, weights, features):
        return self.right(weights[1:], features[1:])


@wrong("guess")
class TwiceAsSure(_Patched):
    """w . f has one bit too few behind the point."""

    names = ("probability",)
    right = staticmethod(neuron.probability)

    def probability(self, weights, features):
        return self.right(2 * weights, features)


@wrong("guess")
class LogarithmToTheBaseTwo(_Patched):
    """The log odds of the tables are in octaves."""

    names = ("log2",)
    right = staticmethod(neuron.log2)

    def log2(self, numbers):
        return self.right(numbers) * 256 // 177


@wrong("born")
class BornDifferent(Neuron):
    """The weights of the tables begin at 1."""

    def __init__(self, inputs, sizes):
        super().__init__(inputs, sizes)
        self.weights[:, 1 + inputs :] = ONE


@wrong("counts")
class DoesNotCount(_After):
    """The tables stay what they were."""

    def after(self, weights, counts, reading):
        self.counts = counts


@wrong("counts")
class YesForNo(_After):
    """A yes is counted as a no."""

    def after(self, weights, counts, reading):
        self.counts = counts + (self.counts - counts)[:, ::-1]


@wrong("counts")
class OneTableOnly(_After):
    """The last cells of the last table do not count."""

    def after(self, weights, counts, reading):
        self.counts[..., -2:] = counts[..., -2:]


@wrong("counts")
class CountsACellOnce(_After):
    """`+=` through an index array counts a cell once, however many of the fields are in it."""

    def after(self, weights, counts, reading):
        self.counts = counts + np.clip(self.counts - counts, 0, 8)


@wrong("counts")
class NeverForgets(_After):
    """A full cell is not halved."""

    def after(self, weights, counts, reading):
        halved = (self.counts < counts).any(axis=1, keepdims=True)
        self.counts = np.where(halved, 2 * self.counts, self.counts)


@wrong("reader")
class WriterLearnsFirst(Neuron):
    """The writer takes its step before it writes."""

    def code(self, coder, inputs, cells, numbers=None):
        if numbers is not None:
            super().code(lambda p, answers: answers, inputs, cells, numbers)
        return super().code(coder, inputs, cells, numbers)


@wrong("reader")
class ReaderDoesNotLearn(_After):
    """The reader takes no step."""

    def after(self, weights, counts, reading):
        if reading:
            self.weights = weights


@wrong("reader")
class ReaderDoesNotCount(_After):
    """The reader does not count."""

    def after(self, weights, counts, reading):
        if reading:
            self.counts = counts


@wrong("reader")
class WriterKnowsTheAnswer(Neuron):
    """The number itself is among the writer's inputs."""

    def code(self, coder, inputs, cells, numbers=None):
        if numbers is not None:
            inputs = np.concatenate([inputs[:-1], 256 * numbers[np.newaxis]])
        return super().code(coder, inputs, cells, numbers)


@wrong("reader")
class ReaderOffByARounding(_After):
    """The reader's first weight is off by the last of its bits."""

    def after(self, weights, counts, reading):
        if reading:
            self.weights[0, 0] += 16

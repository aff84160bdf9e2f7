"""One neuron that guesses the next number, is told the answer, and learns: the same in writer and reader.

A whole number is told by answers to "is it more than 0?", "is it more than 1?" and so on. For each question a
logistic neuron says how likely a yes is, p = sigmoid(w . f), from features f that the reader knows as well.
The answer then costs -log2 p bits, or -log2(1 - p), and the gradient of that cost with respect to w is
(p - answer) f / ln 2. Both sides take one step against it, so no weight is ever sent. That counts of earlier
answers are good features is known from PAQ (Mahoney, 2005, "Adaptive weighing of context models").

All of it is in whole numbers, because both sides must get the same p on every machine: features have 8 bits
after the point, weights and probabilities 16, and a sum of whole numbers is the same in any order.
"""
import numpy as np

ONE = 2**16  # a probability of 1, and a weight of 1
UNARY, QUESTIONS = 8, 21  # from 8 on, numbers are told in octaves
RATE, TABLE_RATE = 19, 21  # learning rates of the weights, as shifts
COUNT, MOST_COUNTS = 8, 4_000
LOG2 = np.rint(256 * np.log2(np.arange(1, 2**14 + 1))).astype(np.int64)
SPAN = 2048
SIGMOID = np.rint(ONE / (1 + np.exp(-np.arange(-SPAN, SPAN + 1) / 256))).clip(24, ONE - 24).astype(np.int64)


def log2(numbers):
    """Return log2(numbers + 1) with 8 bits after the point, of whole numbers from 0 on."""
    return LOG2.take(numbers, mode="clip")


def probability(weights, features):
    """Return how likely a yes is, in 65,536ths: weights (features,), features (features, numbers)."""
    return SIGMOID.take((weights @ features >> 16) + SPAN, mode="clip")


def gradient(features, p, answers):
    """Return the gradient of what the answers cost with respect to the weights, times ln 2: (features,)."""
    return features @ (p - ONE * answers)


class Neuron:
    """Guess whole numbers from inputs and from counts of earlier answers, and learn from each answer.

    Every number comes with `inputs` logarithms, and with one cell of each of the tables, which count yes and
    no for each question; the log odds of a cell are a feature. sizes: how many cells the tables have.
    """

    def __init__(self, inputs, sizes):
        self.weights = np.zeros((QUESTIONS, 1 + inputs + len(sizes)), np.int64)
        self.weights[:, 1 + inputs :] = ONE // 2
        self.shifts = np.repeat([RATE, TABLE_RATE], [1 + inputs, len(sizes)])
        self.counts = np.full((QUESTIONS, 2, sum(sizes)), COUNT // 2, np.int64)  # of no and of yes
        self.offsets = np.cumsum([0, *sizes[:-1]])[:, np.newaxis]

    def code(self, coder, inputs, cells, numbers=None):
        """Write numbers (n,), or read them if they are None; return them.

        inputs: (inputs, n), with 8 bits after the point; cells: (tables, n). coder(p, answers) is given the
        probabilities of a yes, and the answers if they are known, and returns the answers.
        """
        truth = None if numbers is None else _level(numbers)
        levels = self._levels(coder, inputs, cells + self.offsets, truth)
        result = _least(levels)
        more = 0 if numbers is None else numbers - result
        bits = np.maximum(levels - UNARY, 0)  # that tell where in its octave a number is
        for bit in reversed(range(bits.max(initial=0))):
            long = bits > bit
            wanted = None if numbers is None else (more[long] >> bit & 1).astype(bool)
            result[long] += coder(np.full(long.sum(), ONE // 2), wanted) * (1 << bit)
        return result

    def _levels(self, coder, inputs, cells, truth):
        """Ask "is it more than j?" of all numbers at once, then of those where it was."""
        levels = np.zeros(cells.shape[1], np.int64)
        asked = np.arange(len(levels))
        features = np.concatenate([np.full((1, len(levels)), 256), inputs, cells])
        for weights, (no, yes) in zip(self.weights, self.counts, strict=True):
            odds = (log2(yes) - log2(no)) * 177 >> 8  # natural logarithms
            features[-len(cells) :] = odds[cells]
            p = probability(weights, features)
            answers = coder(p, None if truth is None else truth > 0)
            weights -= gradient(features, p, answers) >> self.shifts
            ones = np.bincount(cells[:, answers].ravel(), minlength=len(yes))
            yes += COUNT * ones
            no += COUNT * (np.bincount(cells.ravel(), minlength=len(no)) - ones)
            full = yes + no > MOST_COUNTS  # what is long ago counts less
            yes[full] //= 2
            no[full] //= 2
            asked, features, cells = asked[answers], features[:, answers], cells[:, answers]
            truth = None if truth is None else truth[answers] - 1
            levels[asked] += 1
            if not len(asked):
                break
        return levels


def _level(numbers):
    """Return how many questions are answered with yes: as many as the number below 8, then one per octave."""
    return np.where(numbers < UNARY, numbers, UNARY - 1 + np.frexp(numbers - UNARY + 1)[1])


def _least(levels):
    """Return the least number that answers so many questions with yes."""
    return np.where(levels < UNARY, levels, UNARY - 1 + (1 << np.maximum(levels - UNARY, 0)))

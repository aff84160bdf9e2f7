"""The training loop: random segments in, one step of Adam out."""
import numpy as np

from numpyae.audio.metrics import energies, snrs
from numpyae.audio.segments import random_segments
from numpyae.nn import Adam, mse


class Diverged(ArithmeticError):
    """The loss or the gradient of an iteration was not finite; `kept` is the last iteration whose network was good."""

    def __init__(self, iteration, loss, learning_rate):
        self.kept = max(0, iteration - 2)  # the step before last: the last step led to this loss
        super().__init__(
            f"training diverged at iteration {iteration}, with a loss of {loss:g} and a learning rate of "
            f"{learning_rate:g}: try a smaller learning rate"
        )


def train(
    model, song, *, iterations=150, batch_size=100, segment=1024, learning_rate=3e-3, rng, on_iteration=None
):
    """Train the model in place to give back random segments of the song; return the loss of every iteration's batch.

    song: (time, channels), in the model's dtype; segment: samples in each of the batch_size segments;
    rng: a numpy.random.Generator that draws them. on_iteration(iteration, loss), if given, is called after each step;
    iterations count from 1, and the loss is that of the batch before its step.
    Raises ValueError for a song shorter than a segment, or of other channels than the model. Raises Diverged, before the
    step, when a loss or gradient is not finite; the model then has the last parameters whose loss was.
    """
    optimizer = Adam(model.parameters, learning_rate)
    good = model.parameters.copy()
    losses = []
    for iteration in range(1, iterations + 1):
        batch = random_segments(song, batch_size, segment, rng)
        with np.errstate(over="ignore", invalid="ignore"):  # looked for below, where it can be explained
            y, saved = model.forward(batch)
            loss, dy = mse(y, batch)
            _, gradient = model.backward(dy, saved)
        if not (np.isfinite(loss) and np.isfinite(gradient).all()):
            model.parameters[...] = good
            raise Diverged(iteration, loss, learning_rate)
        good[...] = model.parameters
        optimizer.step(gradient)
        losses.append(float(loss))
        if on_iteration is not None:
            on_iteration(iteration, losses[-1])
    return losses


def measure(model, segments, shard=16):
    """Return snr_db, snr_mid_db, snr_side_db (see audio.snrs) and the loss of segments (count, time, channels)."""
    with np.errstate(over="ignore", invalid="ignore"):  # a network that diverged has an SNR of None
        pieces = [
            energies(part, model.forward(part)[0])
            for part in np.split(segments, range(shard, len(segments), shard))
        ]
    return {"loss": float(sum(piece["snr_db"][1] for piece in pieces) / segments.size), **snrs(*pieces)}

"""The training loop: random segments in, one step of Adam out."""
import numpy as np

from numpyae.audio.metrics import energies, snrs
from numpyae.audio.segments import random_segments
from numpyae.nn import Adam, mse
from numpyae.workers import blas_held_to_one_thread, in_order

SHARD = 10240  # samples: what a layer makes of so many stays in a core's cache


class Diverged(ArithmeticError):
    """After so many steps the loss or the gradient is not finite; `kept` is the last step whose network was good."""

    def __init__(self, steps, kept, loss, learning_rate):
        self.kept = kept
        super().__init__(
            f"training diverged after {steps} steps, with a loss of {loss:g} and a learning rate of {learning_rate:g}: "
            "try a smaller learning rate"
            if steps else
            f"the loss ({loss:g}) or its gradient is not finite before any step: are the song's samples far over full "
            "scale? Scale them to 1"
        )


def train(
    model, song, *, iterations=150, batch_size=100, segment=1024, learning_rate=3e-3, context=0, rng, workers=None,
    on_iteration=None, optimizer=None,
):
    """Train the model in place to give back random segments of the song; return the loss of every iteration's batch.

    song: (time, channels), in the model's dtype; segment: samples in each of the batch_size segments; context: how many
    of the song's samples the network also sees on either side, without being asked for them back;
    rng: a numpy.random.Generator that draws them; workers: threads, all cores if None; they do not change the result.
    on_iteration(iteration, loss), if given, is called after each step; iterations count from 1, and the loss is that of
    the batch before its step.
    optimizer: an Adam of the model's parameters that has taken some of these iterations, to go on from; else a new one
    with this learning_rate. With it and `rng` as they were, the rest is to the bit as if there had been no break.
    Raises ValueError for a song shorter than a segment, or of other channels than the model, and for another model's
    optimizer. Raises Diverged, before the step, when a loss or gradient is not finite, also after the last step; the
    model then has the last parameters whose loss was.
    """
    optimizer = optimizer or Adam(model.parameters, learning_rate)
    if optimizer.parameters is not model.parameters:
        raise ValueError("the optimizer is another model's: make it by Adam(model.parameters)")
    good, good_steps = model.parameters.copy(), optimizer.steps
    losses = []

    def finite_loss_and_gradient(batch):
        nonlocal good_steps
        loss, gradient = loss_and_gradient(model, batch, context, workers)
        if not (np.isfinite(loss) and np.isfinite(gradient).all()):
            model.parameters[...] = good
            raise Diverged(optimizer.steps, good_steps, loss, optimizer.learning_rate)
        good[...], good_steps = model.parameters, optimizer.steps
        return loss, gradient

    with blas_held_to_one_thread():
        for iteration in range(optimizer.steps + 1, iterations + 1):
            batch = random_segments(song, batch_size, segment, rng, context)
            loss, gradient = finite_loss_and_gradient(batch)
            with np.errstate(over="ignore", invalid="ignore"):  # the next loss will not be finite, which says it better
                optimizer.step(gradient)
            losses.append(loss)
            if on_iteration is not None:
                on_iteration(iteration, loss)
        if losses:
            finite_loss_and_gradient(batch)  # what did the last step lead to?
    return losses


def loss_and_gradient(model, batch, context=0, workers=None):
    """Return the mean squared error of the batch inside its context, and its flat gradient by the parameters.

    The batch is cut into shards that fit the cache, whatever the number of workers, and their losses and gradients are
    added in order: so the sums are the same to the bit for one thread and for many.
    """
    inside = slice(context, batch.shape[1] - context)

    def shard_loss_and_gradient(shard):
        with np.errstate(over="ignore", invalid="ignore"):  # train looks at the result
            y, saved = model.forward(shard)
            loss, dy_inside = mse(y[:, inside], shard[:, inside])
            dy = np.zeros_like(y)
            dy[:, inside] = dy_inside
            share = len(shard) / len(batch)
            return float(loss) * share, model.backward(dy, saved, need_dx=False)[1] * share

    loss, gradient = 0.0, np.zeros_like(model.parameters)
    for shard_loss, shard_gradient in in_order(shard_loss_and_gradient, shards(batch), workers):
        loss += shard_loss
        gradient += shard_gradient
    return loss, gradient


def shards(segments):
    """Cut segments (count, time, channels) into views of a few each, some 10,000 samples together."""
    count = max(1, SHARD // segments.shape[1])
    return [segments[start : start + count] for start in range(0, len(segments), count)]


def reconstructions(model, segments, context=0, workers=None):
    """Yield (original, reconstruction) of the segments (count, time, channels), a few at a time, without the context."""
    inside = slice(context, segments.shape[1] - context)

    def pair(shard):
        with np.errstate(over="ignore", invalid="ignore"):  # a network that diverged has an SNR of None
            return shard[:, inside], model.forward(shard)[0][:, inside]

    return in_order(pair, shards(segments), workers)


def measure(model, segments, context=0, workers=None):
    """Return snr_db, snr_mid_db, snr_side_db (see audio.snrs) and the loss of the segments inside their context."""
    pieces = [energies(*pair) for pair in reconstructions(model, segments, context, workers)]
    numbers = len(segments) * (segments.shape[1] - 2 * context) * segments.shape[2]
    return {"loss": float(sum(piece["snr_db"][1] for piece in pieces) / numbers), **snrs(*pieces)}


def edge_errors(model, segments, context=0, workers=None):
    """Return the RMS errors of the samples at the ends of the segments that edges touch, and of those between.

    None where the segments are shorter than their edges.
    """
    left, right = model.edges()
    by_time = sum(
        np.square(original - reconstruction, dtype=np.float64).mean(axis=2).sum(axis=0)
        for original, reconstruction in reconstructions(model, segments, context, workers)
    ) / len(segments)
    outer = np.r_[by_time[:left], by_time[len(by_time) - right :]]
    interior = by_time[left : len(by_time) - right]
    return (float(np.sqrt(outer.mean())), float(np.sqrt(interior.mean()))) if len(outer) and len(interior) else None

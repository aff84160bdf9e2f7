"""The training loop: random segments in, one step of Adam out."""
import numpy as np

from numpyae.audio.segments import check_sound, random_segments
from numpyae.autoencoder import generator
from numpyae.evaluation import inside, shards
from numpyae.nn import Adam, mse
from numpyae.training.settings import Settings
from numpyae.workers import in_order, number_of_workers


class Diverged(ArithmeticError):
    """The loss or its gradient is not finite; `kept` is the number of steps up to the last good model."""

    def __init__(self, steps, kept, loss, learning_rate):
        self.kept = kept
        super().__init__(
            f"training diverged after {steps} steps, with a loss of {loss:g} and a learning rate of "
            f"{learning_rate:g}: try a smaller learning rate"
            if steps else
            f"the loss ({loss:g}) or its gradient is not finite before any step: are the samples far beyond "
            "full scale? Scale them to 1"
        )


def train(
    model, song, *, iterations=Settings.iterations, batch_size=Settings.batch_size, segment=Settings.segment,
    learning_rate=Settings.learning_rate, rng=0, context=0, workers=None, on_iteration=None,
):
    """Train the model in place to reconstruct random segments of the song; return every iteration's loss.

    song: (time, channels), in the model's dtype; segment: samples in each of the batch_size segments;
    context: samples on either side of a segment that the network sees but does not have to reconstruct;
    rng: a numpy.random.Generator that draws the segments, or the seed of a run whose segments it takes. So
    a new Autoencoder(channels, rng=3), trained with rng=3, has the losses of the train command with --seed 3.
    workers: threads, all cores if None (but see numpyae.workers); they do not change the result.
    on_iteration(iteration, loss), if given, is called after each step, from iteration 1 on, with the batch's
    loss before that step. A second call starts anew, with the same segments unless rng is another, and with
    Adam's means at zero; a Run continues where it was. Raises ValueError for settings out of range, or a song
    that is shorter than a segment, not finite or does not fit the model, and Diverged as `training_steps`
    does.
    """
    check_sound(song)
    if isinstance(song, np.ndarray) and not np.isfinite(song).all():  # a Song is checked as it is read
        raise ValueError("expected a song of finite samples, got NaN or infinite ones: set them to 0")
    settings = Settings(
        iterations=iterations, batch_size=batch_size, segment=segment, learning_rate=learning_rate)
    workers = number_of_workers(workers)
    rng = generator(rng, stream=1)
    batches = (
        random_segments(song, settings.batch_size, settings.segment, rng, context)
        for _ in range(settings.iterations)
    )
    losses = []
    optimizer = Adam(model.parameters, settings.learning_rate)
    for iteration, loss in training_steps(model, optimizer, batches, context, workers):
        losses.append(loss)
        if on_iteration is not None:
            on_iteration(iteration, loss)
    return losses


def training_steps(model, optimizer, batches, context=0, workers=None):
    """Take a step of the optimizer for each batch; yield (steps so far, the batch's loss before its step).

    batches: an iterable of arrays (batch, context + time + context, channels).
    Raises Diverged before a step if the loss or its gradient is not finite, also after the last step. The
    model then has the last parameters whose loss was finite.
    """
    last_good, batch = _LastGood(model, optimizer), None
    for batch in batches:
        loss, gradient = loss_and_gradient(model, batch, context, workers)
        last_good.check(loss, gradient)
        with np.errstate(over="ignore", invalid="ignore"):  # the next check will tell
            optimizer.step(gradient)
        yield optimizer.steps, loss
    if batch is not None:  # where did the last step lead?
        last_good.check(*loss_and_gradient(model, batch, context, workers))


class _LastGood:
    """The last parameters whose loss was finite, to go back to."""

    def __init__(self, model, optimizer):
        self.model, self.optimizer = model, optimizer
        self.parameters, self.steps = model.parameters.copy(), optimizer.steps

    def check(self, loss, gradient):
        """Remember the parameters if their loss and gradient are finite; else restore the last good ones."""
        with np.errstate(over="ignore"):
            finite = np.isfinite(loss) and np.isfinite(gradient * gradient).all()  # Adam needs the square
        if not finite:
            self.model.parameters[...] = self.parameters
            raise Diverged(self.optimizer.steps, self.steps, loss, self.optimizer.learning_rate)
        self.parameters[...], self.steps = self.model.parameters, self.optimizer.steps


def loss_and_gradient(model, batch, context=0, workers=None, objective=mse, feature_loss=None):
    """Return the loss of the batch inside its context, and its flat gradient with respect to the parameters.

    objective(y, target) -> (loss, dy): the mean loss of a few segments, and its gradient at the output.
    feature_loss(features) -> (loss, dfeatures), if given: a loss to add that looks at an Autoencoder's
    features, such as the bits that they take. Both must be means over the segments.
    The batch is cut into shards that fit the cache, whatever the number of workers, and their losses and
    gradients are added in order. So the sums have the same bits for one thread and for many, as long as BLAS
    has one (see numpyae.workers).
    """
    part = inside(batch, context)

    def shard_loss_and_gradient(shard):
        with np.errstate(over="ignore", invalid="ignore"):  # the caller looks at the result
            y, saved = model.forward(shard)
            loss, dy_inside = objective(y[:, part], shard[:, part])
            dy, dfeatures = np.zeros_like(y), ()
            dy[:, part] = dy_inside
            if feature_loss is not None:
                more, *dfeatures = feature_loss(model.features_in(saved))
                loss += more
            share = len(shard) / len(batch)
            return float(loss) * share, model.parameter_gradients(dy, saved, *dfeatures) * share

    loss, gradient = 0.0, np.zeros_like(model.parameters)
    for shard_loss, shard_gradient in in_order(shard_loss_and_gradient, shards(batch), workers):
        loss += shard_loss
        gradient += shard_gradient
    return loss, gradient

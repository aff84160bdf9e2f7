"""A training in its run folder: saved at any iteration, and taken up again to the same bits."""
import time

import numpy as np

from numpyae.audio.segments import random_segments
from numpyae.nn import Adam
from numpyae.training.checkpoint import save
from numpyae.training.loop import Diverged, measure, train
from numpyae.training.run_folder import MetricsTable, write_json

CHECKPOINT_EVERY = 10  # seconds


class Stopped(Exception):
    """The user asked for an end, and an iteration has just ended."""


def random_streams(seed):
    """Return three generators: of the first kernels, of the batches, of the segments that are measured."""
    return [*map(np.random.default_rng, np.random.SeedSequence(seed).spawn(3))]


class Session:
    """The network, its optimizer, the random numbers, the measurements and the frames of one training.

    folder: the run's, locked by the caller; config: as in config.json; recorder: what looks at the network after each
    iteration and keeps frames (see report), or None; training: the state that load_training gave, to go on from.
    table: the MetricsTable. Making a Session writes a first checkpoint and config.json.
    """

    def __init__(self, folder, config, model, song, *, context, recorder=None, training=None, workers=None):
        self.folder, self.config, self.model, self.song = folder, config, model, song
        self.context, self.recorder, self.workers = context, recorder, workers
        self.optimizer = Adam(model.parameters, config["learning_rate"])
        _, self._batches, evaluation = random_streams(config["seed"])
        self._fixed = random_segments(song, 16, config["segment"], evaluation, context)
        if training:
            self.optimizer.steps = training["steps"]
            self.optimizer.mean[...], self.optimizer.square[...] = training["mean"], training["square"]
            self._batches.bit_generator.state = training["generator"]
        self.table = MetricsTable(folder, training["metrics"] if training else ())
        self.save()
        write_json(folder / "config.json", config)

    def save(self):
        """Write a checkpoint: all that the rest of the training depends on, and what the report will want."""
        save(self.folder, self.model, {
            "config": self.config, "steps": self.optimizer.steps, "generator": self._batches.bit_generator.state,
            "mean": self.optimizer.mean, "square": self.optimizer.square, "metrics": self.table.numbers(),
            **(self.recorder.state() if self.recorder else {}),
        })
        self._saved = time.perf_counter()

    def train(self, on_row, wants_to_stop):
        """Train up to config's iterations, and save; a checkpoint is also written every 10 seconds.

        on_row(row) is called with each new row of metrics.csv. wants_to_stop() is asked after each iteration; if it is
        true, Stopped is raised. Raises Diverged as training.train does. What is saved is then, too, the last good network.
        """
        config = self.config

        def on_iteration(iteration, loss):
            on_row(self.table.add(iteration, loss, measure(self.model, self._fixed, self.context, self.workers)))
            if self.recorder:
                self.recorder.record(iteration)
            if not np.isfinite(self.model.parameters).all():
                return  # the next loss will say so
            if wants_to_stop():
                raise Stopped
            if time.perf_counter() - self._saved >= CHECKPOINT_EVERY:
                self.save()

        try:
            train(
                self.model, self.song, iterations=config["iterations"], batch_size=config["batch_size"],
                segment=config["segment"], context=self.context, rng=self._batches, workers=self.workers,
                on_iteration=on_iteration, optimizer=self.optimizer,
            )
        except Diverged:
            save(self.folder, self.model)  # without a state: to go on would only diverge again
            raise
        except Stopped:
            self.save()
            raise
        self.save()

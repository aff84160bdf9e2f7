"""A run: begun in a new folder or resumed in its own, trained, and finished with a report."""
import dataclasses
import importlib.metadata
import inspect
import json
import os
import platform
import shlex
import shutil
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np

import numpyae
from numpyae.atomic import remove_leftovers, write_json
from numpyae.audio import random_segments, spaced_segments
from numpyae.autoencoder import Autoencoder, streams
from numpyae.errors import InputError
from numpyae.evaluation import measure
from numpyae.nn import Adam
from numpyae.report.facts import Animation, Facts, find_atoms, listen
from numpyae.training.checkpoint import State, load_state, write_checkpoint
from numpyae.training.loop import Diverged, training_steps
from numpyae.training.memory import check_memory
from numpyae.training.metrics_table import MetricsTable
from numpyae.training.recorder import Recorder
from numpyae.training.run_folder import locked, make_run_folder
from numpyae.training.settings import Settings
from numpyae.training.source import open_source

CHECKPOINT_EVERY = 10  # seconds


class Run:
    """A network, the song it learns and the folder that keeps them; made by Run.begin or Run.resume.

        with Run.begin("runs/mine", "song.flac", Settings(iterations=300)) as run:
            for row in run.train():
                print(row.iteration, row.snr_db)
            run.finish()

    You can leave the loop at any time: everything is saved when the block ends, and Run.resume("runs/mine")
    continues from there to the same bits. Only an interrupt in the middle of an iteration loses something, at
    most 10 seconds. While a Run is open, its folder is locked to other processes.

    settings; folder; model: the Autoencoder; song: (time, channels), an array or a Song; source: the Source;
    warnings: sentences about the song; iterations: how many are done; context: samples seen around a segment.
    """

    def __init__(self, audio, settings, *, report=True, gallery=False, workers=None):
        self.settings, self._workers, self._started = settings, workers, time.perf_counter()
        self._report, self._gallery = report, gallery
        self.song, self.source, self.warnings = open_source(audio, settings)
        check_memory(settings, self.source.channels, self.source.samples, report)
        kernels, self._batches, evaluation = streams(settings.seed)
        self.model = Autoencoder(self.source.channels, rng=kernels, **settings.arguments_of(Autoencoder))
        _check_segment(settings.segment, self.model.hop)
        self.context = self.model.context() if settings.edges == "context" else 0
        self._optimizer = Adam(self.model.parameters, **settings.arguments_of(Adam))
        self._fixed_segments = random_segments(self.song, 16, settings.segment, evaluation, self.context)
        self._table = MetricsTable()
        self._recorder = Recorder(
            self.model, self.song, context=self.context, workers=workers, **settings.arguments_of(Recorder))
        self.folder, self.iterations, self._earlier_seconds = None, 0, 0.0
        self._versions, self._unsaved, self._lock = _versions(), False, ExitStack()
        self._loop = None  # the last train()

    @classmethod
    def begin(cls, folder=None, audio=None, settings=None, *, report=True, gallery=False, workers=None):
        """Begin a run in a new folder, by default the next free runs/STEM-NNN.

        audio: the path of a sound file, by default a demo song. settings: a Settings, by default the post's.
        report: whether to write sounds, pictures and a page at the end; gallery: whether to animate three
        more segments in it, the most regular, the lowest and the highest. workers: threads, all cores if
        None; they do not change the result. Raises InputError if an argument cannot be used. What raises
        leaves nothing behind.
        """
        settings = Settings() if settings is None else settings
        if not isinstance(settings, Settings):
            raise InputError(f"settings: expected Settings, as in Settings(iterations=300), got {settings!r}")
        run = cls(audio, settings, report=report, gallery=gallery, workers=workers)
        run._recorder.record(0)
        run.folder = make_run_folder(folder, Path(audio).stem if audio else "demo")
        try:
            run._lock.enter_context(locked(run.folder))
            run._write_beginning()
        except BaseException:
            run._lock.close()
            shutil.rmtree(run.folder)
            raise
        return run

    @classmethod
    def resume(cls, folder, audio=None, *, report=True, gallery=False, workers=None, **changes):
        """Continue a run from its last checkpoint, as if it had never stopped, or have its report drawn.

        audio: the song's path, if it has moved. changes: settings; only iterations may differ, and only grow.
        The others are those of `begin`. Raises InputError otherwise, or if the folder is in use, its
        checkpoint damaged or the song another.
        """
        folder = Path(folder)
        if folder.name == "model.npz":
            folder = folder.parent
        if not folder.is_dir():
            raise InputError(f"there is no run folder {folder}: name the folder of an earlier run")
        with ExitStack() as lock:
            lock.enter_context(locked(folder))
            remove_leftovers(folder)
            model, state = load_state(folder)
            settings = state.settings.to_resume(folder, changes)
            if audio and not state.source.audio:
                raise InputError(f"{folder} began with the demo song, got {audio}: leave it out")
            path = audio or state.source.audio_path
            if path and not audio and not os.path.exists(path):
                raise InputError(f"the song of {folder} is no longer at {path}: give its new place as AUDIO")
            run = cls(path, settings, report=report, gallery=gallery, workers=workers)
            if run.source.audio_sha256 != state.source.audio_sha256:
                raise InputError(
                    f"expected the file that {folder} began with (SHA-256 {state.source.audio_sha256}), got "
                    f"{run.source.audio} (SHA-256 {run.source.audio_sha256}): give that file, or start anew"
                )
            if not audio:
                run.source = state.source  # which has its path as it was given
            run._restore(folder, model, state)
            run._write_beginning()
            run._lock = lock.pop_all()
        return run

    def _restore(self, folder, model, state):
        self.folder, self.iterations = folder, int(state.optimizer["steps"])
        self._earlier_seconds = float(state.rows["seconds"][-1:].sum())
        self.model.parameters[...] = model.parameters
        self._optimizer.restore(state.optimizer)
        self._batches.bit_generator.state = state.generator
        self._table.restore(state.rows)
        self._recorder.restore(state.frames, self.iterations)
        self._versions = state.versions  # those it began with
        if state.versions["numpy"] != np.__version__:
            self.warnings.append(
                f"note: begun with NumPy {state.versions['numpy']} and resumed with {np.__version__}: "
                "its bits may differ"
            )

    def train(self):
        """Train up to settings.iterations while it is iterated: yield a Row of metrics.csv each iteration.

        A checkpoint is written every 10 seconds and after the last. An iteration whose parameters are not
        finite is not yielded. Raises Diverged; the last good network is kept.
        """
        self._end_loop()
        self._loop = self._train()
        return self._loop

    def _end_loop(self):
        if self._loop:
            self._loop.close()

    def _train(self):
        settings, context, workers = self.settings, self.context, self._workers
        batches = (
            random_segments(self.song, settings.batch_size, settings.segment, self._batches, context)
            for _ in range(self.iterations, settings.iterations)
        )
        try:
            for iteration, loss in training_steps(self.model, self._optimizer, batches, context, workers):
                self.iterations = iteration
                row = self._table.add(
                    iteration, loss, measure(self.model, self._fixed_segments, context, workers))
                self._recorder.record(iteration)
                if not np.isfinite(self.model.parameters).all():
                    continue  # the next loss will raise Diverged
                if time.perf_counter() - self._saved >= CHECKPOINT_EVERY:
                    self.save()
                self._unsaved = True
                yield row
                self._unsaved = False
        except Diverged as error:
            self.iterations = error.kept
            write_checkpoint(self.folder, self.model)  # without a state: continuing would only diverge again
            raise
        self.save()

    def _write_beginning(self):
        """Write all that this run's later processes need, before the first of its iterations."""
        self.save()
        self._table.write(self.folder / "metrics.csv")  # without the rows of iterations that were lost
        if self.iterations < self.settings.iterations:
            (self.folder / "metrics.json").unlink(missing_ok=True)  # it says that the run is finished
        write_json(self.folder / "config.json", self._state().config())

    def _state(self):
        return State(
            self.settings, self.source, self._versions, self._batches.bit_generator.state,
            self._optimizer.state(), self._table.state(), self._recorder.state(),
        )

    def save(self):
        """Write a checkpoint: everything that the rest of the run, and its report, depend on."""
        write_checkpoint(self.folder, self.model, self._state())
        self._saved, self._unsaved = time.perf_counter(), False

    def finish(self):
        """Measure the network, write the report if wanted, then metrics.json; return its dict.

        Raises ValueError after a train() that was never iterated.
        """
        if self._loop and inspect.getgeneratorstate(self._loop) == inspect.GEN_CREATED:
            raise ValueError(
                "expected a loop over run.train(), which trains only while it is iterated, got none: write "
                "for row in run.train(): ..."
            )
        if self._unsaved:
            self.save()
        segments = spaced_segments(self.song, 1000, self.settings.segment, self.context)
        measured = measure(self.model, segments, self.context, self._workers)
        seconds = float(self._table.state()["seconds"][-1:].sum())
        if self._report:
            from numpyae.report.write import write_report  # here, because matplotlib takes a second to import

            write_report(self.folder, self._facts(segments, measured, seconds))
        metrics = {
            "iterations": self.iterations, **measured.numbers(), "training_seconds": seconds,
            "total_seconds": round(self._earlier_seconds + time.perf_counter() - self._started, 3),
            "parameters": self.model.parameters.size, "sample_rate": self.source.sample_rate,
            "channels": self.source.channels, "animations": self._animated(),
            "finished": self.iterations == self.settings.iterations,
        }
        write_json(self.folder / "metrics.json", metrics)
        return metrics

    def _facts(self, segments, measured, seconds):
        model, recorder, rate = self.model, self._recorder, self.source.sample_rate
        original, reconstruction = listen(model, self.song, rate, self._workers)
        return Facts(
            name=Path(self.source.audio).name if self.source.audio else "The demo song",
            rate=rate, config=self._state().config(), command=self._command(), iterations=self.iterations,
            parameters=model.parameters.size, training_seconds=seconds,
            features_per_sample=model.features / model.hop / model.channels, measured=measured,
            edge_errors=measured.edge_errors(model.edge_widths()), history=self._table.state(),
            animations={
                name: Animation(recorder.starts[name], recorder.originals[name], recorder.frames_of(name))
                for name in self._animated()
            },
            original=original, reconstruction=reconstruction,
            atoms=find_atoms(model, segments[:: max(1, len(segments) // 16)]),
        )

    def _animated(self):
        """Return the names of the segments that the report animates; none if there is no report."""
        return (self._recorder.names if self._gallery else ["lively"]) if self._report else []

    def _command(self):
        """Return the command that reproduces this run, with the song's name but not its folder."""
        audio = [Path(self.source.audio).name] if self.source.audio else []
        done = dataclasses.replace(self.settings, iterations=self.iterations)
        return shlex.join(["python", "-m", "numpyae.train", *audio, *done.flags()])

    def finished_metrics(self):
        """Return metrics.json if the run has done its iterations, and nothing of its report is missing."""
        try:
            metrics = json.loads((self.folder / "metrics.json").read_text(encoding="utf-8"))
            done = metrics["finished"] and metrics["iterations"] == self.settings.iterations
            shown = {*self._animated()} <= {*metrics["animations"]}
            return metrics if done and shown and self._report_is_there() else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _report_is_there(self):
        if not self._report:
            return True
        from numpyae.report.write import report_files  # here, because matplotlib takes a second to import

        files = [self.folder / name for name in report_files(self.source.channels, self._animated())]
        return all(file.is_file() and file.stat().st_size for file in files)

    def close(self):
        """Save what is not saved yet, and unlock the folder; a loop that is still open trains no more."""
        self._end_loop()
        with self._lock:
            if self._unsaved:
                self.save()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _versions():
    """Return name -> version of Python, numpyae and the packages that a run depends on."""
    packages = ("numpy", "scipy", "soundfile", "matplotlib")
    versions = {name: importlib.metadata.version(name) for name in packages}
    return {"python": platform.python_version(), "numpyae": numpyae.__version__, **versions}


def _check_segment(segment, hop):
    if segment % hop:
        below = segment // hop * hop
        raise InputError(
            f"segment: expected a multiple of {hop}, the product of the network's strides, got {segment}: "
            f"give {f'{below} or ' if below else ''}{below + hop}"
        )

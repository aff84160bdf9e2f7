"""`python -m numpyae.train [AUDIO] [-o RUN]`: train the autoencoder on one song."""
from numpyae.command import one_blas_thread

if __name__ == "__main__":
    one_blas_thread()  # before the next lines import NumPy

import argparse
import json
import os
import shlex
import sys
import time
from pathlib import Path

import numpy as np

from numpyae.atomic import remove_leftovers
from numpyae.audio import cut_short, demo_song, open_song, spaced_segments
from numpyae.autoencoder import INITS, Autoencoder
from numpyae.command import DONE, FAILED, Parser, StopRequest, positive_number, run, say, whole_number
from numpyae.errors import InputError
from numpyae.report import write_report
from numpyae.report.recorder import Recorder
from numpyae.training import Diverged, load_training, measure
from numpyae.training.progress import Progress, decibels, training_line
from numpyae.training.run_folder import (
    SNRS, command_words, defined, locked, make_run_folder, sha256, versions, write_json,
)
from numpyae.training.session import Session, Stopped, random_streams

DEMO_RATE = 44100  # Hz
EDGES = ("same", "context")
FREE = {"resume", "audio", "iterations", "workers", "quiet", "json", "no_report"}  # what may be other on --resume


def main(arguments=None):
    """Run the command and return its exit code; for arguments that are wrong, exit with 2."""
    options, given = _parse(arguments)
    return run(lambda: _resume(options, given) if options.resume else _begin(options))


def _parse(arguments):
    parser = Parser(
        prog="python -m numpyae.train",
        description="Train a stereo sound autoencoder on one song. The defaults are the post's; of what the post does not\n"
        "say, the hidden width and the learning rate, they are ours.",
        epilog="example:\n  python -m numpyae.train song.flac -o runs/song --init mirrored",
    )
    add = parser.add
    add("audio", nargs="?", metavar="AUDIO", type=Path, help="a sound file; without one, a demo song is made")
    add("-o", "--output", metavar="RUN", type=Path, help="the run folder to make; without it, the first free runs/STEM-NNN")
    add("--iterations", type=whole_number(0, 10**9), default=150, help="steps of Adam")
    add("--batch-size", type=whole_number(1), default=100, help="random segments in a step")
    add("--segment", type=whole_number(1), default=1024, help="samples in a segment")
    add("--hidden", type=whole_number(1), default=32, help="channels between the two layers")
    add("--features", type=whole_number(1), default=64, help="channels in the middle")
    add("--kernel", type=whole_number(1), default=4, help="samples in a window")
    add("--stride", type=whole_number(1), default=2, help="samples from window to window")
    add("--init", choices=INITS, default="glorot", help="how the kernels start")
    add("--edges", choices=EDGES, default="same", help="what the network sees beyond a segment: zeros, or the song")
    add("--learning-rate", type=positive_number, default=3e-3, help="the size of a step")
    add("--seed", type=whole_number(0, 2**63), default=0, help="of the first kernels, the batches and the demo song")
    add("--resume", metavar="RUN", type=Path, help="go on with a run that was stopped, to the bits of one that was not; "
        "--iterations may grow")
    add("--workers", type=whole_number(1, 1024), help="threads, all cores if not given; the result is the same")
    add("--gallery", action="store_true", help="animate three more segments: the most regular, the lowest, the highest")
    add("--no-report", action="store_true", help="train only: no sounds, pictures and page")
    add("--quiet", action="store_true", help="print nothing but the result and errors")
    add("--json", action="store_true", help="print the metrics instead of the run folder")
    options, given = parser.parse(arguments)
    hop = options.stride**2
    if options.segment % hop:
        below = options.segment // hop * hop
        parser.error(
            f"argument --segment: {options.segment} came, wanted a multiple of {hop}, which two strides of "
            f"{options.stride} divide: give {f'{below} or ' if below else ''}{below + hop}"
        )
    return options, given


def _begin(options):
    """Make a run folder and train in it."""
    started = time.perf_counter()
    song, rate = _song(options)
    model = Autoencoder(
        song[:1].shape[1], options.hidden, options.features, options.kernel, options.stride, init=options.init,
        rng=random_streams(options.seed)[0],
    )
    recorder = _recorder(options, model, song)
    if recorder:
        recorder.record(0)
    folder = make_run_folder(options.output, options.audio.stem if options.audio else "demo")
    config = _config(options, len(song), rate, model.channels)
    with locked(folder):
        return _train(options, started, folder, config, song, rate, model, recorder)


def _resume(options, given):
    """Go on in a run folder from its last checkpoint."""
    started = time.perf_counter()
    folder = options.resume
    if not folder.is_dir():
        raise InputError(f"there is no run folder {folder}: name one that a training has made")
    with locked(folder):
        remove_leftovers(folder)
        model, training = load_training(folder)
        config = training["config"]
        try:
            options = _as_begun(options, given, config)
            wanted, numpy_version = config["audio_sha256"], config["versions"]["numpy"]
        except (KeyError, TypeError) as error:
            raise InputError(f"{folder} has a checkpoint without the settings of a run ({error}): start a new run") from error
        if training["steps"] == options.iterations and (metrics := _metrics_of_the_end(folder, options.iterations)):
            say(f"{folder} has done its {options.iterations} iterations: more are done by a larger --iterations")
            _print_result(options, folder, metrics)
            return DONE
        song, rate = _song(options)
        found = sha256(options.audio) if options.audio else None
        if found != wanted:
            raise InputError(
                f"{options.audio} is not the file that {folder} began with (its SHA-256 is {found}, wanted {wanted}): "
                "give that one as AUDIO, or start a new run"
            )
        recorder = _recorder(options, model, song)
        if recorder:
            recorder.go_on(training)
        if numpy_version != np.__version__:
            say(f"note: begun with NumPy {numpy_version} and going on with {np.__version__}: its bits may differ")
        return _train(options, started, folder, config | {"iterations": options.iterations}, song, rate, model, recorder, training)


def _as_begun(options, given, config):
    """Return the options that a run began with, but for those that may be other now; InputError for one that may not."""
    if "output" in given:
        raise InputError(f"-o {options.output} makes a run folder and --resume {options.resume} goes on in one: give one of them")
    begun, _ = _parse(command_words(config))
    for name in sorted(given - FREE):
        if getattr(options, name) != getattr(begun, name):
            raise InputError(
                f"--{name.replace('_', '-')} is {getattr(options, name)} here and {getattr(begun, name)} in {options.resume}: "
                "a run goes on as it began, so leave it out, or start a new run"
            )
    if "iterations" not in given:
        options.iterations = begun.iterations
    elif options.iterations < begun.iterations:
        raise InputError(
            f"--iterations is {options.iterations} here and {begun.iterations} in {options.resume}: it may only grow"
        )
    if options.audio and not config["audio"]:
        raise InputError(f"{options.resume} began with the demo song, and {options.audio} came: leave it out")
    if config["audio"] and not options.audio:
        options.audio = Path(config["audio_path"])
    return argparse.Namespace(**{**vars(begun), **{name: getattr(options, name) for name in FREE}})


def _train(options, started, folder, config, song, rate, model, recorder, training=None):
    """Train, go on from the state `training` if there is one, and write all files of the run; return the exit code."""
    tell = (lambda text: None) if options.quiet else say
    context = _context(options, model)
    code, problem = DONE, None
    with StopRequest() as stop, Progress(None if options.quiet else sys.stderr) as progress:
        session = Session(
            folder, config, model, song, context=context, recorder=recorder, training=training, workers=options.workers
        )
        tell(f"{options.audio or 'demo song'}: {len(song) / rate:.1f} s, {rate:,} Hz, channels: {model.channels}")
        for note in _notes(options, song):
            tell(note)
        tell(f"network: {' -> '.join(map(str, model.widths()))} channels, {model.parameters.size:,} parameters")
        if training:
            tell(f"{folder}: going on after iteration {training['steps']}")
        try:
            session.train(lambda row: progress.show(*training_line(row, options.iterations)), lambda: stop.signal)
            iterations = options.iterations
        except Diverged as error:
            code, problem, iterations = FAILED, f"error: {error}; {folder} keeps the network of iteration {error.kept}", error.kept
        except Stopped:
            code, iterations = 128 + stop.signal, len(session.table)
            again = f"python -m numpyae.train --resume {shlex.quote(str(folder))}"
            problem = f"stopped; {folder} keeps the network of iteration {iterations}; to go on: {again}"
        training_seconds = session.table.seconds()
    if problem:
        say(problem)

    metrics = {
        "iterations": iterations,
        **measure(model, spaced_segments(song, 1000, options.segment, context), context, options.workers),
        "training_seconds": training_seconds,
        "total_seconds": None,
        "parameters": model.parameters.size,
        "sample_rate": rate,
        "channels": model.channels,
    }
    write_json(folder / "metrics.json", metrics)
    if recorder:
        write_report(
            folder, name=options.audio.name if options.audio else "The demo song", model=model, song=song, rate=rate,
            recorder=recorder, rows=session.table.rows(), metrics=metrics, config=config, context=context,
            workers=options.workers,
        )
    earlier = training["metrics"][-1:, -1].sum() if training else 0.0  # seconds of training in other processes
    metrics["total_seconds"] = round(earlier + time.perf_counter() - started, 3)
    write_json(folder / "metrics.json", metrics)  # it has total_seconds only when all else is written
    total, mid, side = (decibels(metrics[name]) for name in SNRS)
    tell(f"SNR {total} (mid {mid}, side {side}) after {iterations} iterations in {training_seconds:.1f} s")
    if recorder:
        tell(f"look and listen: {folder / 'report.html'}")
    _print_result(options, folder, metrics)
    return code


def _print_result(options, folder, metrics):
    print(json.dumps({"run": str(folder), **defined(metrics)}) if options.json else folder, flush=True)


def _metrics_of_the_end(folder, iterations):
    """Return what metrics.json says, if it is of so many iterations and the report was written too; else None."""
    try:
        metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        return metrics if metrics["iterations"] == iterations and metrics["total_seconds"] is not None else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _context(options, model):
    return model.context() if options.edges == "context" else 0


def _recorder(options, model, song):
    """Return a Recorder for the report, or None where none is wanted."""
    return None if options.no_report else Recorder(
        model, song, length=options.segment, context=_context(options, model), iterations=options.iterations,
        gallery=options.gallery, workers=options.workers,
    )


def _song(options):
    """Return the samples and the rate of the song that was named, or of the demo song."""
    song, rate = open_song(options.audio) if options.audio else (demo_song(seed=options.seed), DEMO_RATE)
    if len(song) < options.segment:
        raise InputError(
            f"{options.audio or 'the demo song'} has {len(song)} samples ({len(song) / rate:.3f} s), fewer than one "
            f"segment of {options.segment}: give a longer song or a smaller --segment"
        )
    return song, rate


def _notes(options, song):
    """Yield what is odd about the song, though it can be used."""
    if options.audio and (short := cut_short(options.audio)):
        yield f"warning: {short}"
    heard = spaced_segments(song, 200, options.segment)
    clipped = np.mean(np.abs(heard) >= 1 - 2**-15)
    if clipped > 0.001:
        yield f"note: {100 * clipped:.1f} % of the song is at full scale, so it was clipped before it came here"


def _config(options, samples, rate, channels):
    """Return what is needed to do the run again: every argument, which song it was, and the versions used."""
    arguments = {name: str(value) if isinstance(value, Path) else value for name, value in vars(options).items()}
    return {
        **arguments, "audio_path": os.path.abspath(options.audio) if options.audio else None,
        "audio_sha256": sha256(options.audio) if options.audio else None, "samples": samples, "sample_rate": rate,
        "channels": channels, "versions": versions(),
    }


if __name__ == "__main__":
    sys.exit(main())

"""`python -m numpyae.train [AUDIO] [-o RUN]`: train the autoencoder on one song."""
from numpyae.process import start

if __name__ == "__main__":
    start()  # before the next lines import NumPy

import dataclasses
import json
import sys
from pathlib import Path

from numpyae.atomic import naming, nan_to_none
from numpyae.audio import decibels
from numpyae.command import (
    DONE,
    FAILED,
    Parser,
    Stopped,
    StopRequest,
    argument,
    command_line,
    notes,
    run,
    say,
)
from numpyae.errors import FileChanged, InputError
from numpyae.progress import Progress
from numpyae.training import Diverged, Run, Settings
from numpyae.training.run import CHECKPOINT_EVERY
from numpyae.training.settings import whole_number


def main(arguments=None):
    """Run the command and return its exit code; for wrong arguments, exit with 2."""
    options = _parse(arguments)
    return run(lambda: _train(options))


def _parse(arguments):
    parser = Parser(
        prog="python -m numpyae.train",
        description="Train a stereo sound autoencoder on one song. The defaults are those of the blog post\n"
        "that it follows, except the hidden width and the learning rate, which the post does not give.",
        epilog="example:\n  python -m numpyae.train song.flac -o runs/song --init mirrored",
    )
    add = parser.add_argument
    add("audio", nargs="?", metavar="AUDIO", type=Path,
        help="a sound file (default: a synthesised demo song)")
    add("-o", "--output", metavar="RUN", type=Path,
        help="the run folder to create (default: the next free runs/STEM-NNN)")
    for field in dataclasses.fields(Settings):
        add(f"--{field.name.replace('_', '-')}", type=argument(field.metadata["convert"]),
            metavar=field.type.__name__.upper(), help=f"{field.metadata['help']} (default: {field.default})")
    add("--resume", metavar="RUN", type=Path,
        help="continue a stopped run as if it had never stopped, or draw what is missing of its report; "
        "--iterations may grow")
    add("--workers", type=argument(whole_number(1, 1024)), metavar="INT",
        help="threads; they do not change the result (default: all cores)")
    add("--gallery", action="store_true",
        help="animate three more segments: the most regular, the lowest, the highest")
    add("--no-report", action="store_true", help="train only: no sounds, pictures or page")
    add("--quiet", action="store_true", help="print only the result, warnings and errors")
    add("--json", action="store_true", help="print the metrics instead of the run folder")
    return parser.parse_args(arguments)


def _train(options):
    tell = notes(options.quiet)
    given = {field.name: getattr(options, field.name) for field in dataclasses.fields(Settings)}
    given = {name: value for name, value in given.items() if value is not None}
    wanted = {"report": not options.no_report, "gallery": options.gallery, "workers": options.workers}
    if options.resume and options.output:
        raise InputError(
            f"expected -o for a new run or --resume for an old one, got -o {options.output} and --resume "
            f"{options.resume}: give one of them"
        )
    if options.resume:
        training = Run.resume(options.resume, options.audio, **wanted, **given)
    else:
        training = Run.begin(options.output, options.audio, Settings(**given), **wanted)
    with training:
        if metrics := options.resume and training.finished_metrics():
            say(f"{training.folder} has done its {training.iterations} iterations: "
                "give a larger --iterations for more")
            return _print_result(options, training.folder, metrics)
        return _train_to_the_end(training, options, tell)


def _train_to_the_end(training, options, tell):
    """Train, show progress, and write all files of the run; return the exit code."""
    folder = training.folder
    again = command_line("train", "--resume", folder)
    _describe(training, tell)
    code = DONE
    try:
        if stopped := _train_until_stopped(training, options):
            code = 128 + stopped
            say(f"stopped; {folder} keeps the network of iteration {training.iterations}; to go on: {again}")
    except Diverged as error:
        code = FAILED
        say(f"error: {error}; {folder} keeps the network of iteration {error.kept}")
    except (KeyboardInterrupt, Stopped, FileChanged):
        say(f"{folder} keeps the network of its last checkpoint; to go on: {again}")
        raise
    if not options.no_report:
        tell("drawing the report ...")
    try:
        metrics = training.finish()
    except (KeyboardInterrupt, Stopped, OSError):
        say(f"{folder} keeps the network of iteration {training.iterations}; to have its report: {again}")
        raise
    snr, mid, side = (decibels(metrics[name]) for name in ("snr_db", "snr_mid_db", "snr_side_db"))
    seconds = metrics["training_seconds"]
    tell(f"SNR {snr} (mid {mid}, side {side}) after {metrics['iterations']} iterations in {seconds:.1f} s")
    if not options.no_report:
        tell(f"look and listen: {folder / 'report.html'}")
    return _print_result(options, folder, metrics, code)


def _describe(training, tell):
    source, model = training.source, training.model
    name, seconds = source.audio or "demo song", source.samples / source.sample_rate
    tell(f"{name}: {seconds:.1f} s, {source.sample_rate:,} Hz, channels: {source.channels}")
    for warning in training.warnings:
        (say if warning.startswith("warning") else tell)(warning)
    widths = " -> ".join(map(str, model.widths()))
    tell(f"network: {widths} channels, {model.parameters.size:,} parameters")
    if training.iterations:
        tell(f"{training.folder}: going on after iteration {training.iterations}")


def _train_until_stopped(training, options):
    """Train and show progress; return the number of the signal that stopped it before the end, or None."""
    iterations = training.settings.iterations
    acknowledgement = (
        f"stopping after this iteration; once more stops at once, and loses up to {CHECKPOINT_EVERY} seconds"
    )
    with StopRequest(acknowledgement) as stop, Progress(None if options.quiet else sys.stderr) as progress:
        for row in training.train():
            progress.show(*_progress_line(row, iterations))
            if stop.signal and row.iteration < iterations:
                return stop.signal
    return None


def _progress_line(row, iterations):
    """Return the line for a Row, and whether it is a milestone: 1, 2, 5, 10, 20, 50, ... and the last."""
    iteration, seconds = row.iteration, row.seconds / row.iteration
    left = round(seconds * (iterations - iteration))
    line = (
        f"iteration {iteration}/{iterations}  loss {row.loss:.3g}  SNR {decibels(row.snr_db)}  "
        f"{1000 * seconds:.0f} ms/iteration  {left // 60}:{left % 60:02d} left"
    )
    return line, iteration == iterations or str(iteration).rstrip("0") in ("1", "2", "5")


def _print_result(options, folder, metrics, code=DONE):
    result = json.dumps({"run": str(folder), **nan_to_none(metrics)}) if options.json else folder
    with naming("stdout"):
        print(result, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())

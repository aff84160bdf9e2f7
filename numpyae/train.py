"""`python -m numpyae.train [AUDIO] [-o RUN]`: train the autoencoder on one song."""
from numpyae.command import one_blas_thread

if __name__ == "__main__":
    one_blas_thread()  # before the next lines import NumPy

import dataclasses
import json
import shlex
import sys
from pathlib import Path

from numpyae.atomic import nan_to_none
from numpyae.audio import decibels
from numpyae.command import DONE, FAILED, Parser, StopRequest, argument, run, say
from numpyae.errors import InputError
from numpyae.progress import Progress
from numpyae.training import Diverged, Run, Settings
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
        flag, help = f"--{field.name.replace('_', '-')}", field.metadata["help"]
        if isinstance(field.default, bool):
            add(flag, action="store_true", default=None, help=help)
        else:
            convert = argument(field.metadata["convert"])
            kind = field.type.__name__.upper()
            add(flag, type=convert, metavar=kind, help=f"{help} (default: {field.default})")
    add("--resume", metavar="RUN", type=Path,
        help="continue a stopped run as if it had never stopped; --iterations may grow")
    add("--workers", type=argument(whole_number(1, 1024)), metavar="INT",
        help="threads; they do not change the result (default: all cores)")
    add("--no-report", action="store_true", help="train only: no sounds, pictures or page")
    add("--quiet", action="store_true", help="print only the result and errors")
    add("--json", action="store_true", help="print the metrics instead of the run folder")
    return parser.parse_args(arguments)


def _train(options):
    given = {field.name: getattr(options, field.name) for field in dataclasses.fields(Settings)}
    given = {name: value for name, value in given.items() if value is not None}
    wanted = {"report": not options.no_report, "workers": options.workers}
    if not options.resume:
        training = Run.begin(options.output, options.audio, Settings(**given), **wanted)
    elif options.output:
        raise InputError(
            f"expected -o for a new run or --resume for an old one, got -o {options.output} and --resume "
            f"{options.resume}: give one of them"
        )
    else:
        training = Run.resume(options.resume, options.audio, **wanted, **given)
    with training:
        return _train_to_the_end(training, options)


def _train_to_the_end(training, options):
    """Train, show progress, and write all files of the run; return the exit code."""
    folder, settings, source = training.folder, training.settings, training.source
    if metrics := options.resume and training.finished_metrics():
        say(f"{folder} has done its {settings.iterations} iterations: give a larger --iterations for more")
        return _print_result(options, folder, metrics)
    tell = (lambda text: None) if options.quiet else say
    code, problem = DONE, None
    with StopRequest() as stop, Progress(None if options.quiet else sys.stderr) as progress:
        name, rate = source.audio or "demo song", source.sample_rate
        tell(f"{name}: {source.samples / rate:.1f} s, {rate:,} Hz, channels: {source.channels}")
        for warning in training.warnings:
            tell(warning)
        widths = " -> ".join(map(str, training.model.widths()))
        tell(f"network: {widths} channels, {training.model.parameters.size:,} parameters")
        if training.iterations:
            tell(f"{folder}: going on after iteration {training.iterations}")
        try:
            for row in training.train():
                progress.show(*_progress_line(row, settings.iterations))
                if stop.signal:
                    code = 128 + stop.signal
                    problem = f"stopped; {folder} keeps the network of iteration {row.iteration}; to go on: "
                    problem += f"python -m numpyae.train --resume {shlex.quote(str(folder))}"
                    break
        except Diverged as error:
            code, problem = FAILED, f"error: {error}; {folder} keeps the network of iteration {error.kept}"
    if problem:
        say(problem)
    metrics = training.finish()
    snr, mid, side = (decibels(metrics[name]) for name in ("snr_db", "snr_mid_db", "snr_side_db"))
    seconds = metrics["training_seconds"]
    tell(f"SNR {snr} (mid {mid}, side {side}) after {metrics['iterations']} iterations in {seconds:.1f} s")
    if not options.no_report:
        tell(f"look and listen: {folder / 'report.html'}")
    return _print_result(options, folder, metrics, code)


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
    print(json.dumps({"run": str(folder), **nan_to_none(metrics)}) if options.json else folder, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())

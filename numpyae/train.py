"""`python -m numpyae.train [AUDIO] [-o RUN]`: train the autoencoder on one song."""
from numpyae.command import one_blas_thread

if __name__ == "__main__":
    one_blas_thread()  # before the next lines import NumPy

import json
import sys
import time
from pathlib import Path

import numpy as np

from numpyae.audio import demo_song, open_song, random_segments, spaced_segments
from numpyae.autoencoder import INITS, Autoencoder
from numpyae.command import DONE, FAILED, Parser, StopRequest, positive_number, run, say, whole_number
from numpyae.errors import InputError
from numpyae.report import write_report
from numpyae.report.recorder import Recorder
from numpyae.training import Diverged, measure, save, train
from numpyae.training.progress import Progress, decibels, training_line
from numpyae.training.run_folder import SNRS, MetricsTable, defined, make_run_folder, sha256, versions, write_json

DEMO_RATE = 44100  # Hz
EDGES = ("same", "context")


class Stopped(Exception):
    """The user asked for an end, and an iteration has just ended."""


def main(arguments=None):
    """Run the command and return its exit code; for arguments that are wrong, exit with 2."""
    options = _parse(arguments)
    return run(lambda: _train(options))


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
    add("--workers", type=whole_number(1, 1024), help="threads, all cores if not given; the result is the same")
    add("--gallery", action="store_true", help="animate three more segments: the most regular, the lowest, the highest")
    add("--no-report", action="store_true", help="train only: no sounds, pictures and page")
    add("--quiet", action="store_true", help="print nothing but the result and errors")
    add("--json", action="store_true", help="print the metrics instead of the run folder")
    options = parser.parse_args(arguments)
    hop = options.stride**2
    if options.segment % hop:
        below = options.segment // hop * hop
        parser.error(
            f"argument --segment: {options.segment} came, wanted a multiple of {hop}, which two strides of "
            f"{options.stride} divide: give {f'{below} or ' if below else ''}{below + hop}"
        )
    return options


def _train(options):
    started = time.perf_counter()
    tell = (lambda text: None) if options.quiet else say
    song, rate = _song(options)
    init, batches, evaluation = map(np.random.default_rng, np.random.SeedSequence(options.seed).spawn(3))
    model = Autoencoder(
        song[:1].shape[1], options.hidden, options.features, options.kernel, options.stride, init=options.init, rng=init
    )
    context = model.context() if options.edges == "context" else 0
    recorder = None
    if not options.no_report:
        recorder = Recorder(
            model, song, length=options.segment, context=context, iterations=options.iterations,
            gallery=options.gallery, workers=options.workers,
        )
        recorder.record(0)
    folder = make_run_folder(options.output, options.audio.stem if options.audio else "demo")
    config = _config(options, len(song), rate, model.channels)
    write_json(folder / "config.json", config)
    tell(f"{options.audio or 'demo song'}: {len(song) / rate:.1f} s, {rate:,} Hz, channels: {model.channels}")
    tell(f"network: {' -> '.join(map(str, model.widths()))} channels, {model.parameters.size:,} parameters")

    fixed = random_segments(song, 16, options.segment, evaluation, context)
    code, problem = DONE, None
    with (
        StopRequest() as stop,
        MetricsTable(folder) as table,
        Progress(None if options.quiet else sys.stderr) as progress,
    ):

        def on_iteration(iteration, loss):
            row = table.add(iteration, loss, measure(model, fixed, context, options.workers))
            progress.show(*training_line(row, options.iterations))
            if recorder:
                recorder.record(iteration)
            if stop.signal:
                raise Stopped

        try:
            train(
                model, song, iterations=options.iterations, batch_size=options.batch_size, segment=options.segment,
                learning_rate=options.learning_rate, context=context, rng=batches, workers=options.workers,
                on_iteration=on_iteration,
            )
            iterations = options.iterations
        except Diverged as error:
            code, problem, iterations = FAILED, f"error: {error}", error.kept
        except Stopped:
            code, problem, iterations = 128 + stop.signal, "stopped", len(table.rows)
        training_seconds = table.seconds()
    if problem:
        say(f"{problem}; {folder} keeps the network of iteration {iterations}")

    save(folder, model)
    metrics = {
        "iterations": iterations,
        **measure(model, spaced_segments(song, 1000, options.segment, context), context, options.workers),
        "training_seconds": training_seconds,
        "total_seconds": round(time.perf_counter() - started, 3),
        "parameters": model.parameters.size,
        "sample_rate": rate,
        "channels": model.channels,
    }
    write_json(folder / "metrics.json", metrics)
    if recorder:
        write_report(
            folder, name=options.audio.name if options.audio else "The demo song", model=model, song=song, rate=rate,
            recorder=recorder, rows=table.rows, metrics=metrics, config=config, context=context,
            workers=options.workers,
        )
        metrics["total_seconds"] = round(time.perf_counter() - started, 3)
        write_json(folder / "metrics.json", metrics)
    total, mid, side = (decibels(metrics[name]) for name in SNRS)
    tell(f"SNR {total} (mid {mid}, side {side}) after {iterations} iterations in {training_seconds:.1f} s")
    if recorder:
        tell(f"look and listen: {folder / 'report.html'}")
    print(json.dumps({"run": str(folder), **defined(metrics)}) if options.json else folder, flush=True)
    return code


def _song(options):
    """Return the samples and the rate of the song that was named, or of the demo song."""
    song, rate = open_song(options.audio) if options.audio else (demo_song(seed=options.seed), DEMO_RATE)
    if len(song) < options.segment:
        raise InputError(
            f"{options.audio or 'the demo song'} has {len(song)} samples ({len(song) / rate:.3f} s), fewer than one "
            f"segment of {options.segment}: give a longer song or a smaller --segment"
        )
    return song, rate


def _config(options, samples, rate, channels):
    """Return what is needed to do the run again: every argument, which song it was, and the versions used."""
    arguments = {name: str(value) if isinstance(value, Path) else value for name, value in vars(options).items()}
    return {
        **arguments, "audio_sha256": sha256(options.audio) if options.audio else None, "samples": samples,
        "sample_rate": rate, "channels": channels, "versions": versions(),
    }


if __name__ == "__main__":
    sys.exit(main())

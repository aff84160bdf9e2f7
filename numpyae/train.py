"""`python -m numpyae.train [AUDIO] [-o RUN]`: train the autoencoder on one song."""
from numpyae.command import one_blas_thread

if __name__ == "__main__":
    one_blas_thread()  # before the next lines import NumPy

import hashlib
import json
import sys
import time
from pathlib import Path

import numpy as np

from numpyae.audio import demo_song, random_segments, read, spaced_segments
from numpyae.autoencoder import INITS, Autoencoder
from numpyae.command import DONE, FAILED, INTERRUPTED, Parser, positive_number, run, whole_number
from numpyae.errors import InputError
from numpyae.report.figures import save_loss
from numpyae.report.sound import write_before_and_after
from numpyae.training import Diverged, measure, save, train
from numpyae.training.progress import Progress, decibels
from numpyae.training.run_folder import SNRS, MetricsTable, defined, make_run_folder, versions, write_json


DEMO_RATE = 44100  # Hz


def main(arguments=None):
    """Run the command; return its exit code."""
    options = _parse(arguments)
    return run(lambda: _train(options))


def _parse(arguments):
    parser = Parser(
        prog="python -m numpyae.train",
        description="Train a stereo sound autoencoder on one song. The defaults are the post's.",
        epilog="example:\n  python -m numpyae.train song.flac -o runs/song --init mirrored",
    )
    add = parser.add_argument
    add("audio", nargs="?", metavar="AUDIO", type=Path, help="a sound file; without one, a demo song is made")
    add("-o", "--output", metavar="RUN", type=Path, help="the run folder to make; without it, the next runs/STEM-NNN")
    add("--iterations", type=whole_number(0), default=150, help="steps of Adam")
    add("--batch-size", type=whole_number(1), default=100, help="random segments in a step")
    add("--segment", type=whole_number(1), default=1024, help="samples in a segment")
    add("--hidden", type=whole_number(1), default=32, help="channels between the two layers")
    add("--features", type=whole_number(1), default=64, help="channels in the middle")
    add("--kernel", type=whole_number(1), default=4, help="samples in a window")
    add("--stride", type=whole_number(1), default=2, help="samples from window to window")
    add("--init", choices=INITS, default="glorot", help="how the kernels start")
    add("--learning-rate", type=positive_number, default=3e-3, help="the size of a step")
    add("--seed", type=whole_number(0), default=0, help="of the first kernels, the batches and the demo song")
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
    say = (lambda text: None) if options.quiet else (lambda text: print(text, file=sys.stderr))
    song, rate = _song(options)
    init, batches, evaluation = map(np.random.default_rng, np.random.SeedSequence(options.seed).spawn(3))
    model = Autoencoder(
        song.shape[1], options.hidden, options.features, options.kernel, options.stride, init=options.init, rng=init
    )
    folder = make_run_folder(options.output, options.audio.stem if options.audio else "demo")
    write_json(folder / "config.json", _config(options, song, rate))
    say(f"{options.audio or 'demo song'}: {len(song) / rate:.1f} s, {rate:,} Hz, channels: {model.channels}")
    say(f"network: {' -> '.join(map(str, model.widths()))} channels, {model.parameters.size:,} parameters")

    fixed = random_segments(song, 16, options.segment, evaluation)
    progress = Progress(options.iterations, None if options.quiet else sys.stderr)
    code, problem = DONE, None
    with MetricsTable(folder) as table:

        def on_iteration(iteration, loss):
            measured = measure(model, fixed)
            table.add(iteration, loss, measured)
            progress.update(iteration, loss, measured["snr_db"])

        try:
            train(
                model, song, iterations=options.iterations, batch_size=options.batch_size, segment=options.segment,
                learning_rate=options.learning_rate, rng=batches, on_iteration=on_iteration,
            )
            iterations = options.iterations
        except Diverged as error:
            code, problem, iterations = FAILED, f"error: {error}", error.kept
        except KeyboardInterrupt:
            code, problem, iterations = INTERRUPTED, "stopped by Ctrl-C", len(table.rows)
        training_seconds = table.seconds()
    progress.close()
    if problem:
        print(f"{problem}; {folder} keeps the network of iteration {iterations}", file=sys.stderr)

    save(folder, model)
    save_loss(folder / "loss.png", table.rows)
    write_before_and_after(folder, model, song, rate)
    metrics = {
        "iterations": iterations,
        **measure(model, spaced_segments(song, 1000, options.segment)),
        "training_seconds": training_seconds,
        "total_seconds": round(time.perf_counter() - started, 3),
        "parameters": model.parameters.size,
        "sample_rate": rate,
        "channels": model.channels,
    }
    write_json(folder / "metrics.json", metrics)
    total, mid, side = (decibels(metrics[name]) for name in SNRS)
    say(f"SNR {total} (mid {mid}, side {side}) after {iterations} iterations in {training_seconds:.1f} s")
    say(f"listen to {folder / 'original.wav'} and {folder / 'reconstruction.wav'}")
    print(json.dumps({"run": str(folder), **defined(metrics)}) if options.json else folder, flush=True)
    return code


def _song(options):
    """Return the samples and the rate of the song that was named, or of the demo song."""
    if options.audio is None:
        return demo_song(seed=options.seed), DEMO_RATE
    song, rate = read(options.audio)
    if len(song) < options.segment:
        raise InputError(
            f"{options.audio} has {len(song)} samples ({len(song) / rate:.3f} s), fewer than one segment of "
            f"{options.segment}: give a longer song or a smaller --segment"
        )
    return song, rate


def _config(options, song, rate):
    """Return what is needed to do the run again: every argument, which song it was, and the versions used."""
    digest = hashlib.sha256(options.audio.read_bytes()).hexdigest() if options.audio else None
    arguments = {name: str(value) if isinstance(value, Path) else value for name, value in vars(options).items()}
    return {
        **arguments, "audio_sha256": digest, "samples": len(song), "sample_rate": rate, "channels": song.shape[1],
        "versions": versions(),
    }


if __name__ == "__main__":
    sys.exit(main())

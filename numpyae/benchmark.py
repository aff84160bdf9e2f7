"""`python -m numpyae.benchmark`: how fast, which share of it is bare matrix products, and how that compares to PyTorch."""
from numpyae.command import one_blas_thread

if __name__ == "__main__":
    one_blas_thread()  # before the next lines import NumPy

import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from numpyae.audio import demo_song, random_segments, write
from numpyae.autoencoder import Autoencoder
from numpyae.command import DONE, Parser, run, whole_number
from numpyae.nn import Adam, check_gradients
from numpyae.training import save
from numpyae.training.loop import loss_and_gradient, shards
from numpyae.workers import available_cores, in_order

POST = dict(batch=100, segment=1024, features=64)
RATE = 44100  # Hz


def main(arguments=None):
    """Run the command and return its exit code; for arguments that are wrong, exit with 2."""
    parser = Parser(
        prog="python -m numpyae.benchmark",
        description="Time numpyae on this machine. Each time is the median of blocks that take turns with the bare matrix\n"
        "products of the same shapes on as many threads.",
        epilog="example:\n  python -m numpyae.benchmark --workers 2 --blocks 15",
    )
    parser.add("--workers", type=whole_number(1, 1024), default=available_cores(), help="threads")
    parser.add("--blocks", type=whole_number(1), default=7, help="how often each thing is timed")
    parser.add("--json", action="store_true", help="print the numbers as JSON")
    options, _ = parser.parse(arguments)
    return run(lambda: _benchmark(options))


def _benchmark(options):
    rows, results = [], {"machine": f"{platform.machine()}, {available_cores()} cores, NumPy {np.__version__}"}
    sizes = {"the post's size": POST}
    for name in POST:
        sizes[f"half the {name}"] = {**POST, name: POST[name] // 2}
        sizes[f"double the {name}"] = {**POST, name: POST[name] * 2}
    for name, size in sizes.items():
        step, products, flops = _training(size, options.workers)
        ours, bare = _in_turn([step, products], options.blocks)
        seconds, share = np.median(ours), np.median(np.divide(bare, ours))
        rows.append((f"training iteration, {name}", 1000 * seconds, flops / seconds / 1e9, share))
    for minutes in (1, 4):
        rows.append((f"training iteration, a song of {minutes} min", *_song_length(minutes, options), None, None))
    rows.append(("reconstruction, 3 min of stereo, files and all", 1000 * _reconstruction(options), None, None))
    rows.append(("gradient check of the post's network", 1000 * _timed(_gradient_check), None, None))
    rows.append(("animation of 151 frames", 1000 * _timed(_animation), None, None))
    results["rows"] = [dict(zip(("what", "milliseconds", "gflops", "share_of_products"), row)) for row in rows]
    results["pytorch"] = _pytorch(options)
    print(json.dumps(results) if options.json else _markdown(results, options))
    return DONE


def _training(size, workers):
    """Return (one iteration, its bare matrix products, their floating-point operations), the first two to be called."""
    rng = np.random.default_rng(0)
    model = Autoencoder(features=size["features"], rng=rng)
    song = demo_song(12.0, RATE)
    optimizer = Adam(model.parameters, 3e-3)

    def step():
        batch = random_segments(song, size["batch"], size["segment"], rng)
        optimizer.step(loss_and_gradient(model, batch, 0, workers)[1])

    batch = random_segments(song, size["batch"], size["segment"], rng)
    shapes = [_matrices(model, *shard.shape[:2]) for shard in shards(batch)]
    matrices = {shape: rng.standard_normal(shape).astype(np.float32) for shard in shapes for each in shard for shape in each}

    def shard_products(shard):
        for index, (windows, kernel, short) in enumerate(shard):
            a, b, c = matrices[windows], matrices[kernel], matrices[short]
            a @ b, a.T @ c  # forward, gradient by the kernel (a transposed convolution: backward, the same)
            if index:
                c @ b.T  # gradient by the input, for which nobody asks below the first layer

    def products():
        for _ in in_order(shard_products, shapes, workers):
            pass

    return step, products, sum(_flops(shard) for shard in shapes)


def _flops(shard):
    """Return the floating-point operations of the products of a shard."""
    return sum(
        (6 if index else 4) * rows * width * short for index, ((rows, width), (_, short), _) in enumerate(shard)
    )


def _matrices(model, count, time):
    """Return the shapes of (windows, kernel, short side) of every convolution for `count` segments of `time` samples."""
    shapes = []
    for layer, steps in zip((layer for layer in model.layers if layer.params), (time // 2, time // 4, time // 4, time // 2)):
        kernel, long, short = layer.w.shape
        shapes.append(((count * steps, kernel * long), (kernel * long, short), (count * steps, short)))
    return shapes


def _in_turn(functions, blocks, calls=5):
    """Return for each function the seconds of a call in each of `blocks` blocks; the blocks of all take turns."""
    seconds = [[] for _ in functions]
    for function in functions:
        for _ in range(2 * calls):  # the first ones find caches and memory cold
            function()
    for _ in range(blocks):
        for function, found in zip(functions, seconds):
            found.append(_timed(lambda: [function() for _ in range(calls)]) / calls)
    return seconds


def _timed(function):
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def _song_length(minutes, options):
    rng = np.random.default_rng(0)
    model = Autoencoder(rng=rng)
    song = np.tile(demo_song(12.0, RATE), (5 * minutes, 1))
    optimizer = Adam(model.parameters, 3e-3)

    def step():
        optimizer.step(loss_and_gradient(model, random_segments(song, 100, 1024, rng), 0, options.workers)[1])

    return (1000 * np.median(_in_turn([step], options.blocks)[0]),)


def _reconstruction(options):
    from numpyae.reconstruct import main as reconstruct

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        write(folder / "song.wav", np.tile(demo_song(12.0, RATE), (15, 1)), RATE)
        save(folder, Autoencoder(rng=np.random.default_rng(0)))
        words = [str(folder / "song.wav"), "--model", str(folder), "-o", str(folder / "out.wav"), "--force", "--quiet"]
        stdout, sys.stdout = sys.stdout, sys.stderr  # its result is not ours
        try:
            return np.median([_timed(lambda: reconstruct(words)) for _ in range(min(5, options.blocks))])
        finally:
            sys.stdout = stdout


def _gradient_check():
    rng = np.random.default_rng(0)
    check_gradients(Autoencoder(rng=rng), rng.standard_normal((2, 16, 2)), rng)


def _animation():
    from numpyae.report.animation import save_animation

    original = demo_song(0.1, RATE)[2000:3024]
    with tempfile.TemporaryDirectory() as folder:
        save_animation(Path(folder) / "a.gif", original, [(i, original * i / 150) for i in range(151)], RATE)


def _pytorch(options):
    """Return our time for an iteration at the post's size as a share of PyTorch's, or None without PyTorch.

    PyTorch works in a process of its own, as it would for a user of it; the two take turns.
    """
    step, _, _ = _training(POST, options.workers)
    command = [sys.executable, "-m", "numpyae.benchmark_pytorch", str(options.workers)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as pytorch:
        version = pytorch.stdout.readline().strip()
        if not version:
            return None

        def theirs(calls):
            print(calls, file=pytorch.stdin, flush=True)
            return float(pytorch.stdout.readline())

        theirs(3)
        step()
        pairs = [
            (_timed(lambda: [step() for _ in range(10)]) / 10, theirs(10)) for _ in range(2 * options.blocks + 1)
        ]
        pytorch.stdin.close()
    ours, others = np.transpose(pairs)
    ratios = ours / others
    return {
        "version": version, "blocks": len(pairs), "milliseconds": 1000 * np.median(ours),
        "pytorch_milliseconds": 1000 * np.median(others), "ratio": np.median(ratios),
        "ratio_quartiles": [*np.quantile(ratios, (0.25, 0.75))],
    }


def _markdown(results, options):
    lines = [
        f"{results['machine']}, {options.workers} threads", "",
        "| what | ms | GFLOP/s | share of bare products |", "|---|---|---|---|",
    ]
    for row in results["rows"]:
        gflops = "" if row["gflops"] is None else f"{row['gflops']:.0f}"
        share = "" if row["share_of_products"] is None else f"{100 * row['share_of_products']:.0f} %"
        lines.append(f"| {row['what']} | {row['milliseconds']:.1f} | {gflops} | {share} |")
    found = results["pytorch"]
    lines += ["", "PyTorch is not installed here, so there is no comparison with it." if found is None else (
        f"PyTorch {found['version']} eager, the same network, batch, loss and Adam, on as many threads, in turn with ours "
        f"({found['blocks']} blocks of 10 iterations): {found['milliseconds']:.1f} ms against "
        f"{found['pytorch_milliseconds']:.1f} ms, ratio {found['ratio']:.2f} "
        f"(quartiles {found['ratio_quartiles'][0]:.2f} to {found['ratio_quartiles'][1]:.2f})."
    )]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

"""`python -m numpyae.benchmark`: compare the speed with bare matrix products and with PyTorch."""
from numpyae.process import start

if __name__ == "__main__":
    start()  # before the next lines import NumPy

import dataclasses
import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from numpyae.audio import Song, demo_song, random_segments, write, writer
from numpyae.autoencoder import Autoencoder
from numpyae.command import DONE, Parser, argument, run
from numpyae.evaluation import reconstruct_blocks, shards
from numpyae.nn import Adam
from numpyae.training import Settings
from numpyae.training.loop import loss_and_gradient
from numpyae.training.settings import whole_number
from numpyae.workers import available_cores, in_order

RATE = 44100  # Hz


def main(arguments=None):
    """Run the command and return its exit code; for wrong arguments, exit with 2."""
    parser = Parser(
        prog="python -m numpyae.benchmark",
        description="Time numpyae on this machine. Each time is the median over blocks. Blocks of training\n"
        "iterations alternate with blocks of the bare matrix products of the same shapes.",
        epilog="example:\n  python -m numpyae.benchmark --workers 2 --blocks 15",
    )
    add = parser.add_argument
    add("--workers", type=argument(whole_number(1, 1024)), metavar="INT", default=available_cores(),
        help="threads (default: all %(default)s cores)")
    add("--blocks", type=argument(whole_number(1)), metavar="INT", default=7,
        help="blocks per measurement (default: %(default)s)")
    add("--json", action="store_true", help="print the numbers as JSON")
    options = parser.parse_args(arguments)
    return run(lambda: _benchmark(options))


def _benchmark(options):
    post, rows = Settings(), []
    sizes = {"the post's size": post}
    for name in ("batch_size", "segment", "features"):
        for word, factor in (("half", 0.5), ("double", 2)):
            size = int(factor * getattr(post, name))
            sizes[f"{word} the {name}"] = dataclasses.replace(post, **{name: size})
    for name, settings in sizes.items():
        times = time_training(settings, options.workers, options.blocks)
        rows.append({"what": f"training iteration, {name}", **times})
    seconds = time_reconstruction(180, options.workers, min(5, options.blocks))
    rows.append({"what": "reconstruction of 3 min of stereo, file to file", "milliseconds": 1000 * seconds})
    results = {
        "machine": f"{platform.machine()}, {available_cores()} cores, NumPy {np.__version__}", "rows": rows,
        "pytorch": time_beside_pytorch(post, options.workers, 2 * options.blocks + 1),
    }
    print(json.dumps(results) if options.json else _markdown(results, options.workers))
    return DONE


def time_training(settings, workers, blocks):
    """Return the milliseconds and GFLOP/s of an iteration, and the share that the bare products take."""
    step, model = _training_step(settings, workers)
    batch = np.zeros((settings.batch_size, settings.segment, model.channels), np.float32)
    convolutions = [matrix_shapes(model, shard.shape) for shard in shards(batch)]
    rng = np.random.default_rng(0)
    arrays = {
        shape: rng.standard_normal(shape, np.float32)
        for shard in convolutions for shapes, _ in shard for shape in shapes
    }

    def multiply(shard):
        for shapes, products in shard:
            windows, kernel, y = (arrays[shape] for shape in shapes)
            windows @ kernel, windows.T @ y  # forward, and the kernel's gradient
            if products == 3:
                y @ kernel.T  # the input's gradient

    def bare_products():
        for _ in in_order(multiply, convolutions, workers):
            pass

    ours, bare = alternate([step, bare_products], blocks)
    flops = sum(
        2 * rows * width * outputs * products
        for shard in convolutions for ((rows, width), (_, outputs), _), products in shard
    )
    return {
        "milliseconds": 1000 * np.median(ours), "gflops": flops / np.median(ours) / 1e9,
        "share_of_products": np.median(np.divide(bare, ours)),
    }


def _training_step(settings, workers):
    """Return (a function that runs one training iteration, its model)."""
    rng, song = np.random.default_rng(0), demo_song(12.0, RATE)
    model = Autoencoder(rng=rng, **settings.arguments_of(Autoencoder))
    optimizer = Adam(model.parameters, **settings.arguments_of(Adam))

    def step():
        batch = random_segments(song, settings.batch_size, settings.segment, rng)
        optimizer.step(loss_and_gradient(model, batch, workers=workers)[1])

    return step, model


def matrix_shapes(model, shape):
    """Return [((windows, kernel, y), products), ...]: each convolution's matrix shapes for a batch.

    products: how many of them an iteration computes: 3, but 2 in the first layer, which needs no input
    gradient. A transposed convolution multiplies the same matrices as the convolution it transposes.
    """
    batch, time, _ = shape
    shapes = []
    for index, (convolution, transpose) in enumerate(model.pairs()):
        time //= convolution.stride
        for layer in (convolution, transpose):
            kernel, inputs, outputs = layer.w.shape
            rows, width = batch * time, kernel * inputs
            products = 2 if index == 0 and layer is convolution else 3
            shapes.append((((rows, width), (width, outputs), (rows, outputs)), products))
    return shapes


def alternate(functions, blocks, calls=5):
    """Return, for each function, the seconds per call in each block; the functions take turns."""
    seconds = [[] for _ in functions]
    for function in functions:
        for _ in range(2 * calls):  # warm up caches and memory
            function()
    for _ in range(blocks):
        for function, times in zip(functions, seconds, strict=True):
            times.append(_timed(function, calls))
    return seconds


def _timed(function, calls=1):
    started = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - started) / calls


def time_reconstruction(seconds, workers, repeats):
    """Return the median time, in seconds, to reconstruct `seconds` of stereo from file to file."""
    model = Autoencoder(rng=np.random.default_rng(0))
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "song.wav", np.resize(demo_song(12.0, RATE), (int(seconds * RATE), 2)), RATE)

        def reconstruct():
            with Song(Path(folder) / "song.wav") as song, writer(Path(folder) / "out.wav", RATE, 2) as file:
                for _, reconstruction in reconstruct_blocks(model, song.blocks(), workers=workers):
                    file.add(reconstruction)

        return np.median([_timed(reconstruct) for _ in range(repeats)])


def time_beside_pytorch(settings, workers, blocks):
    """Return our time for an iteration, PyTorch's and their ratio; None if PyTorch is not installed.

    PyTorch runs in its own process, as it would for its users; the two take turns.
    """
    step, _ = _training_step(settings, workers)
    command = [sys.executable, "-m", "numpyae.benchmark_pytorch", str(workers)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as pytorch:
        version = pytorch.stdout.readline().strip()
        if not version:
            return None

        def theirs(calls):
            print(calls, file=pytorch.stdin, flush=True)
            return float(pytorch.stdout.readline())

        theirs(3)
        step()
        ours, others = np.transpose([(_timed(step, 10), theirs(10)) for _ in range(blocks)])
        pytorch.stdin.close()
    return {
        "version": version, "blocks": blocks, "milliseconds": 1000 * np.median(ours),
        "pytorch_milliseconds": 1000 * np.median(others), "ratio": np.median(ours / others),
        "ratio_quartiles": [*np.quantile(ours / others, (0.25, 0.75))],
    }


def _markdown(results, workers):
    lines = [
        f"{results['machine']}, {workers} threads", "",
        "| what | ms | GFLOP/s | share of bare products |", "|---|---|---|---|",
    ]
    for row in results["rows"]:
        speed = f"{row['gflops']:.0f} | {100 * row['share_of_products']:.0f} %" if "gflops" in row else " | "
        lines.append(f"| {row['what'].replace('_', ' ')} | {row['milliseconds']:.1f} | {speed} |")
    pytorch = results["pytorch"]
    lines += ["", "PyTorch is not installed here, so it is not compared." if pytorch is None else (
        f"PyTorch {pytorch['version']} eager, the same network, batch, loss and Adam, on as many threads, "
        f"alternating with ours ({pytorch['blocks']} blocks of 10 iterations): ours "
        f"{pytorch['milliseconds']:.1f} ms, PyTorch {pytorch['pytorch_milliseconds']:.1f} ms, "
        f"ratio {pytorch['ratio']:.2f} "
        f"(quartiles {pytorch['ratio_quartiles'][0]:.2f} to {pytorch['ratio_quartiles'][1]:.2f})."
    )]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

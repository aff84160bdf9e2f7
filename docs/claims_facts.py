"""What docs/claims.py finds without training: by counting, by probing, and by running the command once."""
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from claims_runs import BATCH, ITERATIONS, SEGMENT, paths, rounded, tile
from scipy.signal import correlate
from scipy.stats import chisquare

from numpyae import Autoencoder
from numpyae.audio import random_segments, spectra
from numpyae.nn import conv, conv_transpose, conv_weight

ROOT = Path(__file__).parents[1]


def facts():
    """Return what is so whatever the song."""
    model = Autoencoder(rng=np.random.default_rng(0))
    widths, stride = model.widths(), model.stride
    steps = [SEGMENT // stride, SEGMENT // stride**2]
    macs = 2 * sum(BATCH * step * model.kernel * a * b for step, a, b in zip(steps, widths, widths[1:]))
    assets = sum(path.stat().st_size for path in (ROOT / "docs" / "front").iterdir())
    ends = paths(model, SEGMENT)
    return rounded({
        "parameters": int(model.parameters.size), "million products a batch": macs / 1e6,
        "steps of a segment": model.encode(np.zeros((1, SEGMENT, 2), np.float32)).shape[1],
        "longest length tried": longest_length_that_comes_back(4100),
        "worst of one sum and its three derivatives": worst_disagreement(200),
        "worst difference to padding of 1 and 1": difference_to_one_and_one(),
        "p of equally likely starts": start_p_value(),
        "seconds of sound": BATCH * SEGMENT * ITERATIONS / 44100,
        "samples that a feature sees": seen(), "samples that an output hears": heard(),
        "paths to the first samples": [*ends[:5]], "edges": [*model.edges()],
        "numbers a sample": widths[2] / stride**2, "MB of pictures and sounds in the README": assets / 1e6,
        "chapters": len([*(ROOT / "tutorials").glob("[0-9]*.md")]),
    })


def of_song(path, samples, rate):
    """Return what one run of the command does, what the identity of chapter 12 does, and where the song's energy is."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        words = [sys.executable, "-m", "numpyae.train", *([path] if path else []), "-o", run, "--json", "--quiet"]
        metrics = json.loads(subprocess.run(words, check=True, capture_output=True, cwd=ROOT).stdout)
        gif = (run / "training.gif").stat().st_size
    segments = random_segments(samples, 500, SEGMENT, np.random.default_rng(0))
    frequencies, (power,) = spectra(samples, rate=rate)
    octave = np.round(np.log2(np.maximum(frequencies, 1) / 1000)).astype(int)
    shares = {f"{1000 * 2.0**k:g}": power[octave == k].sum() / power.sum() for k in range(-5, 5)}
    return rounded({
        "snr": metrics["snr_db"], "training seconds": metrics["training_seconds"],
        "all seconds": metrics["total_seconds"], "animation, MB": gif / 1e6,
        "by hand, largest error": float(np.abs(by_hand().forward(segments)[0] - segments).max()),
        "levels": {centre: 10 * math.log10(share) for centre, share in shares.items() if share},
    })


def by_hand():
    """Set weights so that what comes out is what went in: the 16 features of chapter 12."""
    model = Autoencoder(hidden=8, features=16, rng=np.random.default_rng(0))
    model.parameters[...] = 0
    outer, outer_back = model.layers[0], model.layers[6]
    outer.w[1:3] = np.concatenate([np.eye(4), -np.eye(4)], axis=1).reshape(2, 2, 8)
    outer_back.w[...] = outer.w
    tile(model, np.eye(16), 1)
    return model


def longest_length_that_comes_back(longest):
    """Check that every length up to this one has a feature for each four samples or part of four, and comes back."""
    model = Autoencoder(hidden=1, features=1, rng=np.random.default_rng(0))
    for time in range(1, longest + 1):
        features = model.encode(np.zeros((1, time, 2), np.float32))
        assert features.shape[1] == -(-time // 4) and model.decode(features, time).shape[1] == time
    return longest


def worst_disagreement(count):
    """Return how far apart <conv(x, w), y>, <x, conv_transpose(y, w)> and <w, conv_weight(x, y)> are, as a share of |x| |w| |y|."""
    rng = np.random.default_rng(0)
    worst = 0.0
    for _ in range(count):
        kernel, stride, long, short = (int(size) for size in rng.integers(1, 7, 4))
        time = int(rng.integers(kernel, 60))
        x, w = rng.standard_normal((3, time, long)), rng.standard_normal((kernel, long, short))
        y = rng.standard_normal(conv(x, w, stride, "same").shape)
        sums = (
            np.vdot(conv(x, w, stride, "same"), y), np.vdot(conv_transpose(y, w, stride, "same", time), x),
            np.vdot(conv_weight(x, y, kernel, stride, "same"), w),
        )
        worst = max(worst, (max(sums) - min(sums)) / np.prod([np.linalg.norm(array) for array in (x, w, y)]))
    return worst


def difference_to_one_and_one():
    """Return how far the first layer is from scipy's correlation of a sound with one zero laid on either side."""
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((1, SEGMENT, 2)), rng.standard_normal((4, 2, 32))
    padded = np.pad(x[0], ((1, 1), (0, 0)))
    wanted = np.stack([correlate(padded, w[:, :, o], "valid")[::2, 0] for o in range(32)], axis=1)
    return float(np.abs(conv(x, w, 2, "same")[0] - wanted).max())


def start_p_value():
    """Return the p-value of a chi-square test of 100,000 random starts in a song with 1,000 of them."""
    song = np.arange(1000, dtype=np.float32)[:, None]
    starts = random_segments(song, 100_000, 1, np.random.default_rng(0))[:, 0, 0]
    return float(chisquare(np.bincount(starts.astype(int), minlength=1000)).pvalue)


def probed():
    """Return a network of positive weights, in which no path is cut or cancelled, and clicks at each of 64 samples."""
    model = Autoencoder(rng=np.random.default_rng(0), dtype=np.float64)
    model.parameters[...] = np.abs(model.parameters)
    return model, np.repeat(np.eye(64)[:, :, None], 2, axis=2)


def seen():
    """Return how many samples the features away from the ends notice a click at."""
    model, clicks = probed()
    noticed = model.encode(clicks).any(axis=2).sum(axis=0)[4:-4]
    assert noticed.min() == noticed.max()
    return int(noticed[0])


def heard():
    """Return how many samples an output hears a click at, the fewest and the most."""
    model, clicks = probed()
    noticed = model.forward(clicks)[0].any(axis=2).sum(axis=0)[20:-20]
    return [int(noticed.min()), int(noticed.max())]

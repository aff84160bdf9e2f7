"""The numbers of docs/claims.md that need no experiment: counts, probes, one run and facts about a song."""
import json
import math
import tempfile
from pathlib import Path

import numpy as np
from harness import POST
from networks import identity, paths
from scipy.signal import correlate
from scipy.stats import chisquare

from numpyae import Autoencoder, Run
from numpyae.audio import random_segments, spectra
from numpyae.nn import conv, conv_transpose, conv_weight

ROOT = Path(__file__).parents[2]


def of_the_network():
    """Return name -> number for what does not depend on the song."""
    model = Autoencoder(rng=np.random.default_rng(0))
    macs = 0
    for (conv_layer, _), hop in zip(model.pairs(), (model.stride, model.hop), strict=True):
        twice = 2  # the decoder's layer needs as many multiplications
        macs += twice * POST.batch_size * POST.segment // hop * conv_layer.w.size
    assets = sum(path.stat().st_size for path in (ROOT / "docs" / "front").iterdir())
    left, right = model.edge_widths()
    fewest, most = samples_heard()
    return {
        "parameters": int(model.parameters.size), "million products a batch": macs / 1e6,
        "steps of a segment": model.encode(np.zeros((1, POST.segment, 2), np.float32)).shape[1],
        "longest length tried": longest_length_that_comes_back(4100),
        "worst of one sum and its three derivatives": worst_disagreement(200),
        "worst difference to padding of 1 and 1": difference_to_one_and_one(),
        "p of equally likely starts": start_p_value(),
        "seconds of sound": POST.batch_size * POST.segment * POST.iterations / 44100,
        "samples that a feature sees": samples_seen(),
        "samples that an output hears, fewest": fewest, "samples that an output hears, most": most,
        **{f"paths to sample {sample}": share for sample, share in enumerate(paths(model, POST.segment)[:5])},
        "samples at the left edge": left, "samples at the right edge": right,
        "numbers a sample": model.features / model.hop,
        "MB of pictures and sounds in the README": assets / 1e6,
        "chapters": len([*(ROOT / "tutorials").glob("[0-9]*.md")]),
    }


def of_a_song(path, samples, rate):
    """Return name -> number: the results of one run, the identity's error, and the song's energy by octave.

    path: the song's file, or None for the demo song.
    """
    with tempfile.TemporaryDirectory() as folder, Run.begin(Path(folder) / "run", path) as run:
        for _ in run.train():
            pass
        run.finish()
        metrics = json.loads((run.folder / "metrics.json").read_text(encoding="utf-8"))
        gif = (run.folder / "training.gif").stat().st_size
    segments = random_segments(samples, 500, POST.segment, np.random.default_rng(0))
    frequencies, (power,) = spectra(samples, rate=rate)
    octave = np.round(np.log2(np.maximum(frequencies, 1) / 1000)).astype(int)
    shares = {f"{1000 * 2.0**k:g}": power[octave == k].sum() / power.sum() for k in range(-5, 5)}
    return {
        "command snr": metrics["snr_db"], "command training seconds": metrics["training_seconds"],
        "command all seconds": metrics["total_seconds"], "command animation, MB": gif / 1e6,
        "identity, largest error": float(np.abs(identity().forward(segments)[0] - segments).max()),
        **{f"energy {centre}": 10 * math.log10(share) for centre, share in shares.items() if share},
    }


def longest_length_that_comes_back(longest):
    """Check that each length up to this one has a step for each 4 samples or part of 4, and is restored."""
    model = Autoencoder(hidden=1, features=1, rng=np.random.default_rng(0))
    for time in range(1, longest + 1):
        features = model.encode(np.zeros((1, time, 2), np.float32))
        assert features.shape[1] == math.ceil(time / 4) and model.decode(features, time).shape[1] == time
    return longest


def worst_disagreement(count):
    """Return the worst gap, over |x| |w| |y|, between <conv(x, w), y> and the same sum by either adjoint."""
    rng, worst = np.random.default_rng(0), 0.0
    for _ in range(count):
        kernel, stride, inputs, outputs = (int(size) for size in rng.integers(1, 7, 4))
        time = int(rng.integers(kernel, 60))
        x, w = rng.standard_normal((3, time, inputs)), rng.standard_normal((kernel, inputs, outputs))
        y = rng.standard_normal(conv(x, w, stride, "same").shape)
        sums = [np.vdot(conv(x, w, stride, "same"), y)]
        sums.append(np.vdot(conv_transpose(y, w, stride, "same", time), x))
        sums.append(np.vdot(conv_weight(x, y, kernel, stride, "same"), w))
        norms = np.prod([np.linalg.norm(array) for array in (x, w, y)])
        worst = max(worst, (max(sums) - min(sums)) / norms)
    return worst


def difference_to_one_and_one():
    """Return how far the first layer is from scipy's correlation of a sound with one zero on either side."""
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((1, POST.segment, 2)), rng.standard_normal((4, 2, 32))
    padded = np.pad(x[0], ((1, 1), (0, 0)))
    expected = np.stack([correlate(padded, w[:, :, o], "valid")[::2, 0] for o in range(32)], axis=1)
    return float(np.abs(conv(x, w, 2, "same")[0] - expected).max())


def start_p_value():
    """Return the p-value of a chi-square test on 100,000 random starts in a song with 1,000 possible ones."""
    song = np.arange(1000, dtype=np.float32)[:, None]
    starts = random_segments(song, 100_000, 1, np.random.default_rng(0))[:, 0, 0]
    return float(chisquare(np.bincount(starts.astype(int), minlength=1000)).pvalue)


def probed():
    """Return a network of positive weights, where no ReLU cuts a path, and a click at each of 64 samples."""
    model = Autoencoder(rng=np.random.default_rng(0), dtype=np.float64)
    model.parameters[...] = np.abs(model.parameters)
    return model, np.repeat(np.eye(64)[:, :, None], 2, axis=2)


def samples_seen():
    """Return at how many samples a click changes a feature that is away from the ends."""
    model, clicks = probed()
    noticed = model.encode(clicks).any(axis=2).sum(axis=0)[4:-4]
    assert noticed.min() == noticed.max()
    return int(noticed[0])


def samples_heard():
    """Return the fewest and the most samples at which a click changes one output sample."""
    model, clicks = probed()
    noticed = model.forward(clicks)[0].any(axis=2).sum(axis=0)[20:-20]
    return int(noticed.min()), int(noticed.max())

"""One training, and all that docs/claims.py asks of the network that comes out of it."""
import numpy as np
from scipy.signal import chirp
from scipy.stats import entropy

from numpyae import Adam, Autoencoder
from numpyae.audio import cut, notable_starts, octave_snrs, random_segments, snr_db, spaced_segments
from numpyae.nn import conv_transpose, tight_frame
from numpyae.training import edge_errors, measure, reconstructions, train
from numpyae.training.session import random_streams
from numpyae.whole_song import reconstruct

SEGMENT, BATCH, ITERATIONS = 1024, 100, 150  # the post's
LEARNING_RATE = 3e-3
MILESTONES = (0, 10, 50, 150, 300, 1000, 1500, 3000)
PASSED = 10  # dB, from which mid or side counts as learned
STEPS = (1 / 16, 1 / 4, 1)  # to which the features are rounded, as multiples of their RMS


def trained(
    song, rate, *, change="none", init="glorot", inner="as drawn", edges="same", adam="as published", features=64,
    iterations=ITERATIONS, seed=0, heard=None,
):
    """Train as `python -m numpyae.train` does, but for the settings, and measure the network.

    song: (time, channels), changed first by one of CHANGES; inner: one of INNER; adam: "short memory" is beta2 =
    beta1, "rate falls" a learning rate that goes to zero in a straight line, "both" is both; heard: another song, on
    which the network is measured too. All SNRs are in dB; what is undefined is None.
    """
    song = CHANGES[change](song)
    first, batches, evaluation = random_streams(seed)
    model = Autoencoder(song.shape[1], features=features, init=init, rng=first)
    INNER[inner](model, first)
    context = model.context() if edges == "context" else 0
    fixed = random_segments(song, 16, SEGMENT, evaluation, context)
    segments = spaced_segments(song, 1000, SEGMENT, context)
    optimizer = Adam(model.parameters, LEARNING_RATE, beta2=0.9 if adam in ("short memory", "both") else 0.999)
    snrs, passed = {}, {"mid": None, "side": None}

    def watch(iteration, loss):
        if adam in ("rate falls", "both"):
            optimizer.learning_rate = LEARNING_RATE * (1 - iteration / iterations)
        now = measure(model, fixed, context)
        for name in passed:
            value = now[f"snr_{name}_db"]
            if passed[name] is None and value is not None and value >= PASSED:
                passed[name] = iteration
        if iteration in MILESTONES:
            snrs[str(iteration)] = measure(model, segments, context)["snr_db"]

    watch(0, None)
    train(
        model, song, iterations=iterations, batch_size=BATCH, segment=SEGMENT, context=context, rng=batches,
        on_iteration=watch, optimizer=optimizer,
    )
    found = {
        "snr": snrs, "passed": passed, "kinds": kinds(model, song, context), "corners": corners(model, segments, context),
        "octaves": by_octave(song, whole(model, song), rate), "probes": probes(model, rate),
        "edges": edge_ratios(model, song, context), "coded": [coded(model, song, rate, step) for step in STEPS],
    }
    if heard is not None:
        found["heard"] = measure(model, spaced_segments(heard, 1000, SEGMENT, context), context)["snr_db"]
    return rounded(found)


def whole(model, song):
    return np.concatenate([piece for _, piece in reconstruct(model, [song])])


def by_octave(song, reconstruction, rate):
    return {f"{centre:g}": value for centre, value in octave_snrs(song, reconstruction, rate)}


def kinds(model, song, context):
    """Return the SNR of the song's most regular, its lowest and its highest segment."""
    starts = notable_starts(song, SEGMENT)
    pieces = {kind: cut(song, [starts[kind]], SEGMENT, context) for kind in ("periodic", "low", "high")}
    return {kind: snr_db(*pairs(model, piece, context)) for kind, piece in pieces.items()}


def pairs(model, segments, context=0):
    """Return the segments inside their context, and their reconstructions."""
    return map(np.concatenate, zip(*reconstructions(model, segments, context)))


def corners(model, segments, context):
    """Return the RMS error on the sharpest hundredth of the samples, as a multiple of that elsewhere, and its SNR.

    Sharp is where the second difference is large; samples near the ends of the segments are left out.
    """
    original, reconstruction = pairs(model, segments, context)
    bend = np.abs(np.diff(original, 2, axis=1))[:, 20:-20]
    original, reconstruction = original[:, 21:-21], reconstruction[:, 21:-21]
    error = np.square(original - reconstruction, dtype=np.float64)
    sharp = bend > np.quantile(bend, 0.99)
    ratio = np.sqrt(error[sharp].mean() / error[~sharp].mean())
    return {"ratio": ratio, "snr": snr_db(original[sharp], reconstruction[sharp])}


def probes(model, rate):
    """Return the SNR by octave of a sweep over all frequencies and of white noise, both with an RMS of 0.1."""
    time = np.arange(4 * rate) / rate
    sweep = np.sqrt(0.02) * chirp(time, 20, time[-1], 0.45 * rate, method="logarithmic")
    noise = 0.1 * np.random.default_rng(0).standard_normal((len(time), model.channels))
    sounds = {"sweep": np.stack([sweep] * model.channels, axis=1), "noise": noise}
    sounds = {name: sound.astype(np.float32) for name, sound in sounds.items()}
    return {name: by_octave(sound, whole(model, sound), rate) for name, sound in sounds.items()}


def edge_ratios(model, song, context):
    """Return the RMS error at the segments' ends over that inside, by what the network sees beyond them.

    "divided": zeros beyond, and each sample divided by its share of the paths that lead to a sample inside.
    """
    beyond = model.context()
    bare, real = spaced_segments(song, 1000, SEGMENT), spaced_segments(song, 1000, SEGMENT, beyond)
    reflected = np.pad(bare, ((0, 0), (beyond, beyond), (0, 0)), mode="reflect")
    ratios = {}
    for name, segments, around in (("zeros", bare, 0), ("reflected", reflected, beyond), ("real", real, beyond)):
        errors = edge_errors(model, segments, around)
        ratios[name] = errors[0] / errors[1]
    left, right = model.edges()
    original, reconstruction = pairs(model, bare)
    square = np.square(reconstruction / paths(model, SEGMENT)[:, None] - original).mean(axis=(0, 2))
    ratios["divided"] = np.sqrt(np.r_[square[:left], square[-right:]].mean() / square[left:-right].mean())
    return ratios


def paths(model, time):
    """Return, for each sample, how many paths lead to it from the features, as a share of those inside."""
    ones = np.ones((model.kernel, 1, 1))
    steps = time // model.stride**2
    hidden = conv_transpose(np.ones((1, steps, 1)), ones, model.stride, model.padding, time // model.stride)
    count = conv_transpose(hidden, ones, model.stride, model.padding, time)[0, :, 0]
    return count / count.max()


def coded(model, song, rate, step):
    """Return what is left when the features are rounded, and the bits per frame that they and the decoder then take.

    step: what is rounded to, as a multiple of the features' RMS. Bits are the entropy of each feature's codes, and 32
    for each row of its table and for each of the decoder's weights.
    """
    features = model.encode(song[None])[0]
    step = step * np.sqrt(np.square(features).mean()) or 1
    codes = np.round(features / step)
    counts = [np.unique(column, return_counts=True)[1] for column in codes.T]
    bits = sum(len(codes) * entropy(count, base=2) + 32 * len(count) for count in counts)
    bits += 32 * sum(array.size for layer in model.layers[4:] for array in layer.params.values())
    back = model.decode((codes * step)[None].astype(np.float32), len(song))[0]
    return {"bits": bits / len(song), "snr": snr_db(song, back), "octaves": by_octave(song, back, rate)}


def negated(song):
    """Return the song with its right channel upside down: what left and right shared is now the side."""
    return song * np.array([1, -1], np.float32)


def decorrelated(song):
    """Return the song with its right channel half the song later: mid and side are as loud as each other."""
    return np.stack([song[:, 0], np.roll(song[:, 1], len(song) // 2)], axis=1)


def white(song):
    """Return noise of the song's loudness and length: as much of every frequency, and of mid and side."""
    noise = np.random.default_rng(0).standard_normal(song.shape).astype(np.float32)
    return noise * np.float32(np.sqrt(np.square(song).mean()))


def emphasised(song):
    """Return the song with its high frequencies lifted, x[n] - 0.95 x[n - 1], as loud as before."""
    lifted = song.copy()
    lifted[1:] -= np.float32(0.95) * song[:-1]
    return lifted * np.float32(np.sqrt(np.square(song).mean() / np.square(lifted).mean()))


CHANGES = {
    "none": lambda song: song, "negated": negated, "decorrelated": decorrelated, "white": white, "emphasised": emphasised,
}


def rotated(model, rng):
    """Start the inner pair on places 1 and 2, which tile the hidden steps, with a full set of directions: see claims.md."""
    tile(model, tight_frame(rng, model.features, model.features), 2)


def permuted(model, rng):
    """Start the inner pair on places 1 and 2 with a permutation: the features are the hidden numbers."""
    tile(model, rng.permutation(np.eye(model.features)), 1)


def tile(model, directions, scale):
    _, _, inner, _, inner_back, _, _ = model.layers
    inner.w[...] = 0
    inner.w[1:3] = directions.reshape(2, model.hidden, model.features)
    inner_back.w[...] = scale * inner.w


INNER = {"as drawn": lambda model, rng: None, "rotated": rotated, "permuted": permuted}


def rounded(found):
    """Return the numbers of what was found to four digits, as plain Python's."""
    if isinstance(found, dict):
        return {name: rounded(value) for name, value in found.items()}
    if isinstance(found, list):
        return [*map(rounded, found)]
    if found is None or isinstance(found, int):
        return found
    return float(f"{found:.4g}") if np.isfinite(found) else None

"""Check the post's claims on the demo song and your own: python docs/experiments/post.py [SONG ...]

Each number is written to results/post.tsv as soon as it is measured, so a stopped run continues where it was.
At the end, the tables of docs/claims.md are written anew. To measure again, for example after a change of the
code, delete lines of post.tsv. The demo song and three songs of 20 seconds take about an hour and a quarter
on two cores. --quick takes four minutes. It prints its tables and keeps its numbers in results/quick.tsv.
"""
import hashlib
import sys
import time
from pathlib import Path

from numpyae.process import one_blas_thread

one_blas_thread()  # before NumPy is imported

import counts
import numpy as np
import signals
import tables
from harness import POST, Results, Training, generators_of_a_run
from networks import code_bits, decoder_bits, paths
from plan import ARTIST, DEMO, MILESTONES, NO_TRAINING, STEPS, Plan

from numpyae import audio
from numpyae.command import DONE, Parser, run, say
from numpyae.errors import InputError
from numpyae.evaluation import measure, reconstruct_segments, reconstruct_song

PASSED = 10  # dB; from this SNR on, mid or side counts as learned


def measured(song, rate, settings, seed, metrics, others=None):
    """Train as `python -m numpyae.train` does, with these settings; return metric -> number, SNRs in dB.

    metrics: the metrics to measure, by name or prefix; others: name -> another song that the network may
    hear.
    """
    generators = generators_of_a_run(seed)
    training = Training(song, generators, seed=seed, **settings)
    context = training.context
    few = audio.random_segments(training.song, 16, training.segment, generators[2], context)
    segments = audio.spaced_segments(training.song, 1000, training.segment, context)
    kinds = {metric.split()[0] for metric in metrics}
    found = {"learned mid": None, "learned side": None}
    for iteration in training.iterations():
        if "learned" in kinds:
            now = measure(training.model, few, context)
            for metric, snr in (("learned mid", now.snr_mid_db), ("learned side", now.snr_side_db)):
                if found[metric] is None and snr is not None and snr >= PASSED:
                    found[metric] = iteration
        if iteration in MILESTONES and "course" in kinds:
            found[f"course {iteration}"] = measure(training.model, segments, context).snr_db
    for kind in kinds & {*MEASURES}:
        named = MEASURES[kind](training, rate, segments)
        found |= {f"{kind} {name}".strip(): value for name, value in named.items()}
    for name in {metric.removeprefix("heard ") for metric in metrics if metric.startswith("heard ")}:
        heard = audio.spaced_segments(others[name], 1000, training.segment, context)
        found[f"heard {name}"] = measure(training.model, heard, context).snr_db
    wanted = {name: value for name, value in found.items() if any(begins(name, each) for each in metrics)}
    undefined = {each: None for each in metrics if not any(begins(name, each) for name in wanted)}
    return wanted | undefined  # undefined: octaves above half the sample rate


def begins(metric, beginning):
    return metric == beginning or metric.startswith(f"{beginning} ")


def overall(training, rate, segments):
    """Return the SNR over the segments."""
    return {"": measure(training.model, segments, training.context).snr_db}


def segment_kinds(training, rate, segments):
    """Return the SNR of the song's most regular, lowest and highest segments."""
    starts = audio.notable_starts(training.song, training.segment)
    found = {}
    for kind in ("periodic", "low", "high"):
        piece = audio.cut(training.song, [starts[kind]], training.segment, training.context)
        found[kind] = measure(training.model, piece, training.context).snr_db
    return found


def pairs(training, segments, context):
    """Return the segments without their context, and their reconstructions."""
    return map(np.concatenate, zip(*reconstruct_segments(training.model, segments, context), strict=True))


def corners(training, rate, segments):
    """Return the RMS error at the sharpest hundredth of samples over that elsewhere, and the SNR there.

    Sharp means that the second difference is large. Samples near the ends of the segments are left out.
    """
    original, reconstruction = pairs(training, segments, training.context)
    bend = np.abs(np.diff(original, 2, axis=1))[:, 20:-20]
    original, reconstruction = original[:, 21:-21], reconstruction[:, 21:-21]
    error = np.square(original - reconstruction, dtype=np.float64)
    sharp = bend > np.quantile(bend, 0.99)
    ratio = np.sqrt(error[sharp].mean() / error[~sharp].mean())
    return {"ratio": ratio, "snr": audio.snr_db(original[sharp], reconstruction[sharp])}


def by_octave(original, reconstruction, rate):
    return {f"{centre:g}": snr for centre, snr in audio.octave_snrs(original, reconstruction, rate)}


def octaves(training, rate, segments):
    """Return the SNR of the whole song by octave."""
    return by_octave(training.song, reconstruct_song(training.model, training.song), rate)


def probes(training, rate, segments):
    """Return the SNR by octave of a sweep and of white noise, each four seconds long with an RMS of 0.1."""
    channels = training.model.channels
    sounds = (signals.sweep(4, rate, channels), signals.white_noise((4 * rate, channels), 0.1))
    found = {}
    for name, sound in zip(("sweep", "noise"), sounds, strict=True):
        snrs = by_octave(sound, reconstruct_song(training.model, sound), rate)
        found |= {f"{name} {octave}": snr for octave, snr in snrs.items()}
    return found


def edges(training, rate, segments):
    """Return the RMS error at the segments' ends over the error inside, for each choice of what lies beyond.

    "divided": zeros beyond, and each sample is divided by its number of paths, as a share of those inside.
    """
    model, song, length = training.model, training.song, training.segment
    beyond, (left, right) = model.context(), model.edge_widths()
    bare, real = audio.spaced_segments(song, 1000, length), audio.spaced_segments(song, 1000, length, beyond)
    reflected = np.pad(bare, ((0, 0), (beyond, beyond), (0, 0)), mode="reflect")
    ways, ratios = {"zeros": (bare, 0), "reflected": (reflected, beyond), "real": (real, beyond)}, {}
    for name, (surrounded, context) in ways.items():
        outer, inner = measure(model, surrounded, context).edge_errors((left, right))
        ratios[name] = outer / inner
    original, reconstruction = pairs(training, bare, 0)
    square = np.square(reconstruction / paths(model, length)[:, None] - original).mean(axis=(0, 2))
    ratios["divided"] = np.sqrt(np.r_[square[:left], square[-right:]].mean() / square[left:-right].mean())
    return ratios


def coded(training, rate, segments):
    """Return the SNRs with quantised features, and the bits per frame that they and the decoder take."""
    model, song, found = training.model, training.song, {}
    features = model.encode(song[None])[0]
    for name, share in STEPS.items():
        step = share * np.sqrt(np.square(features).mean()) or 1
        codes = np.round(features / step)
        back = model.decode((codes * step)[None].astype(np.float32), len(song))[0]
        found[f"{name} bits"] = (code_bits(codes) + decoder_bits(model)) / len(song)
        found[f"{name} snr"] = audio.snr_db(song, back)
        found |= {f"{name} octave {octave}": snr for octave, snr in by_octave(song, back, rate).items()}
    return found


MEASURES = {
    "snr": overall, "segment": segment_kinds, "corners": corners, "octave": octaves, "probe": probes,
    "edge": edges, "coded": coded,
}


def measure_all(songs, plan, results):
    """Measure what the results do not have yet, and add it to them.

    songs: name -> (path or None, samples, rate). Only the results of a changed song are dropped.
    """
    results.add("-", NO_TRAINING, "-", counts.of_the_network())
    for name, (path, samples, rate) in songs.items():
        digest = hashlib.sha256(samples.tobytes() + str(rate).encode()).hexdigest()[:16]
        if results.values.get((name, NO_TRAINING, "-", "sha256")) != digest:
            results.drop(name)
            found = counts.of_a_song(path, samples, rate)
            results.add(name, NO_TRAINING, "-", {"sha256": digest, **found})
    others = {name: samples for name, (_, samples, _) in songs.items()} | {ARTIST: audio.demo_song(seed=1)}
    todo = plan.training_runs([*songs])
    for number, ((name, words, seed), (settings, metrics)) in enumerate(todo.items(), start=1):
        there = [each for *training, each in results.values if training == [name, words, str(seed)]]
        if not all(any(begins(each, wanted) for each in there) for wanted in metrics):
            started = time.perf_counter()
            _, samples, rate = songs[name]
            results.add(name, words, seed, measured(samples, rate, settings, seed, metrics, others))
            took = time.perf_counter() - started
            say(f"{number} of {len(todo)}  {took:5.1f} s  {name}: {words}, seed {seed}")


def opened(paths):
    """Return name -> (path or None, samples, rate) for the demo song and these files, from A to Z.

    Raises InputError for a file that cannot be measured.
    """
    songs, shortest = {DEMO: (None, audio.demo_song(), 44100)}, 2 * POST.segment
    for path in sorted(paths, key=lambda path: path.stem):
        samples, rate = audio.read(path)
        if path.stem in (*songs, ARTIST):
            raise InputError(f"two songs are called {path.stem}: rename one of them")
        if samples.shape[1] != 2 or len(samples) < shortest:
            raise InputError(
                f"{path} has {samples.shape[1]} channels and {len(samples)} samples: "
                f"give stereo sound of at least {shortest} samples"
            )
        if not samples.any():
            raise InputError(f"{path} is silent, so there is nothing to measure: give a song with sound")
        songs[path.stem] = path.resolve(), samples, rate
    return songs


def main(arguments=None):
    parser = Parser(description=__doc__)
    parser.add_argument("songs", nargs="*", type=Path, metavar="SONG", help="a stereo sound file")
    parser.add_argument("--quick", action="store_true", help="measure only the demo song, with one seed")
    options = parser.parse_args(arguments)
    songs, plan = opened([] if options.quick else options.songs), Plan(options.quick)
    results = Results(tables.RESULTS.with_name("quick.tsv") if options.quick else tables.RESULTS)
    measure_all(songs, plan, results)
    if options.quick:
        book = tables.Book(results, plan)
        print("\n".join(f"{name}\n\n{tables.table(book, name)}" for name in tables.TABLES))
        return DONE
    return tables.main()


if __name__ == "__main__":
    sys.exit(run(main))

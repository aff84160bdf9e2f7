"""The tables of docs/claims.md, each made of a Book: see claims_page.py."""
import numpy as np
from claims_plan import BETTER, BOTH, CONTEXT, FEW, MIRRORED, longest
from claims_runs import MILESTONES


def spread(values, digits=1):
    """Return the median of the values that are there, and their range: "23.9 (23.5 to 25.1)"."""
    there = [value for value in values if value is not None]
    if not there:
        return "never"
    middle = f"{np.median(there):.{digits}f}"
    never = f", never in {len(values) - len(there)}" if len(there) < len(values) else ""
    return middle if len(values) == 1 else f"{middle} ({min(there):.{digits}f} to {max(there):.{digits}f}{never})"


def table(head, rows):
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def mid_first(runs):
    """Return how many of the runs learned the mid before the side."""
    passed = [(run["passed"]["mid"], run["passed"]["side"]) for run in runs]
    return sum(mid is not None and (side is None or mid < side) for mid, side in passed)


def in_octaves(book, values):
    """Return the cells of a row that has a number for each octave."""
    return ["" if values.get(octave) is None else round(values[octave]) for octave in book.octaves]


def the_run(book):
    rows = []
    for song in book.songs:
        runs = book.runs(song)
        kinds = [spread([run["kinds"][kind] for run in runs]) for kind in ("periodic", "low", "high")]
        rows.append([song, spread(book.snrs(song)), *kinds, spread([run["corners"]["ratio"] for run in runs])])
    return table(["song", "SNR", "most regular segment", "lowest", "highest", "error at sharp corners / elsewhere"], rows)


def seconds(book):
    names = ("snr", "training seconds", "all seconds", "animation, MB")
    rows = [[song, *(f"{book.found['songs'][song][name]:.1f}" for name in names)] for song in book.songs]
    return table(["song", "SNR", "seconds of training", "seconds in all", "animation, MB"], rows)


def convergence(book):
    times = [each for each in MILESTONES if 0 < each <= longest(64, book.quick)]
    rows = []
    for song in book.long_songs:
        snrs = book.run(song, iterations=longest(64, book.quick))["snr"]
        rows.append([song, *(f"{snrs[str(each)]:.1f}" for each in times)])
    return table(["iterations", *(f"{each:,}" for each in times)], rows)


def controls(book):
    rows = []
    for song in book.songs:
        for what, change in (("as it is", "none"), ("right negated", "negated"), ("right later", "decorrelated")):
            runs = book.runs(song, change=change)
            passed = [spread([run["passed"][name] for run in runs], 0) for name in ("mid", "side")]
            rows.append([song, what, *passed, f"{mid_first(runs)} of {len(runs)}"])
    return table(["song", "", "mid learned at iteration", "side", "mid first"], rows)


def octaves(book):
    rows = []
    for song in book.songs:
        rows.append([f"{song}: share of its energy", *in_octaves(book, book.found["songs"][song]["levels"])])
        for what, change in (("SNR", "none"), ("SNR, noise", "white"), ("SNR, treble lifted", "emphasised")):
            rows.append([f"{song}: {what}", *in_octaves(book, book.run(song, change=change)["octaves"])])
    return table(["dB", *book.octaves], rows)


def probes(book):
    rows = []
    for song in book.songs:
        for probe, sound in book.run(song)["probes"].items():
            rows.append([f"{song}, {probe}", *in_octaves(book, sound)])
    return table(["trained on, then hears", *book.octaves], rows)


def by_features(book):
    rows = []
    for song in book.songs:
        rows.append([song, *(f"{book.run(song, features=each)['snr']['150']:.1f}" for each in book.widths)])
    return table(["features", *book.widths], rows)


def by_features_and_many_iterations(book):
    rows = []
    for song in book.long_songs:
        rows.append([song, *(f"{run['snr'][str(iterations)]:.1f}" for _, iterations, run in book.long_runs(song))])
    return table(["features", *book.long_widths], rows)


def corners(book):
    rows = []
    for song in book.long_songs:
        short = [book.run(song, features=each) for each in book.long_widths]
        for what, runs in (("150 iterations", short), ("3,000 or 1,500", [run for *_, run in book.long_runs(song)])):
            cells = [f"{run['corners']['snr']:.1f} ({run['corners']['ratio']:.1f})" for run in runs]
            rows.append([song, what, *cells])
    return table(["features", "", *book.long_widths], rows)


def octaves_by_features(book):
    rows = []
    for song in book.songs:
        short = [(each, 150, book.run(song, features=each)) for each in book.widths]
        for features, iterations, run in short + (book.long_runs(song) if song in book.long_songs else []):
            rows.append([song, features, f"{iterations:,}", *in_octaves(book, run["octaves"])])
    return table(["song", "features", "iterations", *book.octaves], rows)


def edges(book):
    rows = []
    for song in book.songs:
        for trained_with, settings in (("zeros", {}), ("the song", CONTEXT)):
            found = [run["edges"] for run in book.runs(song, **settings)]
            seen = [spread([each[name] for each in found], 2) for name in ("zeros", "divided", "reflected", "real")]
            rows.append([song, trained_with, *seen])
    return table(["song", "trained with", "run with zeros", "zeros, divided", "reflected samples", "the song"], rows)


def better(book):
    rows = []
    for song in book.songs:
        by_hand = book.found["songs"][song]["by hand, largest error"] or "no error"
        rows.append([song, *(spread(book.snrs(song, **settings)) for settings in BETTER.values()), by_hand])
    return table(["song", *BETTER, "by hand"], rows)


def before_training(book):
    rows = []
    for name, settings in BETTER.items():
        snrs = book.run(book.songs[0], **settings)["snr"]
        rows.append([name, *(f"{snrs[each]:.1f}" for each in ("0", "10", "50", "150"))])
    return table([f"{book.songs[0]}, iterations", "0", "10", "50", "150"], rows)


def adams(book):
    rows = []
    for adam in ("as published", "rate falls", "short memory", "both"):
        rows.append([adam, spread(book.snrs(book.songs[0], **BOTH, adam=adam))])
    return table(["Adam", f"{book.songs[0]}, mirrored start and context"], rows)


def few(book):
    rows = []
    for song in book.long_songs:
        for features in FEW:
            long = longest(features, book.quick)
            runs = {each: book.run(song, **MIRRORED, features=features, iterations=each) for each in (150, long)}
            for iterations, run in runs.items():
                rows.append([song, features, f"{iterations:,}", "no", "", "", *in_octaves(book, run["octaves"])])
            for coded, step in zip(runs[long]["coded"], ("1/16", "1/4", "1")):
                numbers = f"{coded['bits']:.2f}", f"{coded['snr']:.1f}"
                rows.append([song, features, f"{long:,}", step, *numbers, *in_octaves(book, coded["octaves"])])
    return table(["song", "features", "iterations", "rounded to", "bits per frame", "SNR", *book.octaves], rows)


def others(book):
    rows = []
    for song in book.songs:
        own = book.run(song)["snr"]["150"]
        heard = [own if each == song else book.run(song, heard=each)["heard"] for each in book.songs]
        rows.append([song, *(f"{snr:.1f}" for snr in heard)])
    return table(["trained on", *book.songs], rows)


TABLES = {
    make.__name__.replace("_", " "): make for make in (
        the_run, seconds, convergence, controls, octaves, probes, by_features, by_features_and_many_iterations, corners,
        octaves_by_features, edges, better, before_training, adams, few, others,
    )
}

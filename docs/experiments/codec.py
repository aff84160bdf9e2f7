"""Measure the codec beside others and part by part, and write the tables of docs/codec.md.

    python docs/experiments/codec.py SONG ...

Each number goes to results/codec.tsv, and what is there is not measured again. The judges ViSQOL and
Zimtohrli are asked if they are installed (see judges.py).
"""
import io
import sys
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from unittest import mock

import codec_page
import numpy as np
import soundfile
from harness import Results
from judges import judged
from scipy.signal import resample_poly
from strides import measured_strides

from numpyae.audio import demo_song, read
from numpyae.codec import attacks, bands, compress, decompress, encoder, neuron, rounding, split
from numpyae.codec.decoder import whole_numbers
from numpyae.codec.model import Model
from numpyae.codec.rans import Encoder
from numpyae.command import Parser, run, say

PEERS = {  # name -> (soundfile's format and options, the settings of compression_level)
    "MP3": ({"format": "MP3", "bitrate_mode": "CONSTANT"}, (0.95, 0.85, 0.8, 0.7, 0.6, 0.5)),
    "MP3, variable": ({"format": "MP3", "bitrate_mode": "VARIABLE"}, (0.99, 0.8, 0.6, 0.4, 0.2)),
    "Vorbis": ({"format": "OGG", "subtype": "VORBIS"}, (1.0, 0.95, 0.85, 0.7, 0.5, 0.3)),
    "Opus": ({"format": "OGG", "subtype": "OPUS"}, (0.99, 0.97, 0.93, 0.88, 0.8, 0.7, 0.55)),
}
NEVER = 62  # a learning rate, as a shift, that changes nothing
PARTS = {  # what is changed -> (module, name, value), ...
    "as it is": [],
    "no noise": [(encoder, "FILL", 0)],
    "twice the noise": [(encoder, "FILL", 76), (rounding, "MOST_NOISE", 0.6)],
    "no filters against pre-echo": [(attacks, "WORTH", np.inf)],
    "the same step in all bands": [(encoder, "GAMMA", 0)],
    "steps that follow the song": [(encoder, "GAMMA", 64)],
    "mid and side": [(encoder, "fit_angles", lambda tones, edges: (64,) * (len(edges) - 1))],
    "left and right": [(encoder, "fit_angles", lambda tones, edges: (0,) * (len(edges) - 1))],
    "rounding at a half": [(rounding, "ROUND_UP", 0.5)],
    "loudness follows each change": [(bands, "KEEP", 0.5)],
    "windows of half the size": [(encoder, "STROKES", -1)],
}
LEARNING = {
    "all learns": [],
    "weights learn twice as fast": [(neuron, "RATE", 18), (neuron, "TABLE_RATE", 20)],
    "weights do not learn": [(neuron, "RATE", NEVER), (neuron, "TABLE_RATE", NEVER)],
    "only the tables' weights learn": [(neuron, "RATE", NEVER)],
    "counts never forget": [(neuron, "MOST_COUNTS", 2**40)],
    "nothing is counted": [(neuron, "COUNT", 0)],
}


def measure_all(songs, results):
    """Measure what the results do not have yet, and add it to them. songs: name -> (samples, rate)."""
    for name, (song, rate) in songs.items():
        others = {other: sound for other, (sound, its_rate) in songs.items() if its_rate == rate}
        todo = (
            *measurements(song, rate), *measured_strides(song, rate), *what_learns(song, rate),
            *prepared(song, rate, others),
        )
        for setting, measure in todo:
            if (name, setting, "-", "bytes") not in results.values:
                results.add(name, setting, "-", measure())
                say(f"{name}: {setting}")


def measurements(song, rate):
    """Yield (setting, a function that measures it) for all rates, peers and parts."""
    for kbps in codec_page.RATES:
        yield f"numpyae {kbps}", partial(ours, song, rate, kbps)
        yield f"no noise {kbps}", partial(ours, song, rate, kbps, PARTS["no noise"])
    for peer, (options, levels) in PEERS.items():
        for level in levels:
            yield f"{peer} {level}", partial(theirs, song, rate, options, level)
    for part, changes in PARTS.items():
        yield f"part: {part}", partial(ours, song, rate, 48, changes)


def what_learns(song, rate):
    """Yield (setting, a function that measures it): the same numbers, told by neurons that learn less."""
    for name, changes in LEARNING.items():
        yield f"told: {name}", partial(told, song, rate, changes=changes)


def prepared(song, rate, others):
    """Yield (setting, a function that measures it): the same numbers, after another song was told."""
    for name, other in others.items():
        yield f"heard {name}", partial(told, song, rate, other)


def told(song, rate, before=None, changes=()):
    """Return the bytes of a song's numbers at 48 kbps, by neurons that have told another song before."""
    songs = [windows(each, rate) for each in (before, song) if each is not None]
    with changed(changes):
        model = Model(songs[-1][0])
        for _, found in songs:
            coder = Encoder()
            for window in found:
                model.code(coder, *window)
    return {"bytes": len(coder.finish(2**16, 128))}


def windows(song, rate):
    """Return the header, and (outline, numbers) of every window, of a song at 48 kbps."""
    header, pages = split(compress(song, rate, 48))
    return header, [pair for page in whole_numbers(header, pages) for pair in zip(*page, strict=True)]


@contextmanager
def changed(changes):
    """Change constants of modules in a with statement: (module, name, value), ..."""
    with ExitStack() as stack:
        for change in changes:
            stack.enter_context(mock.patch.object(*change))
        yield


def ours(song, rate, kbps, changes=()):
    """Return bytes, kbps and scores of a song that went through the codec, with changed constants."""
    with changed(changes):
        data = compress(song, rate, kbps)
        decoded, _ = decompress(data)
    return scored(song, decoded.clip(-1, 1), rate, len(data))


def theirs(song, rate, options, level):
    """Return the bytes, the kbps and the scores of a song that went through one of libsndfile's codecs."""
    their_rate = 48000 if options.get("subtype") == "OPUS" else rate
    file = io.BytesIO()
    sent = resample_poly(song, their_rate // 300, rate // 300) if their_rate != rate else song
    soundfile.write(file, sent.clip(-1, 1), their_rate, compression_level=level, **options)
    size = file.tell()
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="float32", always_2d=True)
    if their_rate != rate:
        decoded = resample_poly(decoded, rate // 300, their_rate // 300)
    return scored(song, decoded.clip(-1, 1), rate, size)


def scored(song, decoded, rate, size):
    """Return bytes, kbps and the judges' scores."""
    return {"bytes": size, "kbps": size * rate / len(song) / 125, **judged(song, decoded, rate)}


def main(arguments=None):
    parser = Parser(description=__doc__)
    parser.add_argument("songs", nargs="*", type=Path, metavar="SONG", help="a stereo sound file")
    options = parser.parse_args(arguments)
    songs = {"demo song": (demo_song(), 44100)} | {path.stem: read(path) for path in sorted(options.songs)}
    measure_all(songs, Results(codec_page.RESULTS))
    return codec_page.main()


if __name__ == "__main__":
    sys.exit(run(main))

"""`python -m numpyae.compress SONG [-o OUT.npae] [--kbps 64]`: a song in few bytes."""
from numpyae.process import start

if __name__ == "__main__":
    start()  # before the next lines import NumPy

import json
import sys
import time
from pathlib import Path

from numpyae.atomic import atomic, naming
from numpyae.audio import Song, decibels
from numpyae.codec import compress
from numpyae.command import DONE, Parser, check_output, notes, run, say
from numpyae.errors import InputError
from numpyae.progress import Progress


def main(arguments=None):
    """Run the command and return its exit code; for wrong arguments, exit with 2."""
    parser = Parser(
        prog="python -m numpyae.compress",
        description="Write a song of any length in few bytes, as an .npae file.\n"
        "It is written several times, until its size is right.",
        epilog="example:\n  python -m numpyae.compress song.flac --kbps 48",
    )
    add = parser.add_argument
    add("song", metavar="SONG", type=Path, help="a sound file")
    add("-o", "--output", metavar="OUT", type=Path,
        help="the .npae file to write (default: SONG's name with .npae, in this folder)")
    add("--kbps", type=float, default=64.0, metavar="NUMBER",
        help="its size, in thousand bits per second of sound (default: 64)")
    add("--force", action="store_true", help="overwrite OUT if it exists")
    add("--quiet", action="store_true", help="print only the result, warnings and errors")
    add("--json", action="store_true", help="print the figures instead of OUT")
    options = parser.parse_args(arguments)
    return run(lambda: _compress(options))


def _compress(options):
    started, tell = time.perf_counter(), notes(options.quiet)
    with Song(options.song) as song:
        output = options.output or Path(options.song.stem + ".npae")
        if output.suffix.lower() != ".npae":
            raise InputError(f"expected an output that ends in .npae, got {output}: give another with -o")
        check_output(output, options.song, options.force)
        data, snr = _to_bytes(song, options)
    if song.warning:
        say(f"warning: {song.warning}")
    with atomic(output) as temporary:
        temporary.write_bytes(data)
    took, seconds = time.perf_counter() - started, len(song) / song.rate
    kbps, smaller = len(data) / seconds / 125, 2 * song.shape[0] * song.shape[1] / len(data)
    tell(
        f"{len(data):,} bytes, {kbps:.1f} kbps, {smaller:.1f} times smaller than the song as 16-bit PCM, "
        f"SNR {decibels(snr)}, {seconds:.1f} s of sound in {took:.1f} s: {seconds / took:.1f} x real time"
    )
    figures = {
        "output": str(output), "bytes": len(data), "kbps": kbps, "times_smaller": smaller, "snr_db": snr,
        "seconds": seconds, "total_seconds": took, "sample_rate": song.rate, "channels": song.shape[1],
    }
    with naming("stdout"):
        print(json.dumps(figures) if options.json else output, flush=True)
    return DONE


def _to_bytes(song, options):
    """Return (the file's bytes, their SNR in dB), and show progress."""
    samples, shown = song.load(), _Attempts(options)
    if not len(samples):
        raise InputError(f"{options.song} has no samples: give a song with sound in it")
    with shown.progress:
        return compress(samples, song.rate, options.kbps, shown.show), shown.snr


class _Attempts:
    """What the progress line says: which attempt at the size this is, and how long it still takes."""

    def __init__(self, options):
        self.progress, self.snr = Progress(None if options.quiet else sys.stderr), None
        self._kbps = options.kbps
        self._attempt, self._share, self._began = 0, 0, None
        self._ended = time.perf_counter()

    def show(self, attempt, share, snr):
        """Show that a share of an attempt is done."""
        now, before = time.perf_counter(), self._share
        if attempt != self._attempt:
            self._attempt, self._began, before = attempt, self._ended, 0
        left = round((now - self._began) * (1 - share) / share)
        self.snr, self._share, self._ended = snr, share, now
        self.progress.show(
            f"attempt {attempt} to meet {self._kbps:g} kbps: {share:.0%}, {left // 60}:{left % 60:02d} left "
            "of this attempt", milestone=int(4 * share) > int(4 * before) and share < 1)


if __name__ == "__main__":
    sys.exit(main())

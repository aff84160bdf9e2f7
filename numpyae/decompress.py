"""`python -m numpyae.decompress FILE.npae [-o OUT.wav]`: an .npae file back to sound."""
from numpyae.process import start

if __name__ == "__main__":
    start()  # before the next lines import NumPy

import json
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from numpyae.atomic import naming
from numpyae.audio import check_can_write, writer
from numpyae.audio.files import Contents
from numpyae.codec import MAGIC, decoded, split
from numpyae.command import DONE, Parser, check_output, notes, run, say
from numpyae.errors import InputError
from numpyae.progress import Progress


def main(arguments=None):
    """Run the command and return its exit code; for wrong arguments, exit with 2."""
    parser = Parser(
        prog="python -m numpyae.decompress",
        description="Turn an .npae file back into sound.",
        epilog="example:\n  python -m numpyae.decompress song.npae -o again.flac",
    )
    add = parser.add_argument
    add("file", metavar="FILE", type=Path, help="a file that python -m numpyae.compress has written")
    add("-o", "--output", metavar="OUT", type=Path, help="the sound file to write; its extension sets the "
        "format (default: FILE's name with .wav, in this folder)")
    add("--force", action="store_true", help="overwrite OUT if it exists")
    add("--quiet", action="store_true", help="print only the result, warnings and errors")
    add("--json", action="store_true", help="print the figures instead of OUT")
    options = parser.parse_args(arguments)
    return run(lambda: _decompress(options))


def _decompress(options):
    started, tell = time.perf_counter(), notes(options.quiet)
    output = options.output or Path(options.file.stem + ".wav")
    with Contents(options.file) as contents:
        check_output(output, options.file, options.force)
        check_can_write(output)
        data = contents.file.read(len(MAGIC))
        if data == MAGIC:
            contents.file.seek(0)
            data = contents.file.read()
    with _naming(options.file):
        header, pages = split(data)
    clipped = _write(output, header, pages, options)
    if clipped:
        say(
            f"warning: {clipped:,} numbers are beyond full scale, where {output} or its player clips them: "
            "that happens to loud songs in few bytes"
        )
    took, seconds = time.perf_counter() - started, header.time / header.rate
    tell(f"{seconds:.1f} s of sound in {took:.1f} s: {seconds / took:.1f} x real time")
    figures = {
        "output": str(output), "seconds": seconds, "total_seconds": took, "sample_rate": header.rate,
        "channels": header.channels, "clipped": clipped,
    }
    with naming("stdout"):
        print(json.dumps(figures) if options.json else output, flush=True)
    return DONE


def _write(output, header, pages, options):
    """Write the sound of the pages, and show progress; return how many numbers are clipped."""
    began, done = time.perf_counter(), 0
    with (
        Progress(None if options.quiet else sys.stderr) as progress,
        writer(output, header.rate, header.channels, length=header.time) as file,
    ):
        for block in _blocks(header, pages, options.file):
            file.add(block)
            before, done = done, done + len(block)
            left = round((time.perf_counter() - began) * (header.time - done) / done)
            progress.show(
                f"{done / header.time:.0%}, {left // 60}:{left % 60:02d} left",
                milestone=10 * done // header.time > 10 * before // header.time and done < header.time)
    return file.clipped


def _blocks(header, pages, path):
    with _naming(path):
        yield from decoded(header, pages)


@contextmanager
def _naming(path):
    """Make an InputError in the block begin with this path: the codec knows only the bytes."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


if __name__ == "__main__":
    sys.exit(main())

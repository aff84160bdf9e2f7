"""`python -m numpyae.reconstruct AUDIO --model RUN [-o OUT]`: a whole song through a trained network."""
from numpyae.command import one_blas_thread

if __name__ == "__main__":
    one_blas_thread()  # before the next lines import NumPy

import os
import sys
import time
from pathlib import Path

from numpyae.audio import Song, cut_short, energies, snrs, writer
from numpyae.audio.files import check_can_write
from numpyae.command import DONE, Parser, run, say, whole_number
from numpyae.errors import InputError
from numpyae.training import load
from numpyae.training.progress import Progress, decibels
from numpyae.whole_song import reconstruct


def main(arguments=None):
    """Run the command and return its exit code; for arguments that are wrong, exit with 2."""
    parser = Parser(
        prog="python -m numpyae.reconstruct",
        description="Send a whole song, of any length, through the network of a run.",
        epilog="example:\n  python -m numpyae.reconstruct song.flac --model runs/song-001 -o again.flac",
    )
    parser.add("audio", metavar="AUDIO", type=Path, help="a sound file")
    parser.add("--model", metavar="RUN", type=Path, required=True, help="the folder of a run that has trained")
    parser.add(
        "-o", "--output", metavar="OUT", type=Path,
        help="the sound file to write, in the format that its extension names; without it, STEM-reconstruction with "
        "AUDIO's extension, here",
    )
    parser.add("--force", action="store_true", help="write OUT even if it is there already")
    parser.add("--workers", type=whole_number(1, 1024), help="threads, all cores if not given; the result is the same")
    parser.add("--quiet", action="store_true", help="print nothing but the result and errors")
    options, _ = parser.parse(arguments)
    return run(lambda: _reconstruct(options))


def _reconstruct(options):
    started = time.perf_counter()
    model = load(options.model)
    with Song(options.audio) as song:
        if song.channels != model.channels:
            raise InputError(
                f"{options.audio} has {song.channels} channels and the network of {options.model} has {model.channels}: "
                "train one on a song with as many channels"
            )
        if len(song) == 0:
            raise InputError(f"{options.audio} has no samples: give a song with sound in it")
        output = _output(options)
        if not options.quiet and (short := cut_short(options.audio)):
            say(f"warning: {short}")
        seconds, done, total = len(song) / song.rate, 0, None
        with (
            Progress(None if options.quiet else sys.stderr) as progress,
            writer(output, song.rate, song.channels, song.subtype, len(song)) as file,
        ):
            for original, reconstruction in reconstruct(model, song.blocks(), workers=options.workers):
                file.add(reconstruction)
                piece = energies(original, reconstruction)
                total = {name: piece[name] + total[name] for name in piece} if total else piece
                before, done = done, done + len(original)
                tenth = 10 * done // len(song) > 10 * before // len(song)
                progress.show(f"{done / song.rate:.0f} of {seconds:.0f} s", milestone=tenth)
    if file.clipped:
        say(f"warning: {file.clipped} numbers were over full scale and were clipped; a .wav of floats would keep them")
    took = time.perf_counter() - started
    if not options.quiet:
        snr, mid, side = map(decibels, snrs(total).values())
        say(f"SNR {snr} (mid {mid}, side {side}), {seconds:.1f} s of sound in {took:.1f} s: {seconds / took:.0f} x real time")
    print(output, flush=True)
    return DONE


def _output(options):
    """Return the path to write, or raise InputError if it is there already or cannot be."""
    output = options.output or Path(f"{options.audio.stem}-reconstruction{options.audio.suffix}")
    check_can_write(output)
    if output.is_dir():
        raise InputError(f"{output} is a folder: name a file by -o OUT")
    if output.exists() and not options.force:
        raise InputError(f"{output} is there already: give another name by -o OUT, or --force to write over it")
    if not output.parent.is_dir() or not os.access(output.parent, os.W_OK):
        raise InputError(f"{output} cannot be written: {output.parent} is no folder that can be written into")
    return output


if __name__ == "__main__":
    sys.exit(main())

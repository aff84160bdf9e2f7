"""`python -m numpyae.reconstruct AUDIO --model RUN [-o OUT]`: a whole song through a trained network."""
from numpyae.command import one_blas_thread

if __name__ == "__main__":
    one_blas_thread()  # before the next lines import NumPy

import os
import sys
import time
from pathlib import Path

from numpyae.audio import Song, check_can_write, decibels, energies, snrs, writer
from numpyae.command import DONE, Parser, argument, run, say
from numpyae.errors import InputError
from numpyae.evaluation import reconstruct_song
from numpyae.progress import Progress
from numpyae.training import load
from numpyae.training.settings import whole_number


def main(arguments=None):
    """Run the command and return its exit code; for wrong arguments, exit with 2."""
    parser = Parser(
        prog="python -m numpyae.reconstruct",
        description="Send a whole song, of any length, through the network of a run.",
        epilog="example:\n  python -m numpyae.reconstruct song.flac --model runs/song-001 -o again.flac",
    )
    add = parser.add_argument
    add("audio", metavar="AUDIO", type=Path, help="a sound file")
    add("--model", metavar="RUN", type=Path, required=True, help="the folder of a training run")
    add("-o", "--output", metavar="OUT", type=Path, help="the sound file to write; its extension "
        "sets the format (default: STEM-reconstruction with AUDIO's extension, in this folder)")
    add("--force", action="store_true", help="overwrite OUT if it exists")
    add("--workers", type=argument(whole_number(1, 1024)), metavar="INT",
        help="threads; they do not change the result (default: all cores)")
    add("--quiet", action="store_true", help="print only the result and errors")
    options = parser.parse_args(arguments)
    return run(lambda: _reconstruct(options))


def _reconstruct(options):
    started = time.perf_counter()
    model = load(options.model)
    with Song(options.audio) as song:
        samples, channels = song.shape
        if channels != model.channels:
            raise InputError(
                f"expected {model.channels} channels, as the network of {options.model} has, got {channels} "
                f"in {options.audio}: train a network on a song with as many channels"
            )
        if samples == 0:
            raise InputError(f"{options.audio} has no samples: give a song with sound in it")
        output = _output(options)
        if not options.quiet and song.warning:
            say(f"warning: {song.warning}")
        clipped, total = _write_reconstruction(output, song, model, options)
    if clipped:
        say(f"warning: {clipped} numbers beyond full scale were clipped; a .wav of floats would keep them")
    if not options.quiet:
        took, seconds = time.perf_counter() - started, samples / song.rate
        snr, mid, side = map(decibels, snrs(total).values())
        say(
            f"SNR {snr} (mid {mid}, side {side}), {seconds:.1f} s of sound in {took:.1f} s: "
            f"{seconds / took:.0f} x real time"
        )
    print(output, flush=True)
    return DONE


def _write_reconstruction(output, song, model, options):
    """Write the reconstruction of the whole song; return (how many numbers were clipped, `energies`)."""
    (samples, channels), done, total = song.shape, 0, None
    with (
        Progress(None if options.quiet else sys.stderr) as progress,
        writer(output, song.rate, channels, song.subtype, samples) as file,
    ):
        for original, reconstruction in reconstruct_song(model, song.blocks(), workers=options.workers):
            file.add(reconstruction)
            piece = energies(original, reconstruction)
            total = {name: piece[name] + total[name] for name in piece} if total else piece
            before, done = done, done + len(original)
            tenth = 10 * done // samples > 10 * before // samples
            progress.show(f"{done / song.rate:.0f} of {samples / song.rate:.0f} s", milestone=tenth)
    return file.clipped, total


def _output(options):
    """Return the path to write; InputError if it exists already or cannot be written."""
    output = options.output or Path(f"{options.audio.stem}-reconstruction{options.audio.suffix}")
    check_can_write(output)
    if output.is_dir():
        raise InputError(f"{output} is a folder: name a file with -o OUT")
    if output.exists() and not options.force:
        raise InputError(f"{output} exists already: give another name with -o, or --force to overwrite it")
    if not output.parent.is_dir() or not os.access(output.parent, os.W_OK):
        raise InputError(f"{output} cannot be written: {output.parent} is not a folder to write to")
    return output


if __name__ == "__main__":
    sys.exit(main())

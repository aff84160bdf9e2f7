"""`python -m numpyae.reconstruct AUDIO --model RUN [-o OUT]`: a whole song through a trained network."""
from numpyae.process import start

if __name__ == "__main__":
    start()  # before the next lines import NumPy

import sys
import time
from pathlib import Path

import numpy as np

from numpyae.atomic import naming
from numpyae.audio import Song, check_can_write, decibels, energies, snrs, writer
from numpyae.command import DONE, Parser, argument, check_output, notes, run, say
from numpyae.errors import InputError
from numpyae.evaluation import reconstruct_blocks
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
    add("--model", metavar="RUN", type=Path, required=True,
        help="the folder of a training run, or its model.npz")
    add("-o", "--output", metavar="OUT", type=Path, help="the sound file to write; its extension sets the "
        "format (default: STEM-reconstruction in this folder, with AUDIO's extension, or .wav where that "
        "cannot be written)")
    add("--force", action="store_true", help="overwrite OUT if it exists")
    add("--workers", type=argument(whole_number(1, 1024)), metavar="INT",
        help="threads; they do not change the result (default: all cores)")
    add("--quiet", action="store_true", help="print only the result, warnings and errors")
    options = parser.parse_args(arguments)
    return run(lambda: _reconstruct(options))


def _reconstruct(options):
    started, tell = time.perf_counter(), notes(options.quiet)
    model = load(options.model).astype(np.float32)
    with Song(options.audio) as song:
        if song.shape[1] != model.channels:
            raise InputError(
                f"expected {model.channels} channels, as the network of {options.model} has, got "
                f"{song.shape[1]} in {options.audio}: train a network on a song with as many channels"
            )
        output = _output(options)
        samples, clipped, total = _write_reconstruction(output, song, model, options)
    if song.warning:
        say(f"warning: {song.warning}")
    if clipped:
        say(
            f"warning: {clipped:,} numbers are beyond full scale, where {output} or its player clips them; "
            "a .wav of floats would keep them"
        )
    took, seconds = time.perf_counter() - started, samples / song.rate
    snr, mid, side = map(decibels, snrs(total).values())
    tell(
        f"network: SNR {snr} (mid {mid}, side {side}), {seconds:.1f} s of sound in {took:.1f} s: "
        f"{seconds / took:.0f} x real time"
    )
    with naming("stdout"):
        print(output, flush=True)
    return DONE


def _write_reconstruction(output, song, model, options):
    """Write the reconstruction of a whole song; return (samples done, numbers clipped, `energies`)."""
    done, total = 0, None
    with (
        Progress(None if options.quiet else sys.stderr) as progress,
        writer(output, song.rate, song.shape[1], song.subtype, len(song)) as file,
    ):
        for original, reconstruction in reconstruct_blocks(model, song.blocks(), workers=options.workers):
            if not np.isfinite(reconstruction).all():
                raise InputError(f"{options.model} holds a network whose output is not finite: train another")
            file.add(reconstruction)
            piece = energies(original, reconstruction)
            total = {name: piece[name] + total[name] for name in piece} if total else piece
            before, done = done, done + len(original)
            earlier, now, end = (round(samples / song.rate) for samples in (before, done, len(song)))
            progress.show(f"{now} of {end} s", milestone=end and 10 * now // end > 10 * earlier // end)
        if total is None:
            raise InputError(f"{options.audio} has no samples: give a song with sound in it")
    return done, file.clipped, total


def _output(options):
    """Return the path to write; InputError if it exists already or cannot be written."""
    output = options.output or _default_output(options.audio)
    check_output(output, options.audio, options.force)
    check_can_write(output)
    return output


def _default_output(audio):
    output = Path(f"{audio.stem}-reconstruction{audio.suffix}")
    try:
        check_can_write(output)
    except InputError:  # it can be read only
        return output.with_suffix(".wav")
    return output


if __name__ == "__main__":
    sys.exit(main())

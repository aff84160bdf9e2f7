"""Make the pictures and sounds of the README, from the demo song alone: python docs/experiments/front.py"""
import shutil
import tempfile
from pathlib import Path

from numpyae.process import one_blas_thread

one_blas_thread()  # before NumPy is imported, so that every bit is the same as from the command

from numpyae import Run, demo_song, load, reconstruct_song, write
from numpyae.codec import compress, decompress

FOLDER = Path(__file__).parents[1] / "front"
SECONDS = (2, 6)  # the part of the demo song to listen to


def write_part(name, samples, rate):
    """Write the part of a sound that the README plays."""
    start, stop = (second * rate for second in SECONDS)
    write(FOLDER / f"{name}.flac", samples[start:stop], rate, "PCM_16")


if __name__ == "__main__":
    for kbps in (48, 24):
        write_part(f"{kbps}-kbps", *decompress(compress(demo_song(), 44100, kbps)))
    with tempfile.TemporaryDirectory() as folder, Run.begin(Path(folder) / "run") as run:
        for _ in run.train():
            pass
        run.finish()
        for name in ("training.gif", "stereo.png"):
            shutil.copy(run.folder / name, FOLDER / name)
        write_part("original", demo_song(), 44100)
        write_part("reconstruction", reconstruct_song(load(run.folder), demo_song()), 44100)

"""Make the pictures and sounds of the README, from the demo song alone: python docs/experiments/front.py"""
import shutil
import tempfile
from pathlib import Path

from numpyae.process import one_blas_thread

one_blas_thread()  # before NumPy is imported, so that every bit is the same as from the command

from numpyae import Run
from numpyae.audio import read, write

FOLDER = Path(__file__).parents[1] / "front"
SECONDS = (2, 6)  # the part of the demo song to listen to

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, Run.begin(Path(folder) / "run") as run:
        for _ in run.train():
            pass
        run.finish()
        for name in ("training.gif", "stereo.png"):
            shutil.copy(run.folder / name, FOLDER / name)
        for name in ("original", "reconstruction"):
            samples, rate = read(run.folder / f"{name}.wav")
            start, stop = (second * rate for second in SECONDS)
            write(FOLDER / f"{name}.flac", samples[start:stop], rate, "PCM_16")

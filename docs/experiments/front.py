"""Make what the README shows, from the demo song alone: python docs/front.py"""
import shutil
import tempfile
from pathlib import Path

from numpyae.command import one_blas_thread

one_blas_thread()  # before NumPy is imported, so that the bits are those of the command

from numpyae.audio import read, write
from numpyae.train import main

FOLDER = Path(__file__).parent / "front"
SECONDS = slice(2, 6)  # of the demo song, to listen to


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        assert main(["-o", str(run)]) == 0
        for name in ("training.gif", "stereo.png"):
            shutil.copy(run / name, FOLDER / name)
        for name in ("original", "reconstruction"):
            samples, rate = read(run / f"{name}.wav")
            write(FOLDER / f"{name}.flac", samples[SECONDS.start * rate : SECONDS.stop * rate], rate, "PCM_16")

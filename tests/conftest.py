from numpyae.process import one_blas_thread

one_blas_thread()  # before NumPy is imported: only then do sums have the same bits for any number of workers

import signal

import numpy as np
import pytest

from numpyae.audio import demo_song, write

# a shell ignores Ctrl-C for what runs in the background
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser):
    parser.addoption(
        "--rewrite-outputs", action="store_true", help="write what the tutorials print into them"
    )


@pytest.fixture
def rng():
    return np.random.default_rng(440)


@pytest.fixture
def empty_folder(tmp_path, monkeypatch):
    """A new folder that the test runs in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def song():
    """(samples, channels) of a second and a half of the demo song."""
    return demo_song(1.5, 11025)


@pytest.fixture
def song_file(empty_folder, song):
    """The name of a WAV of `song`, in the folder that the test runs in."""
    write("song.wav", song, 11025)
    return "song.wav"

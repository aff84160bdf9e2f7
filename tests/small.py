"""The small network and the short songs that the tests use."""
import signal

import numpy as np

from numpyae import Autoencoder
from numpyae.training import run

NETWORK = "--batch-size 8 --segment 64 --hidden 6 --features 8".split()


def small_model(seed=0, **settings):
    """The network that NETWORK asks for, for a stereo song."""
    return Autoencoder(2, 6, 8, rng=np.random.default_rng(seed), **settings)


def grid(rng, time=5000, channels=2):
    """Return noise on the 16-bit grid, which every lossless format keeps to the bit."""
    return rng.integers(-32768, 32768, (time, channels)).astype(np.float32) / 32768


def tones(*frequencies, rate=8000, seconds=1.0):
    """Return sines, one in each channel: (time, channels)."""
    time = np.arange(int(seconds * rate)) / rate
    return np.stack([np.sin(2 * np.pi * frequency * time) for frequency in frequencies], axis=1)


def signal_in_iteration(monkeypatch, iteration, number):
    """Send this process a signal while the run's network is measured after an iteration."""
    measure, calls = run.measure, []

    def measure_and_signal(*arguments):
        calls.append(arguments)
        if len(calls) == iteration:
            signal.raise_signal(number)
        return measure(*arguments)

    monkeypatch.setattr(run, "measure", measure_and_signal)

from numpyae.command import one_blas_thread

one_blas_thread()  # before NumPy is imported: only then do sums have the same bits for any number of workers

import signal

import numpy as np
import pytest

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores Ctrl-C for what runs in the background


def pytest_addoption(parser):
    parser.addoption("--rewrite-outputs", action="store_true", help="write what the tutorials print into them")


@pytest.fixture
def rng():
    return np.random.default_rng(440)

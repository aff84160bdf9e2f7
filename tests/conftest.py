from numpyae.command import one_blas_thread

one_blas_thread()  # before NumPy is imported: only then do sums have the same bits for any number of workers

import numpy as np
import pytest


@pytest.fixture
def rng():
    return np.random.default_rng(440)

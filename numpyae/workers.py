"""Share work among threads, which run in parallel because NumPy releases the GIL in loops and in BLAS.

BLAS, which computes NumPy's matrix products, can have threads of its own. They compete with ours for the
cores, and the last digits of a product depend on how many there are. So BLAS is held to one thread while ours
work: by threadpoolctl, if it is installed. The commands hold it for good, by the environment variables that
BLAS reads when NumPy is imported.
"""
import os
import threading
import warnings
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np

from numpyae.process import BLAS_THREADS


def in_order(function, items, workers=None):
    """Return an iterator of function(item) for every item, in order, computed on `workers` threads.

    workers: see number_of_workers. Only a few results are computed ahead, which saves memory. BLAS is held to
    one thread while a function runs. So results do not depend on the number of workers; where BLAS cannot be
    held, they may in their last digits.
    """
    workers = number_of_workers(workers)
    _keep_freed_memory()

    def compute(item):
        with _one_blas_thread:
            return function(item)

    return map(compute, items) if workers == 1 else _on_threads(compute, items, workers)


def _on_threads(function, items, workers):
    with ThreadPoolExecutor(workers) as pool:
        ahead = deque()
        for item in items:
            ahead.append(pool.submit(function, item))
            if len(ahead) > 2 * workers:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def number_of_workers(workers=None):
    """Return how many threads to work on: `workers`, or by default one for each core.

    Where BLAS may have several threads and threadpoolctl is not installed, the default is 1, and a
    RuntimeWarning says so once per process. Raises ValueError for anything but a whole number of at least 1.
    """
    whole = isinstance(workers, (int, np.integer)) and not isinstance(workers, bool)
    if workers is not None and not (whole and workers >= 1):
        raise ValueError(f"workers: expected a whole number of at least 1, or None, got {workers!r}")
    free = _blas_is_free()
    if free:
        _warn_once()
    return workers or (1 if free else available_cores())


def available_cores():
    """Return how many cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _blas_is_free():
    """Return whether BLAS may start threads while ours work."""
    alone = available_cores() == 1 or any(os.environ.get(name) == "1" for name in BLAS_THREADS)
    return not alone and _blas() is None


@lru_cache(1)
def _warn_once():
    warnings.warn(
        "NumPy's matrix products start threads of their own. So numpyae takes 1.2 times as long on two idle "
        "cores, and 3 to 10 times as long on busy ones: pip install threadpoolctl, or set "
        "OPENBLAS_NUM_THREADS=1 before Python starts",
        RuntimeWarning, stacklevel=2,
    )


@lru_cache(1)
def _blas():
    """Return threadpoolctl's controller of the BLAS libraries that are loaded, or None without it."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController().select(user_api="blas")


class _OneBlasThread:
    """Hold BLAS to one thread in a with statement, until the last of the threads in it has left."""

    def __init__(self):
        self._lock, self._holders, self._limit = threading.Lock(), 0, None

    def __enter__(self):
        with self._lock:
            self._holders += 1
            if _blas() and any(library.num_threads != 1 for library in _blas().lib_controllers):
                self._limit = _whoever_asks(lambda: _blas().limit(limits=1))

    def __exit__(self, *_):
        with self._lock:
            self._holders -= 1
            if self._holders == 0 and self._limit:
                _whoever_asks(self._limit.restore_original_limits)
                self._limit = None


def _whoever_asks(change):
    """Return change(), which limits or frees BLAS.

    Newer versions of threadpoolctl obey the thread that first limited OpenBLAS, and ignore all others while
    it lives. Here, one thread limits it and another may free it.
    """
    libraries = [each for each in _blas().lib_controllers if hasattr(each, "clear_controlling_thread")]
    for library in libraries:
        library.clear_controlling_thread(force=True)
    result = change()
    for library in libraries:
        library.clear_controlling_thread()
    return result


_one_blas_thread = _OneBlasThread()


@lru_cache(1)
def _keep_freed_memory():
    """Make glibc keep up to 64 MB of freed memory per thread for the next arrays.

    How much it keeps depends on the largest block freed so far, up to 32 MB. Without this, every layer writes
    into fresh pages, and page faults can take a third of the time.
    """
    np.empty(2**25 - 2**16, np.uint8)

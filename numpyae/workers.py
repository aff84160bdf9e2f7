"""Share work among threads, which run in parallel because NumPy releases the GIL in loops and in BLAS."""
import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import lru_cache

import numpy as np


def in_order(function, items, workers=None):
    """Yield function(item) for every item, in order, computed on `workers` threads (default: all cores).

    Only a few results are computed ahead, which saves memory. Results do not depend on the number of workers.
    """
    _keep_freed_memory()
    workers = workers or available_cores()
    if workers == 1:
        yield from map(function, items)
        return
    with ThreadPoolExecutor(workers) as pool:
        ahead = deque()
        for item in items:
            ahead.append(pool.submit(function, item))
            if len(ahead) > 2 * workers:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


@lru_cache(1)
def _keep_freed_memory():
    """Make glibc keep up to 64 MB of freed memory per thread for the next arrays.

    How much it keeps depends on the largest block freed so far, up to 32 MB. Without this, every layer writes
    into fresh pages, and page faults can take a third of the time.
    """
    np.empty(2**25 - 2**16, np.uint8)


def available_cores():
    """Return how many cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def blas_held_to_one_thread():
    """Return a context manager that limits BLAS to one thread, if threadpoolctl is installed.

    Otherwise it does nothing: the commands set the environment variables that BLAS reads when it is loaded.
    """
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return nullcontext()
    return threadpool_limits(1, "blas")

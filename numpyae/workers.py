"""Work shared by threads: NumPy releases Python's lock in its loops and in BLAS, so they run in parallel."""
import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import lru_cache

import numpy as np


def in_order(function, items, workers=None):
    """Yield function(item) for every item, in order, computed on `workers` threads (default: all our cores).

    Few results are ahead of the one that is taken, so many items need little memory. Results do not depend on
    the number of workers.
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
    """Let glibc keep the memory that arrays free for the next ones, up to 64 MB a thread.

    It learns how much to keep from the largest block that was ever freed, if that is below 32 MB. Without
    this, every layer writes into fresh pages, and the kernel's work on them can take a third of the time.
    """
    np.empty(2**25 - 2**16, np.uint8)


def available_cores():
    """Return how many cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def blas_held_to_one_thread():
    """Return a context in which BLAS keeps to one thread for each of ours, if threadpoolctl is installed.

    Without threadpoolctl nothing happens: the commands set the environment variables that BLAS reads when it
    is loaded.
    """
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return nullcontext()
    return threadpool_limits(1, "blas")

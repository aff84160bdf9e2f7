"""Work shared by threads: NumPy lets go of Python's lock in its loops and in BLAS, so threads do run together."""
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from functools import lru_cache

import numpy as np


def in_order(function, items, workers=None):
    """Yield function(item) for every item, in order, computed on `workers` threads (all cores that we may use, if None).

    The calling thread is one of them: more threads than cores would only get in each other's way. Few results are ahead
    of whoever takes them, so many items need little memory. Results do not depend on the number of workers, if function
    does not.
    """
    _keep_freed_memory()
    workers = workers or available_cores()
    helpers = workers - 1
    with ThreadPoolExecutor(max(1, helpers)) as pool:
        ahead = deque()
        for item in items:
            if sum(not each.done() for each in ahead) < 2 * helpers:
                ahead.append(pool.submit(function, item))
            else:
                ahead.append(_done(function(item)))
            while ahead and (ahead[0].done() or len(ahead) > 4 * workers):
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _done(result):
    future = Future()
    future.set_result(result)
    return future


@lru_cache(1)
def _keep_freed_memory():
    """Let glibc keep the memory that arrays free for the next ones, up to 64 MB a thread, instead of returning it.

    It learns how much to keep from the largest block that was ever freed, if that is below 32 MB. Without it every layer
    writes into fresh pages, and the kernel's work on them can take a third of the time.
    """
    np.empty(2**25 - 2**16, np.uint8)


def available_cores():
    """Return how many cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def blas_held_to_one_thread():
    """Return a context in which BLAS keeps to one thread for each of ours, where threadpoolctl is there to tell it.

    Without threadpoolctl nothing happens: the commands set the environment variables that BLAS reads when it is loaded.
    """
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return nullcontext()
    return threadpool_limits(1, "blas")

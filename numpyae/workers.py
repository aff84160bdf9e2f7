"""Work shared by threads: NumPy lets go of Python's lock in its loops and in BLAS, so threads do run together."""
import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext


def in_order(function, items, workers=None):
    """Yield function(item) for every item, in order, computed on `workers` threads (all cores that we may use, if None).

    The threads are at most a few items ahead of whoever takes the results, so many items need little memory. Results do
    not depend on the number of workers, if function does not.
    """
    workers = workers or available_cores()
    with ThreadPoolExecutor(workers) as pool:
        ahead = deque()
        for item in items:
            ahead.append(pool.submit(function, item))
            if len(ahead) > 2 * workers:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def available_cores():
    """Return how many cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def one_blas_thread():
    """Return a context in which BLAS keeps to one thread for each of ours, where threadpoolctl is there to tell it.

    Without threadpoolctl nothing happens: the commands set the environment variables that BLAS reads when it is loaded.
    """
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return nullcontext()
    return threadpool_limits(1, "blas")

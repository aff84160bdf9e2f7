"""Prepare the process of a command. Imports what Python has loaded anyway, to be quick."""
import os
import signal

BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def start():
    """Limit BLAS to one thread, and let Ctrl-C end the process without a traceback during imports."""
    one_blas_thread()
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)


def _leave(*_):
    try:
        os.write(2, b"error: stopped by Ctrl-C\n")
    except OSError:  # nobody reads it
        pass
    os._exit(130)  # at once: nothing is open yet


def one_blas_thread():
    """Limit BLAS to one thread, unless the user has set it, so that every run adds in the same order."""
    for name in BLAS_THREADS:
        os.environ.setdefault(name, "1")

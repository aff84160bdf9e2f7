"""What the commands share: one BLAS thread, arguments with plain errors, and exit codes.

Imports the standard library only, so that a command can call one_blas_thread before NumPy is imported.
"""
import argparse
import os
import signal
import sys

from numpyae.errors import InputError

DONE, FAILED, BAD_INPUT, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143


def one_blas_thread():
    """Limit BLAS to one thread, unless the user has set it, so that every run adds in the same order."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ.setdefault(name, "1")


class Parser(argparse.ArgumentParser):
    """An argument parser whose --help keeps its line breaks, and whose errors are one sentence."""

    def __init__(self, **settings):
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **settings)

    def error(self, message):
        """Print the sentence and exit with code 2."""
        self.exit(BAD_INPUT, f"error: {message} (see {self.prog} --help)\n")


def argument(convert):
    """Return `convert` as an argparse type: its ValueError is what the user sees."""

    def checked(text):
        try:
            return convert(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(error) from error

    return checked


class StopRequest:
    """Turn the first Ctrl-C or SIGTERM in a with statement into a request: `signal` is its number, else None.

    So the work can end in good order; a second signal stops it at once. A signal that we were told to ignore,
    as the shell does with Ctrl-C for background jobs, stays ignored.
    """

    def __enter__(self):
        self.signal = None
        both = (signal.SIGINT, signal.SIGTERM)
        signums = [signum for signum in both if signal.getsignal(signum) != signal.SIG_IGN]
        self._handlers = {signum: signal.signal(signum, self._notice) for signum in signums}
        return self

    def _notice(self, signum, _):
        self.signal = signum
        self._restore()

    def _restore(self):
        for signum, handler in self._handlers.items():
            signal.signal(signum, handler)

    def __exit__(self, *_):
        self._restore()


def say(message):
    """Print a line on stderr, unless nobody reads it any more."""
    try:
        print(message, file=sys.stderr, flush=True)
    except BrokenPipeError:
        pass


class Terminated(BaseException):
    """SIGTERM as an exception, so that half-written files are removed on the way out."""


def _terminate(*_):
    raise Terminated


def run(work):
    """Return the exit code of work(); print errors that the user can fix as one sentence, not a traceback."""
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        return _exit_code(work)
    except Terminated:
        return _fail("stopped by SIGTERM", TERMINATED)
    finally:
        signal.signal(signal.SIGTERM, before)


def _exit_code(work):
    try:
        return work()
    except InputError as error:
        return _fail(error, BAD_INPUT)
    except BrokenPipeError:  # the reader has gone; discard the rest
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        reason = error.strerror or error
        where = f"{error.filename}: " if error.filename and error.strerror else ""
        return _fail(f"{where}{reason}: check the disk and the folder's permissions, then try again", FAILED)
    except MemoryError:
        return _fail("out of memory: make the network, the batch or the segment smaller", FAILED)
    except KeyboardInterrupt:
        return _fail("stopped by Ctrl-C", INTERRUPTED)


def _fail(message, code):
    say(f"error: {message}")
    return code

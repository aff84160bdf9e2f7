"""What the commands share: one BLAS thread, arguments with plain errors, and exit codes.

Imports the standard library only, so that a command can call one_blas_thread before NumPy is imported.
"""
import argparse
import math
import os
import sys

from numpyae.errors import InputError

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def one_blas_thread():
    """Hold BLAS to one thread, unless the user has said how many: then sums have the same order in every run."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ.setdefault(name, "1")


class Parser(argparse.ArgumentParser):
    """An argument parser that shows defaults in --help, and one sentence on an error."""

    def __init__(self, **settings):
        super().__init__(formatter_class=_Help, allow_abbrev=False, **settings)

    def error(self, message):
        """Print the sentence and exit with code 2."""
        self.exit(BAD_INPUT, f"error: {message} (see {self.prog} --help)\n")


class _Help(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    pass


def whole_number(lowest):
    """Return an argparse type: a whole number of at least `lowest`."""

    def convert(text):
        try:
            number = int(text)
        except ValueError:
            number = lowest - 1
        if number < lowest:
            raise argparse.ArgumentTypeError(f"{text!r} came, wanted a whole number of at least {lowest}")
        return number

    return convert


def positive_number(text):
    """Be an argparse type: a finite number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} came, wanted a finite number above 0")
    return number


def run(work):
    """Call work() and return its exit code; what the user can mend is one sentence on stderr, only a bug a traceback."""
    try:
        return work()
    except InputError as error:
        return _fail(error, BAD_INPUT)
    except BrokenPipeError:  # whoever read our output has seen enough; the rest of it goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        return _fail(f"{error}: nothing more could be written; check the disk and the folder's permissions", FAILED)
    except MemoryError:
        return _fail("the memory is full: make the network, the batch or the segment smaller", FAILED)
    except KeyboardInterrupt:
        return _fail("stopped by Ctrl-C", INTERRUPTED)


def _fail(message, code):
    print(f"error: {message}", file=sys.stderr)
    return code

"""What the commands share: one BLAS thread, arguments with plain errors, and exit codes.

Imports the standard library only, so that a command can call one_blas_thread before NumPy is imported.
"""
import argparse
import math
import os
import signal
import sys

from numpyae.errors import InputError

DONE, FAILED, BAD_INPUT, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143


def one_blas_thread():
    """Hold BLAS to one thread, unless the user has said how many: then sums have the same order in every run."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ.setdefault(name, "1")


class Parser(argparse.ArgumentParser):
    """An argument parser whose --help shows defaults, whose errors are one sentence, and that knows what was given."""

    def __init__(self, **settings):
        shape = argparse.RawDescriptionHelpFormatter
        super().__init__(formatter_class=shape, allow_abbrev=False, argument_default=argparse.SUPPRESS, **settings)
        self._defaults_of_ours = {}

    def add(self, *names, help, default=None, **settings):
        """Add an argument; its default, if it has one, is shown in its help."""
        if default is not None:
            help += f" (default: {default})"
        action = self.add_argument(*names, help=help, **settings)
        action.default = argparse.SUPPRESS if action.option_strings else None  # else a flag would be there, as False
        self._defaults_of_ours[action.dest] = False if settings.get("action") == "store_true" else default

    def parse(self, arguments):
        """Return (options, given): every argument's value, and the names of those that were not left to their default."""
        given = {name: value for name, value in vars(self.parse_args(arguments)).items() if value is not None}
        return argparse.Namespace(**{**self._defaults_of_ours, **given}), set(given)

    def error(self, message):
        """Print the sentence and exit with code 2."""
        self.exit(BAD_INPUT, f"error: {message} (see {self.prog} --help)\n")


def whole_number(lowest, highest=10**6):
    """Return an argparse type: a whole number from lowest to highest."""

    def convert(text):
        try:
            number = int(text)
        except ValueError:
            number = None
        if number is None or not lowest <= number <= highest:
            raise argparse.ArgumentTypeError(f"{text!r} came, wanted a whole number from {lowest} to {highest}")
        return number

    return convert


def positive_number(text):
    """Return the finite number above 0 that the text says, as an argparse type does."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} came, wanted a finite number above 0")
    return number


class StopRequest:
    """Turn the first Ctrl-C or SIGTERM within a with statement into a wish: `signal` is its number, else None.

    So what is being done can be ended in good order. A second one stops at once. What the shell has told us to ignore, as
    it does with Ctrl-C for what runs in the background, stays ignored.
    """

    def __enter__(self):
        self.signal = None
        heard = [number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) != signal.SIG_IGN]
        self._before = {number: signal.signal(number, self._notice) for number in heard}
        return self

    def _notice(self, number, _):
        self.signal = number
        self._restore()

    def _restore(self):
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def __exit__(self, *_):
        self._restore()


def say(message):
    """Print a line on stderr, if there is still someone to read it."""
    try:
        print(message, file=sys.stderr, flush=True)
    except BrokenPipeError:
        pass


class Terminated(BaseException):
    """SIGTERM, as an exception, so that half-written files are removed on the way out."""


def _terminate(*_):
    raise Terminated


def run(work):
    """Call work() and return its exit code; what the user can mend is one sentence on stderr, only a bug a traceback."""
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
    except BrokenPipeError:  # whoever read our output has seen enough; the rest of it goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        reason = error.strerror or error
        where = f"{error.filename}: " if error.filename and error.strerror else ""
        return _fail(f"{where}{reason}: see to the disk or the folder's permissions, then try again", FAILED)
    except MemoryError:
        return _fail("the memory is full: make the network, the batch or the segment smaller", FAILED)
    except KeyboardInterrupt:
        return _fail("stopped by Ctrl-C", INTERRUPTED)


def _fail(message, code):
    say(f"error: {message}")
    return code

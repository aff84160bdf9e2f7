"""What the commands share: arguments with plain errors, stops in good order, and exit codes."""
import argparse
import difflib
import io
import logging
import os
import shlex
import signal
import sys

import numpyae
from numpyae.errors import FileChanged, InputError

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130  # and 128 + its number for any other signal
STOPS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
SYNONYMS = {  # what other programs call it
    "--lr": "--learning-rate", "--epochs": "--iterations", "--steps": "--iterations",
    "--batch": "--batch-size", "--out": "--output", "--threads": "--workers", "--overwrite": "--force",
}


class Parser(argparse.ArgumentParser):
    """An argument parser whose --help keeps its line breaks, and whose errors are one sentence and a hint."""

    def __init__(self, **settings):
        formatter = argparse.RawDescriptionHelpFormatter
        super().__init__(formatter_class=formatter, allow_abbrev=False, **settings)
        self.add_argument("--version", action="version", version=f"numpyae {numpyae.__version__}")

    def parse_args(self, arguments=None):
        """Return the options; for an argument that nothing takes, exit with a hint at what was meant."""
        options, unknown = self.parse_known_args(arguments)
        if unknown:
            hint = self._hint(unknown[0].partition("=")[0])
            self.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")
        return options

    def _hint(self, word):
        flags = self._option_string_actions
        if word in flags:  # after --
            return ""
        if word.startswith("-"):
            meant = [SYNONYMS[word]] if word in SYNONYMS else difflib.get_close_matches(word, flags, n=1)
            return "".join(f": did you mean {flag}?" for flag in meant if flag in flags)
        return "".join(f": expected one {action.metavar}" for action in self._get_positional_actions())

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
    """Turn the first Ctrl-C, SIGTERM or SIGHUP in a with statement into a request to stop in good order.

    `signal` is its number, else None. It is acknowledged with a line on stderr; a second one stops the work
    at once. A signal that we were told to ignore, as the shell does with Ctrl-C for background jobs and nohup
    with SIGHUP, stays ignored.
    """

    def __init__(self, acknowledgement):
        self.signal, self._acknowledgement = None, acknowledgement

    def __enter__(self):
        self._handlers = _handle({signum: self._notice for signum in STOPS})
        return self

    def _notice(self, signum, _):
        self.signal = signum
        self._restore()
        say(f"\n{self._acknowledgement}")  # on a line of its own, below the progress

    def _restore(self):
        _handle(self._handlers)

    def __exit__(self, *_):
        self._restore()


def check_output(output, song, force):
    """Raise InputError unless this file can be written and nothing is lost by it, or `force` says so."""
    if output.is_dir():
        raise InputError(f"{output} is a folder: name a file with -o OUT")
    if output.exists() and output.samefile(song):
        raise InputError(f"{output} is the song itself, which would be lost: give another name with -o")
    if output.exists() and not force:
        raise InputError(f"{output} exists already: give another name with -o, or --force to overwrite it")
    if not output.parent.is_dir() or not os.access(output.parent, os.W_OK):
        raise InputError(f"{output} cannot be written: {output.parent} is not a folder to write to")


def command_line(module, *words):
    """Return what to type to run a command again, with the Python that this one was started with."""
    return shlex.join([sys.orig_argv[0], "-m", f"numpyae.{module}", *map(str, words)])


def _handle(handlers):
    """Set the handlers of those signals that are not ignored, and return the handlers before."""
    return {
        signum: signal.signal(signum, handler) for signum, handler in handlers.items()
        if signal.getsignal(signum) != signal.SIG_IGN
    }


def say(message):
    """Print a line on stderr, or nothing: a stderr that is closed or full must not stop the work."""
    if sys.stderr is not None:  # to print, None means stdout
        try:
            print(message, file=sys.stderr, flush=True)
        except (OSError, ValueError, RuntimeError):  # the last: in a signal handler, while it is written to
            pass


class _Notes(logging.Handler):
    def emit(self, record):
        say(record.getMessage())


_LOG, _NOTES = logging.getLogger("numpyae"), _Notes()


def notes(quiet):
    """Return a function that says a note, unless the user wants quiet; so are the notes that modules log."""
    _LOG.addHandler(_NOTES)
    _LOG.setLevel(logging.WARNING if quiet else logging.INFO)
    return _LOG.info


class Stopped(BaseException):
    """A signal as an exception, so that half-written files are removed on the way out."""


def _stop(signum, _):
    raise Stopped(signum)


def run(work):
    """Return the exit code of work(); print errors that the user can fix as one sentence, not a traceback."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # no user needs to know where its cache is
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # for names that its encoding lacks
    before = _handle({signal.SIGINT: signal.default_int_handler, **dict.fromkeys(STOPS[1:], _stop)})
    try:
        return _exit_code(work)
    except KeyboardInterrupt:
        return _fail("stopped by Ctrl-C", INTERRUPTED)
    except Stopped as stopped:
        signum = signal.Signals(*stopped.args)
        return _fail(f"stopped by {signum.name}", 128 + signum)
    finally:
        _handle(before)


def _exit_code(work):
    try:
        return work()
    except InputError as error:
        return _fail(error, BAD_INPUT)
    except FileChanged as error:
        return _fail(error, FAILED)
    except BrokenPipeError:  # the reader has gone; discard the rest
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        reason = error.strerror or error
        where = f"{error.filename}: " if error.filename and error.strerror else ""
        return _fail(f"{where}{reason}: check the disk and the folder's permissions, then try again", FAILED)
    except MemoryError:
        return _fail("out of memory: make the network, the batch or the segment smaller", FAILED)


def _fail(message, code):
    say(f"error: {message}")
    return code

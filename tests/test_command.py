"""What the commands share: plain errors, stops in good order, and exit codes."""
import argparse
import os
import signal
import subprocess
import sys

import pytest

from numpyae import command
from numpyae.command import Parser, StopRequest, argument, one_blas_thread, run, say
from numpyae.errors import InputError

BLAS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def raising(error):
    def work():
        raise error

    return work


class NoTracebackHere(Exception):
    """A bug."""


def test_the_exit_codes_are_those_of_a_shell():
    assert (command.DONE, command.FAILED, command.BAD_INPUT) == (0, 1, 2)
    assert command.INTERRUPTED == 128 + signal.SIGINT and command.TERMINATED == 128 + signal.SIGTERM


@pytest.mark.parametrize("error, code, sentence", [
    (InputError("give another"), 2, "give another"),
    (KeyboardInterrupt(), 130, "stopped by Ctrl-C"),
    (MemoryError(), 1, "out of memory: make the network, the batch or the segment smaller"),
    (OSError(28, "No space left on device", "run/model.npz"), 1,
     "run/model.npz: No space left on device: check the disk and the folder's permissions, then try again"),
    (OSError(28, "No space left on device"), 1, "No space left on device: check the disk and the folder's"),
    (OSError("a.wav could not be written"), 1, "a.wav could not be written: check the disk"),
])
def test_what_the_user_can_mend_is_one_sentence_and_an_exit_code(capsys, error, code, sentence):
    assert run(raising(error)) == code
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.startswith(f"error: {sentence}") and printed.err.count("\n") == 1


@pytest.mark.parametrize("code", [0, 1, 130])
def test_the_exit_code_of_work_that_ends_is_its_own(capsys, code):
    assert run(lambda: code) == code and capsys.readouterr() == ("", "")


def test_a_bug_is_a_traceback():
    with pytest.raises(NoTracebackHere):
        run(raising(NoTracebackHere()))


def test_sigterm_cleans_up_on_its_way_out_and_its_handler_is_put_back(capsys):
    def work():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            cleaned.append(True)

    cleaned, before = [], signal.getsignal(signal.SIGTERM)
    assert run(work) == 143 and cleaned == [True] and signal.getsignal(signal.SIGTERM) == before
    assert capsys.readouterr().err == "error: stopped by SIGTERM\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_is_a_request_and_handlers_are_put_back(number):
    before = signal.getsignal(number)
    with StopRequest() as stop:
        assert stop.signal is None and signal.getsignal(number) != before
        signal.raise_signal(number)
        assert stop.signal == number and signal.getsignal(number) == before
    assert signal.getsignal(number) == before
    with StopRequest() as stop:
        pass
    assert stop.signal is None and signal.getsignal(number) == before


def test_a_second_signal_stops_at_once():
    with pytest.raises(KeyboardInterrupt), StopRequest() as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.signal == signal.SIGINT
        signal.raise_signal(signal.SIGINT)


def test_a_ctrl_c_that_the_shell_has_told_us_to_ignore_is_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with StopRequest() as stop:
            signal.raise_signal(signal.SIGINT)
            assert stop.signal is None
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("words, message", [
    (["--number", "x"], "argument --number: expected a number, got 'x'"),
    (["--number"], "argument --number: expected one argument"),
    (["--nu", "3"], "unrecognized arguments: --nu 3"),
    (["one", "two"], "unrecognized arguments: one two"),
])
def test_a_wrong_argument_is_one_sentence_that_names_it_and_exit_code_2(capsys, words, message):
    def number(text):
        if not text.isdecimal():
            raise ValueError(f"expected a number, got {text!r}")
        return int(text)

    parser = Parser(prog="python -m numpyae.test")
    parser.add_argument("--number", type=argument(number))
    assert parser.parse_args(["--number", "3"]).number == 3
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(words)
    assert ended.value.code == 2
    assert capsys.readouterr() == ("", f"error: {message} (see python -m numpyae.test --help)\n")


def test_what_the_convert_raises_is_what_argparse_shows_and_only_value_errors_are():
    with pytest.raises(argparse.ArgumentTypeError, match="invalid literal for int"):
        argument(int)("x")
    with pytest.raises(ZeroDivisionError):
        argument(lambda text: 1 / 0)("x")


def test_help_keeps_its_line_breaks(capsys):
    with pytest.raises(SystemExit):
        Parser(prog="p", description="one\ntwo", epilog="example:\n  p x").parse_args(["--help"])
    printed = capsys.readouterr().out
    assert "one\ntwo\n" in printed and printed.endswith("example:\n  p x\n")


def test_what_is_said_to_nobody_is_no_error(monkeypatch, capsys):
    say("a line")
    assert capsys.readouterr() == ("", "a line\n")

    class Gone:
        """A stream whose reader has left."""

        def write(self, text):
            raise BrokenPipeError

        flush = write

    monkeypatch.setattr(sys, "stderr", Gone())
    say("a line")


def test_a_reader_who_has_seen_enough_is_no_failure():
    code = (
        "import sys\nfrom numpyae.command import run\n"
        "def work():\n    for _ in range(9999): print('a long line', flush=True)\n"
        "sys.exit(run(work))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    read_end, write_end = os.pipe()
    os.close(read_end)
    with open(write_end, "w") as nobody_reads:
        python = [sys.executable, "-c", code]
        ended = subprocess.run(
            python, stdout=nobody_reads, stderr=subprocess.PIPE, env=environment, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_blas_is_held_to_one_thread_unless_the_user_has_said_how_many(monkeypatch):
    for name in BLAS:
        monkeypatch.setenv(name, "before")  # so that it is put back
        monkeypatch.delenv(name)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    one_blas_thread()
    assert [os.environ[name] for name in BLAS] == ["1", "3", "1", "1"]


def test_it_imports_nothing_but_the_standard_library():
    code = "import sys, numpyae.command; sys.exit('numpy' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0

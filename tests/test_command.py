"""What the commands share: plain errors, stops in good order, and exit codes."""
import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from numpyae import command
from numpyae.command import STOPS, Parser, StopRequest, argument, check_output, run, say
from numpyae.errors import FileChanged, InputError

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], env=ENVIRONMENT | environment, capture_output=True, check=False)


def raising(error):
    def work():
        raise error

    return work


class NoTracebackHere(Exception):
    """A bug."""


def test_the_exit_codes_are_those_of_a_shell():
    assert (command.DONE, command.FAILED, command.BAD_INPUT) == (0, 1, 2)
    assert command.INTERRUPTED == 128 + signal.SIGINT


@pytest.mark.parametrize("error, code, sentence", [
    (InputError("give another"), 2, "give another"),
    (FileChanged("give it back"), 1, "give it back"),
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


@pytest.mark.parametrize("number, code, words", [
    (signal.SIGINT, 130, "stopped by Ctrl-C"), (signal.SIGTERM, 143, "stopped by SIGTERM"),
    (signal.SIGHUP, 129, "stopped by SIGHUP"),
])
def test_a_signal_cleans_up_on_its_way_out_and_its_handler_is_put_back(capsys, number, code, words):
    def work():
        try:
            signal.raise_signal(number)
        finally:
            cleaned.append(True)

    cleaned, before = [], signal.getsignal(number)
    assert run(work) == code and cleaned == [True] and signal.getsignal(number) == before
    assert capsys.readouterr().err == f"error: {words}\n"


@pytest.mark.parametrize("number", STOPS)
def test_the_first_signal_is_a_request_that_is_acknowledged_and_handlers_are_put_back(capsys, number):
    before = signal.getsignal(number)
    with StopRequest("soon") as stop:
        assert stop.signal is None and signal.getsignal(number) != before
        signal.raise_signal(number)
        assert stop.signal == number and signal.getsignal(number) == before
        assert capsys.readouterr() == ("", "\nsoon\n")
    assert signal.getsignal(number) == before
    with StopRequest("soon") as stop:
        pass
    assert stop.signal is None and signal.getsignal(number) == before and capsys.readouterr() == ("", "")


def test_a_second_signal_stops_at_once():
    with pytest.raises(KeyboardInterrupt), StopRequest("soon") as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.signal == signal.SIGINT
        signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("number", STOPS)
def test_a_signal_that_the_shell_has_told_us_to_ignore_is_ignored(number):
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with StopRequest("soon") as stop:
            signal.raise_signal(number)
            assert stop.signal is None
        assert run(lambda: signal.raise_signal(number) or 7) == 7
        assert signal.getsignal(number) == signal.SIG_IGN
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("words, message", [
    (["--number", "x"], "argument --number: expected a number, got 'x'"),
    (["--number"], "argument --number: expected one argument"),
    (["--nu", "3"], "unrecognized arguments: --nu: did you mean --number?"),
    (["--nubmer", "3"], "unrecognized arguments: --nubmer: did you mean --number?"),
    (["--iteratoins", "3"], "unrecognized arguments: --iteratoins: did you mean --iterations?"),
    (["--epochs=3"], "unrecognized arguments: --epochs=3: did you mean --iterations?"),
    (["--lr", "3"], "unrecognized arguments: --lr"),  # this parser has no learning rate
    (["one", "two"], "unrecognized arguments: two: expected one SONG"),
])
def test_a_wrong_argument_is_one_sentence_that_names_it_and_exit_code_2(capsys, words, message):
    def number(text):
        if not text.isdecimal():
            raise ValueError(f"expected a number, got {text!r}")
        return int(text)

    parser = Parser(prog="python -m numpyae.test")
    parser.add_argument("--number", type=argument(number))
    parser.add_argument("--iterations", type=argument(number))
    parser.add_argument("song", metavar="SONG", nargs="?")
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


def test_an_output_is_refused_where_something_would_be_lost_or_nothing_can_be_written(empty_folder):
    song, there, folder = Path("song.wav"), Path("there.wav"), Path("folder.wav")
    song.touch()
    there.touch()
    folder.mkdir()
    Path("link.wav").symlink_to("song.wav")
    for output, force, words in [
        (song, True, "song.wav is the song itself, which would be lost: give another name with -o"),
        (Path("link.wav"), True, "link.wav is the song itself"),
        (there, False, "there.wav exists already: give another name with -o, or --force to overwrite it"),
        (folder, True, "folder.wav is a folder: name a file with -o OUT"),
        (Path("nowhere/a.wav"), True, "nowhere/a.wav cannot be written: nowhere is not a folder to write to"),
        (song / "a.wav", True, "song.wav/a.wav cannot be written: song.wav is not a folder to write to"),
    ]:
        with pytest.raises(InputError, match=words):
            check_output(output, song, force)
    check_output(there, song, force=True)
    check_output(folder / "new.wav", song, force=False)


@pytest.mark.parametrize("error", [
    BrokenPipeError, OSError(28, "No space left on device"), ValueError("I/O operation on closed file"),
    RuntimeError("reentrant call"),
])
def test_what_is_said_to_nobody_is_no_error(monkeypatch, capsys, error):
    say("a line")
    assert capsys.readouterr() == ("", "a line\n")

    class Gone:
        """A stream that takes nothing any more."""

        def write(self, text):
            raise error

        flush = write

    for stream in (Gone(), None):
        monkeypatch.setattr(sys, "stderr", stream)
        say("a line")
    assert capsys.readouterr().out == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize("redirection", ["2> /dev/full", "2>&-"])
def test_a_stderr_that_is_full_or_closed_changes_nothing(redirection):
    code = (
        "import sys; from numpyae.command import run, say\n"
        "sys.exit(run(lambda: say('a line') or print('result')))"
    )
    words = ["sh", "-c", f'"$0" -c "$1" {redirection}', sys.executable, code]
    ended = subprocess.run(words, stdout=subprocess.PIPE, env=ENVIRONMENT, check=False)
    assert (ended.returncode, ended.stdout) == (0, b"result\n")


@pytest.mark.parametrize("encoding, name, printed", [
    ("ascii", "привет", rb"\u043f\u0440\u0438\u0432\u0435\u0442"), ("cp1252", "\u2603.wav", rb"\u2603.wav"),
    ("utf-8", "bad\udcff.wav", rb"bad\udcff.wav"), ("utf-8", "привет", "привет".encode()),
])
def test_a_name_that_the_encoding_lacks_is_printed_with_escapes(encoding, name, printed):
    code = f"import sys; from numpyae.command import run; sys.exit(run(lambda: print({ascii(name)})))"
    ended = python(code, PYTHONIOENCODING=encoding)
    assert (ended.returncode, ended.stdout.strip(), ended.stderr) == (0, printed, b"")


def test_a_reader_who_has_seen_enough_is_no_failure():
    code = (
        "import sys\nfrom numpyae.command import run\n"
        "def work():\n    for _ in range(9999): print('a long line', flush=True)\n"
        "sys.exit(run(work))"
    )
    read_end, write_end = os.pipe()
    os.close(read_end)
    with open(write_end, "w") as nobody_reads:
        python = [sys.executable, "-c", code]
        ended = subprocess.run(
            python, stdout=nobody_reads, stderr=subprocess.PIPE, env=ENVIRONMENT, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")

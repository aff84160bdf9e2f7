"""The progress on the screen: one line that is redrawn, or a few plain ones."""
import io

import pytest

from numpyae.progress import Progress
from numpyae.train import _progress_line
from numpyae.training.metrics_table import Row


class Terminal(io.StringIO):
    def isatty(self):
        return True


def row(iteration, **values):
    known = {"snr_db": 9.04, "snr_mid_db": 9.5, "snr_side_db": None, **values}
    return Row(iteration, loss=0.012345, seconds=0.08 * iteration, **known)


def test_progress_redraws_one_line_on_a_terminal(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    stream = Terminal()
    with Progress(stream) as progress:
        progress.show(*_progress_line(row(1), 150))
        progress.show(*_progress_line(row(2, snr_db=None), 150))
    first, second = stream.getvalue().rstrip("\n").split("\r")[1:]
    assert first.startswith("iteration 1/150  loss 0.0123  SNR 9.0 dB  80 ms/iter") and "SNR n/a" in second
    assert len(first) == len(second) == 59 and stream.getvalue().endswith("\n")


@pytest.mark.parametrize("setting", [{"CI": "true"}, {"TERM": "dumb"}, {}])
def test_progress_prints_a_few_plain_lines_elsewhere(monkeypatch, setting):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    stream = Terminal() if setting else io.StringIO()
    with Progress(stream) as progress:
        for iteration in range(1, 151):
            progress.show(*_progress_line(row(iteration), 150))
    lines = stream.getvalue().splitlines()
    milestones = [1, 2, 5, 10, 20, 50, 100, 150]
    assert [line.split("/")[0] for line in lines] == [f"iteration {i}" for i in milestones]
    assert "\r" not in stream.getvalue() and "0:00 left" in lines[-1]


def test_progress_goes_on_when_nobody_reads_it(monkeypatch):
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    for stream in (Gone(), None):
        with Progress(stream) as progress:
            progress.show("line", milestone=True)
            progress.show("line", milestone=True)

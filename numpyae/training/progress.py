"""Progress on the screen: one line redrawn on a terminal, a few plain lines anywhere else."""
import os
import shutil


class Progress:
    """Show how far something has come on a stream, such as sys.stderr, or nowhere if it is None.

    Use it in a with statement, so that the redrawn line is ended.
    """

    def __init__(self, stream):
        self._stream = stream
        self._redraws = (
            stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb" and "CI" not in os.environ
        )

    def show(self, line, milestone):
        """Show a line over the one before; where lines stay, only if it is a milestone."""
        if self._redraws:
            width = shutil.get_terminal_size().columns - 1
            self._write("\r" + line[:width].ljust(width))
        elif milestone:
            self._write(line + "\n")

    def _write(self, text):
        if self._stream is not None:
            try:
                self._stream.write(text)
                self._stream.flush()
            except BrokenPipeError:  # nobody reads it any more
                self._stream = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._redraws:
            self._write("\n")


def training_line(row, iterations):
    """Return the line for a row of metrics.csv, and whether it is a milestone: 1, 2, 5, 10, 20, 50, ... and the last."""
    iteration = row["iteration"]
    seconds = row["seconds"] / iteration
    left = round(seconds * (iterations - iteration))
    line = (
        f"iteration {iteration}/{iterations}  loss {row['loss']:.3g}  SNR {decibels(row['snr_db'])}  "
        f"{1000 * seconds:.0f} ms/iteration  {left // 60}:{left % 60:02d} left"
    )
    return line, iteration == iterations or str(iteration).rstrip("0") in ("1", "2", "5")


def decibels(value):
    """Return the words for an SNR in dB, "n/a" where it is None."""
    return "n/a" if value is None else f"{round(value, 1) + 0:.1f} dB"  # + 0: no "-0.0"

"""The progress of a training run: one line redrawn on a terminal, a few plain lines anywhere else."""
import os
import shutil
import time


class Progress:
    """Show iteration, loss, SNR, milliseconds an iteration and the time left on a stream, or nowhere if it is None."""

    def __init__(self, iterations, stream):
        self.iterations, self.stream = iterations, stream
        self.redraws = (
            stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb" and "CI" not in os.environ
        )
        self.started = time.perf_counter()

    def update(self, iteration, loss, snr_db):
        """Show the state after an iteration; where lines stay, only after 1, 2, 5, 10, 20, 50, ... and the last."""
        if self.stream is None:
            return
        seconds = (time.perf_counter() - self.started) / iteration
        left = round(seconds * (self.iterations - iteration))
        line = (
            f"iteration {iteration}/{self.iterations}  loss {loss:.3g}  SNR {decibels(snr_db)}  "
            f"{1000 * seconds:.0f} ms/iteration  {left // 60}:{left % 60:02d} left"
        )
        if self.redraws:
            width = shutil.get_terminal_size().columns - 1
            self.stream.write("\r" + line[:width].ljust(width))
            self.stream.flush()
        elif iteration == self.iterations or str(iteration).rstrip("0") in ("1", "2", "5"):
            print(line, file=self.stream, flush=True)

    def close(self):
        """End the redrawn line, so that what follows begins on its own."""
        if self.redraws:
            self.stream.write("\n")


def decibels(value):
    """Return the words for an SNR in dB, "n/a" where it is None."""
    return "n/a" if value is None else f"{value:.1f} dB"

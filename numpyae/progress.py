"""Show progress: one line that is redrawn on a terminal, a few plain lines anywhere else."""
import os
import shutil


class Progress:
    """Show progress on a stream such as sys.stderr, or nowhere if it is None. Use it in a with statement."""

    def __init__(self, stream):
        self._stream = stream
        self._redraws = (
            stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
            and "CI" not in os.environ
        )

    def show(self, line, milestone):
        """Replace the line shown before; where lines cannot be redrawn, print only milestones."""
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
            except (OSError, ValueError):  # it is full, closed, or nobody reads it any more
                self._stream = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._redraws:
            self._write("\n")

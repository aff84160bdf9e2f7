"""Write files whole or not at all, despite errors, Ctrl-C, kill -9 and power cuts."""
import glob
import itertools
import json
import math
import os
from contextlib import contextmanager
from pathlib import Path

_numbers = map(str, itertools.count())  # of the files that this process writes
_being_written = set()  # the numbers of those that it has not finished


@contextmanager
def atomic(path):
    """Give the block a temporary path; rename it to `path` when the block ends, or remove it if it raises.

    The data is on disk before the rename, and the rename before the block is left. An OSError names `path`.
    """
    path = Path(path)
    remove_leftovers(path.parent, path.name)
    number = next(_numbers)  # two threads may write the same path
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{number}.tmp")
    _being_written.add(number)
    try:
        with naming(path):
            yield temporary
            _to_disk(temporary, os.O_RDWR)
            os.replace(temporary, path)
            if os.name == "posix":  # Windows cannot open a folder
                _to_disk(path.parent, os.O_RDONLY)
    finally:
        temporary.unlink(missing_ok=True)
        _being_written.remove(number)


@contextmanager
def naming(path):
    """Make an OSError in the block name this path: a failed write does not say which file it was."""
    try:
        yield
    except OSError as error:
        if error.strerror:
            error.filename = str(path)
        raise


def _to_disk(path, flags):
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path, text):
    """Write a text file whole or not at all."""
    with atomic(path) as temporary, open(temporary, "x", encoding="utf-8", newline="\n") as file:
        file.write(text)


def write_json(path, values):
    """Write a dict as JSON, whole or not at all; NaN and infinity, which JSON cannot hold, become null."""
    write_text(path, json.dumps(nan_to_none(values), indent=2) + "\n")


def nan_to_none(values):
    """Return a copy of the dict with None for every NaN or infinite float."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
    }


def remove_leftovers(folder, name=None):
    """Remove the temporary files that dead processes left in a folder, for one file name or for all."""
    stem = "*" if name is None else glob.escape(name)
    for path in Path(folder).glob(f".{stem}.*.tmp"):
        pid, _, number = path.name.split(".")[-2].partition("-")
        if pid.isdecimal() and not _is_being_written(int(pid), number):
            path.unlink(missing_ok=True)


def _is_being_written(pid, number):
    """Return True if we are writing this file, or another process with this PID is running."""
    if pid == os.getpid():
        return number in _being_written  # else an earlier process had our PID
    if os.name != "posix":
        return True  # unknown: on Windows, signal 0 is Ctrl-C
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        pass  # it is running, as another user
    return True

"""Files that are written whole or not at all, whatever happens meanwhile: an error, Ctrl-C, kill -9, a power cut."""
import glob
import os
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic(path):
    """Give the block a temporary path beside `path`; rename it over `path` when the block ends, remove it if it raises.

    The file's bytes reach the disk before it gets its name, and the name before the block is left. OSError names `path`.
    """
    path = Path(path)
    remove_leftovers(path.parent, path.name)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with naming(path):
            yield temporary
            _to_disk(temporary, os.O_RDWR)
            os.replace(temporary, path)
            if os.name == "posix":  # Windows cannot open a folder
                _to_disk(path.parent, os.O_RDONLY)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def naming(path):
    """Let an OSError of the block say that it was about this path: the errors of writes do not say of which file."""
    try:
        yield
    except OSError as error:
        if error.strerror:
            error.filename = str(path)
        raise


def _to_disk(path, flags):
    opened = os.open(path, flags)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def write_text(path, text):
    """Write a text file whole or not at all."""
    with atomic(path) as temporary, open(temporary, "x", encoding="utf-8", newline="\n") as file:
        file.write(text)


def remove_leftovers(folder, name=None):
    """Remove the temporary files that dead processes left in a folder: those of one name, or all."""
    stem = "*" if name is None else glob.escape(name)
    for path in Path(folder).glob(f".{stem}.*.tmp"):
        number = path.name.split(".")[-2]
        if number.isdecimal() and not _lives(int(number)):
            path.unlink(missing_ok=True)


def _lives(number):
    """Return whether another process has this number; a file with our own is older than we are."""
    if number == os.getpid():
        return False
    if os.name != "posix":
        return True  # nobody knows: on Windows this signal would not ask, but be Ctrl-C
    try:
        os.kill(number, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        pass  # it lives, and is not ours
    return True

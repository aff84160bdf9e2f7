"""Open a file as bytes, notice when it changes, and say in words why it cannot be opened."""
import difflib
import errno
import hashlib
import os
import stat

from numpyae.errors import FileChanged, InputError


class Contents:
    """The bytes of a file, open for reading: path; file, as Python opens it; size in bytes.

    Use it in a with statement. Raises InputError if there is no such file, or none that can be opened.
    """

    def __init__(self, path):
        self.path, self.file = path, _open(path)
        self.size, self._time = self._size_and_time()

    def _size_and_time(self):
        status = os.fstat(self.file.fileno())
        return status.st_size, status.st_mtime_ns

    def check_unchanged(self):
        """Raise FileChanged if somebody has written to the file since it was opened."""
        size, time = self._size_and_time()
        if (size, time) != (self.size, self._time):
            how = "was written to" if size == self.size else f"had {self.size:,} bytes and now has {size:,}"
            raise FileChanged(f"{self.path} has changed while it was in use (it {how}): start again")

    def sha256(self):
        """Return the SHA-256 of the bytes as hexadecimal text."""
        digest = hashlib.sha256()
        self.file.seek(0)
        while chunk := self.file.read(2**20):
            digest.update(chunk)
        self.check_unchanged()
        return digest.hexdigest()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()


def _open(path):
    try:
        status = os.stat(path)
        file = open(path, "rb") if stat.S_ISREG(status.st_mode) and status.st_size else None
    except FileNotFoundError as error:
        raise InputError(f"there is no file {path}: {_hint(path)}") from error
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) == errno.EIO:  # the disk's fault
            raise
        raise InputError(f"{path} cannot be opened ({reason(error)}): check name and permissions") from error
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"{path} is a folder: name a sound file in it")
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{path} is a pipe or a device: save it to a file first, to be read from anywhere")
    if not file:
        raise InputError(f"{path} is empty (0 bytes): get a whole copy of it")
    return file


def _hint(path):
    if path.is_symlink():
        return f"it is a link to {os.readlink(path)}, which is not there"
    names = [neighbour.name for neighbour in path.parent.iterdir()] if path.parent.is_dir() else []
    close = difflib.get_close_matches(path.name, names, n=1)
    return f"did you mean {close[0]}?" if close else "check the name"


def reason(error):
    """Return the library's or the system's description of an error, without file name and full stop."""
    words = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    return words.rstrip(".")

"""The run folder: new for each run, and locked while a process works in it."""
import itertools
import os
from contextlib import contextmanager, suppress
from pathlib import Path

from numpyae.atomic import naming
from numpyae.errors import InputError


def make_run_folder(folder, stem):
    """Create this folder or, if it is None, the next free runs/STEM-NNN, and return its path.

    Raises InputError if it exists already or cannot be created.
    """
    numbered = (Path("runs") / f"{stem}-{number:03d}" for number in itertools.count(1))
    for path in [Path(folder)] if folder else numbered:
        try:
            if not path.parent.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                path.mkdir()
                return path
        except OSError as error:
            raise InputError(
                f"cannot make the run folder {path} ({error.strerror}): {path.parent} must be a folder "
                "that can be written"
            ) from error
    raise InputError(f"{folder} exists already, and a run never writes into another: give a new name")


@contextmanager
def locked(folder):
    """Lock a run folder against other processes while the block runs; the lock ends with its process.

    Raises InputError with the PID of the process that holds the lock. On Windows nothing is locked.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    path = Path(folder) / ".lock"
    with open(path, "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            ours = path.exists() and os.path.samestat(os.fstat(file.fileno()), os.stat(path))
        except BlockingIOError:
            ours = False
        if not ours:  # another process holds it, or has just removed it
            file.seek(0)
            pid = file.read().strip()
            raise InputError(
                f"{folder} is in use by the process with PID {pid}: wait until it has ended, or stop it"
            )
        try:
            with naming(path):
                file.truncate(0)
                os.write(file.fileno(), str(os.getpid()).encode())
            yield
        finally:
            path.unlink(missing_ok=True)

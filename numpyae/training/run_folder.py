"""The run folder: made new for each run, locked while one works in it, and the text files in it."""
import csv
import hashlib
import importlib.metadata
import io
import itertools
import json
import math
import os
import platform
import time
from array import array
from contextlib import contextmanager
from pathlib import Path

import numpy as np

import numpyae
from numpyae.atomic import naming, write_text
from numpyae.errors import InputError

SNRS = ("snr_db", "snr_mid_db", "snr_side_db")


def make_run_folder(output, stem):
    """Make the folder `output`, or without one the next free runs/STEM-NNN, and return its path.

    Raises InputError where it exists already or cannot be made.
    """
    choices = [Path(output)] if output else (Path("runs") / f"{stem}-{number:03d}" for number in itertools.count(1))
    for folder in choices:
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            continue
        except OSError as error:
            raise InputError(f"{folder} cannot be made ({error.strerror}): name a place that can be written, by -o RUN")
    raise InputError(f"{output} is there already, and no run writes into another: give a name that is new, by -o RUN")


@contextmanager
def locked(folder):
    """Keep every other process out of a run folder while the block runs; the lock goes with its process.

    Raises InputError with the number of the process that has it. Windows has no such locks: there, nobody is kept out.
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
        if not ours:  # or whoever had the file has just removed it
            file.seek(0)
            raise InputError(f"{folder} is in use by process {file.read().strip()}: wait until it has ended, or stop it")
        try:
            with naming(path):
                file.truncate(0)
                os.write(file.fileno(), str(os.getpid()).encode())
            yield
        finally:
            path.unlink(missing_ok=True)


def command_words(config):
    """Return the words of the train command's options that make the run of this config again, but for its song."""
    names = (
        "iterations", "batch_size", "segment", "hidden", "features", "kernel", "stride", "init", "edges", "learning_rate",
        "seed",
    )
    words = [word for name in names for word in (f"--{name.replace('_', '-')}", str(config[name]))]
    return words + (["--gallery"] if config["gallery"] else [])


def write_json(path, values):
    """Write a dict as JSON, whole or not at all; a float that is NaN or infinite, which JSON cannot hold, is null."""
    write_text(path, json.dumps(defined(values), indent=2) + "\n")


def defined(values):
    """Return the dict with None for every float that is NaN or infinite."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in values.items()
    }


def sha256(path):
    """Return the SHA-256 of a file of any length, in hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(2**20):
            digest.update(chunk)
    return digest.hexdigest()


def versions():
    """Return name -> version of Python, numpyae and the packages that a run depends on."""
    packages = ("numpy", "scipy", "soundfile", "matplotlib")
    found = {name: importlib.metadata.version(name) for name in packages}
    return {"python": platform.python_version(), "numpyae": numpyae.__version__, **found}


class MetricsTable:
    """metrics.csv: a row an iteration, written as soon as it is known; what is undefined stays empty.

    numbers: the rows that an earlier process wrote, as `numbers()` returned them.
    """

    COLUMNS = ("iteration", "loss", *SNRS, "seconds")

    def __init__(self, folder, numbers=()):
        self._numbers = array("d", np.ravel(numbers))  # 48 bytes a row, for runs of a million
        self._started = time.perf_counter() - (self._numbers[-1] if self._numbers else 0.0)
        self._path, earlier = Path(folder) / "metrics.csv", io.StringIO()
        self._write(earlier, dict(zip(self.COLUMNS, self.COLUMNS)), *self.rows())
        write_text(self._path, earlier.getvalue())

    def _write(self, file, *rows):
        csv.DictWriter(file, self.COLUMNS, lineterminator="\n").writerows(rows)

    def __len__(self):
        return len(self._numbers) // len(self.COLUMNS)

    def seconds(self):
        """Return the seconds since training began, those of earlier processes included."""
        return round(time.perf_counter() - self._started, 4)

    def add(self, iteration, loss, measured):
        """Add a row, and return it: the loss of the batch, and the SNRs that `measure` found after the step."""
        values = (iteration, loss, *(measured[name] for name in SNRS), self.seconds())
        self._numbers.extend(math.nan if value is None else value for value in values)
        row = self._row(len(self) - 1)
        with naming(self._path), open(self._path, "a", newline="", encoding="utf-8") as file:
            self._write(file, row)
        return row

    def numbers(self):
        """Return all rows as an array (rows, 6), NaN where undefined."""
        return np.array(self._numbers).reshape(len(self), len(self.COLUMNS))

    def rows(self):
        """Return all rows as dicts, None where undefined."""
        return [self._row(index) for index in range(len(self))]

    def _row(self, index):
        width = len(self.COLUMNS)
        row = defined(dict(zip(self.COLUMNS, self._numbers[index * width : (index + 1) * width])))
        return {**row, "iteration": int(row["iteration"])}

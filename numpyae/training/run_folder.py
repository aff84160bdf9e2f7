"""The run folder: made new for each run, and the text files in it."""
import csv
import hashlib
import importlib.metadata
import itertools
import json
import math
import platform
import time
from pathlib import Path

import numpyae
from numpyae.atomic import write_text
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

    rows: the same, as dicts. Use it in a with statement.
    """

    def __init__(self, folder):
        self.rows = []
        self._file = open(Path(folder) / "metrics.csv", "w", newline="", encoding="utf-8")
        self._table = csv.DictWriter(self._file, ("iteration", "loss", *SNRS, "seconds"))
        self._table.writeheader()
        self._started = time.perf_counter()

    def seconds(self):
        """Return the seconds since training, and this table, began."""
        return round(time.perf_counter() - self._started, 4)

    def add(self, iteration, loss, measured):
        """Add a row, and return it: the loss of the batch, and the SNRs that `measure` found after the step."""
        snrs = {name: measured[name] for name in SNRS}
        self.rows.append(defined({"iteration": iteration, "loss": loss, **snrs, "seconds": self.seconds()}))
        self._table.writerow(self.rows[-1])
        self._file.flush()
        return self.rows[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

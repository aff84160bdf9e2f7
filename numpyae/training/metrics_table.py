"""metrics.csv: one row per iteration, written as soon as it is known."""
import csv
import io
import math
import time
from array import array
from typing import NamedTuple

import numpy as np

from numpyae.atomic import naming, write_text


class Row(NamedTuple):
    """What is measured after one iteration; an SNR that is undefined is None."""

    iteration: int
    loss: float  # of the batch, before its step
    snr_db: float | None  # of 16 fixed segments, after it
    snr_mid_db: float | None
    snr_side_db: float | None
    seconds: float  # since training began, earlier processes included


class MetricsTable:
    """The rows of metrics.csv, kept by column: 48 bytes per row, for runs of a million iterations."""

    def __init__(self):
        self._path = None
        self._columns = {name: array("d") for name in Row._fields}
        self._started = time.perf_counter()

    def __len__(self):
        return len(self._columns["iteration"])

    def seconds(self):
        """Return the seconds since training began, those of earlier processes included."""
        return round(time.perf_counter() - self._started, 4)

    def add(self, iteration, loss, measured):
        """Append a row to the file, and return it; measured: a Measured of the network after the step."""
        row = Row(iteration, loss, measured.snr_db, measured.snr_mid_db, measured.snr_side_db, self.seconds())
        for name, value in row._asdict().items():
            self._columns[name].append(math.nan if value is None else value)
        with naming(self._path), open(self._path, "a", newline="", encoding="utf-8") as file:
            _write(file, row)
        return row

    def write(self, path):
        """Write the file whole, the header and all rows so far; from now on, `add` appends to it."""
        self._path, text = path, io.StringIO()
        _write(text, Row._fields, *self.rows())
        write_text(self._path, text.getvalue())

    def rows(self):
        """Yield every Row."""
        for iteration, *values in zip(*self._columns.values(), strict=True):
            yield Row(int(iteration), *(value if math.isfinite(value) else None for value in values))

    def state(self):
        """Return name of column -> array, NaN where undefined."""
        return {name: np.array(column) for name, column in self._columns.items()}

    def restore(self, state):
        """Continue after the rows that `state` returned; ValueError if they are not those of a run."""
        count = len(state["iteration"])
        for name in Row._fields:
            if state[name].shape != (count,) or state[name].dtype != np.float64:
                raise ValueError(f"expected {count} numbers in the column {name}")
        always = np.stack([state[name] for name in ("iteration", "loss", "seconds")])
        if not (np.isfinite(always).all() and np.array_equal(state["iteration"], np.arange(1, count + 1))):
            raise ValueError("expected metrics of every iteration, in order")
        self._columns = {name: array("d", state[name]) for name in Row._fields}
        self._started = time.perf_counter() - (state["seconds"][-1] if count else 0.0)


def _write(file, *rows):
    csv.writer(file, lineterminator="\n").writerows(rows)

"""metrics.csv: a row an iteration, and the same rows again for who goes on after them."""
import tracemalloc

import numpy as np
import pytest

from numpyae.evaluation import Measured
from numpyae.training.metrics_table import MetricsTable, Row

MEASURED = Measured(0.25, 9.5, None, -1.5, None)


@pytest.fixture
def table(tmp_path):
    table = MetricsTable()
    table.write(tmp_path / "metrics.csv")
    for iteration in (1, 2, 3):
        table.add(iteration, 0.5 / iteration, MEASURED)
    return table


def test_each_row_is_in_the_file_as_soon_as_it_is_added(tmp_path, table):
    row = table.add(4, 0.125, MEASURED)
    assert row == Row(4, 0.125, 9.5, None, -1.5, row.seconds) and 0 <= row.seconds < 60
    lines = (tmp_path / "metrics.csv").read_bytes().decode().split("\n")
    assert lines[0] == "iteration,loss,snr_db,snr_mid_db,snr_side_db,seconds"
    assert lines[4] == f"4,0.125,9.5,,-1.5,{row.seconds}" and lines[5:] == [""]


def test_rows_come_back_as_they_were_added(table):
    rows = [*table.rows()]
    assert len(table) == len(rows) == 3 and [type(row.iteration) for row in rows] == [int] * 3
    assert [row[:5] for row in rows] == [(number, 0.5 / number, 9.5, None, -1.5) for number in (1, 2, 3)]


def test_a_table_that_is_restored_goes_on_to_the_bits_of_the_file(tmp_path, table):
    state = table.state()
    assert {name: column.dtype for name, column in state.items()} == dict.fromkeys(Row._fields, np.float64)
    assert np.isnan(state["snr_mid_db"]).all()
    state["seconds"] += 1000  # of an earlier process
    again = MetricsTable()
    again.restore(state)
    assert 1000 < again.seconds() < 1060
    again.write(tmp_path / "again.csv")
    assert [*again.rows()] == [row._replace(seconds=row.seconds + 1000) for row in table.rows()]
    row = again.add(4, 0.1, MEASURED)
    assert row.seconds > 1000 and len((tmp_path / "again.csv").read_text().splitlines()) == 5
    state["loss"][0] = 7  # the table has its own numbers
    assert [*again.rows()][0].loss == 0.5


def test_rows_beyond_the_checkpoint_are_written_over(tmp_path, table):
    before = (tmp_path / "metrics.csv").read_bytes()
    again = MetricsTable()
    again.restore(table.state())
    table.add(4, 0.1, MEASURED)
    again.write(tmp_path / "metrics.csv")
    assert (tmp_path / "metrics.csv").read_bytes() == before


def test_a_table_without_rows_is_one_too(tmp_path):
    table = MetricsTable()
    table.restore(MetricsTable().state())
    table.write(tmp_path / "metrics.csv")
    assert len(table) == 0 and [*table.rows()] == []
    assert (tmp_path / "metrics.csv").read_text().count("\n") == 1


DAMAGES = {
    "a column missing": lambda state: state.pop("snr_db"),
    "a column that is shorter": lambda state: state.update(loss=state["loss"][:2]),
    "a column of another shape": lambda state: state.update(loss=np.ones((3, 1))),
    "a column of another dtype": lambda state: state.update(loss=np.ones(3, np.float32)),
    "a loss that is not finite": lambda state: state["loss"].fill(np.nan),
    "seconds that are not finite": lambda state: state["seconds"].fill(np.inf),
    "an iteration twice": lambda state: state["iteration"].fill(2),
    "iterations from 0": lambda state: state.update(iteration=state["iteration"] - 1),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_not_the_rows_of_a_run_is_refused(table, damage):
    state = table.state()
    DAMAGES[damage](state)
    with pytest.raises((ValueError, KeyError)):
        MetricsTable().restore(state)


def test_a_million_rows_take_48_megabytes(tmp_path):
    count, table = 20_000, MetricsTable()
    table.write(tmp_path / "metrics.csv")
    tracemalloc.start()
    try:
        for iteration in range(1, count + 1):
            table.add(iteration, 0.5, MEASURED)
        grown = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert grown < 1.2 * 48 * count

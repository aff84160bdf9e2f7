"""Work on threads: in order, whoever is done first, while BLAS keeps to one thread."""
import os
import subprocess
import sys
import threading
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from small import small_model

from numpyae import Autoencoder, demo_song, reconstruct_song, workers
from numpyae.audio import spaced_segments
from numpyae.evaluation import measure
from numpyae.process import BLAS_THREADS
from numpyae.training import train
from numpyae.workers import in_order, number_of_workers


@pytest.mark.parametrize("workers", [1, 2, 5, None])
def test_results_come_in_order_whoever_is_first_done(workers):
    gate = threading.Event()

    def square(number):
        if number == 0 and workers != 1:
            gate.wait(10)  # the first item ends after the others have begun
        gate.set()
        return number**2

    assert [*in_order(square, range(50), workers)] == [number**2 for number in range(50)]
    assert [*in_order(square, [], workers)] == []


@pytest.mark.parametrize("workers", [1, 3])
def test_an_error_reaches_whoever_takes_the_results(workers):
    with pytest.raises(ZeroDivisionError):
        [*in_order(lambda number: 1 / number, [2, 1, 0, 1], workers)]


def test_one_worker_is_the_calling_thread():
    assert {*in_order(lambda _: threading.get_ident(), range(9), 1)} == {threading.get_ident()}


def test_items_are_not_taken_long_before_they_are_needed():
    taken = []
    for number, _ in enumerate(in_order(lambda item: item, (taken.append(item) for item in range(1000)), 2)):
        assert len(taken) - number < 100


@pytest.mark.parametrize("wrong", [0, -3, 1.5, True, "2"])
def test_a_number_of_workers_that_makes_no_sense_is_refused_at_once(wrong):
    words = f"workers: expected a whole number of at least 1, or None, got {wrong!r}"
    with pytest.raises(ValueError, match=words):
        in_order(abs, [], wrong)


class Blas:
    """A BLAS of four threads, and threadpoolctl's controller, which obeys one thread while that lives."""

    num_threads, master = 4, None

    def __init__(self):
        self.lib_controllers = [self]

    def limit(self, limits):
        before = self.num_threads
        self.set(limits)
        return SimpleNamespace(restore_original_limits=lambda: self.set(before))

    def set(self, threads):
        if self.master is None or not self.master.is_alive():
            self.master = threading.current_thread()
        if self.master is threading.current_thread():
            self.num_threads = threads

    def clear_controlling_thread(self, force=False):
        if force or self.master is threading.current_thread():
            self.master = None


@pytest.fixture
def blas(monkeypatch):
    blas = Blas()
    monkeypatch.setattr(workers, "_blas", lambda: blas)
    return blas


@pytest.mark.parametrize("workers", [1, 3])
def test_blas_has_one_thread_while_we_work_and_its_own_when_we_do_not(blas, workers):
    results = in_order(lambda _: blas.num_threads, range(50), workers)
    assert {*results} == {1} and blas.num_threads == 4
    with pytest.raises(ZeroDivisionError):
        [*in_order(lambda number: 1 / number, [1, 0], workers)]
    assert blas.num_threads == 4


def test_blas_has_its_own_threads_while_nobody_asks_for_the_next_result(blas):
    some, others = (in_order(lambda _: blas.num_threads, range(50), workers) for workers in (1, 3))
    assert [next(some), next(others), next(some), next(others)] == [1, 1, 1, 1]
    others.close()
    assert blas.num_threads == 4 and next(some) == 1 and blas.num_threads == 4


def test_whoever_is_done_first_does_not_free_blas_for_another_thread_which_frees_it(blas):
    other_has_begun, we_are_done, seen = threading.Event(), threading.Event(), []

    def look(_):
        other_has_begun.set()
        we_are_done.wait(10)
        seen.append(blas.num_threads)

    other = threading.Thread(target=lambda: [*in_order(look, [0], 1)])

    def begin_the_other(_):
        other.start()
        other_has_begun.wait(10)

    assert [*in_order(begin_the_other, [0], 1)] == [None] and blas.num_threads == 1
    we_are_done.set()
    other.join()
    assert seen == [1] and blas.num_threads == 4


def test_a_limit_that_was_there_before_comes_back_and_any_thread_may_lift_it(blas):
    limit = blas.limit(3)
    for number in (2, 1):
        assert [*in_order(lambda _: blas.num_threads, range(9), number)] == 9 * [1] and blas.num_threads == 3
    other = threading.Thread(target=limit.restore_original_limits)
    other.start()
    other.join()
    assert blas.num_threads == 4


@pytest.mark.parametrize("work", [
    lambda model, song: train(model, song, iterations=2, batch_size=8, segment=64),
    lambda model, song: measure(model, spaced_segments(song, 50, 64)),
    reconstruct_song,
], ids=["training", "measuring", "a whole song"])
def test_training_measuring_and_whole_songs_hold_blas(blas, monkeypatch, song, work):
    model, seen = small_model(), []
    for owner, name in ((model, "forward"), (workers.np, "vdot")):
        original = getattr(owner, name)

        def spy(*arguments, original=original):
            seen.append(blas.num_threads)
            return original(*arguments)

        monkeypatch.setattr(owner, name, spy)
    work(model, song)
    assert {*seen} == {1} and blas.num_threads == 4


@pytest.mark.parametrize("environment, cores, expected", [
    ({}, 2, 1), ({}, 1, 1), ({"OMP_NUM_THREADS": "2"}, 3, 1), *(({name: "1"}, 3, 3) for name in BLAS_THREADS),
])
def test_where_nothing_holds_blas_one_worker_is_the_default_and_a_warning_says_so_once(
    monkeypatch, environment, cores, expected
):
    for name in BLAS_THREADS:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(workers, "_blas", lambda: None)
    monkeypatch.setattr(workers, "available_cores", lambda: cores)
    workers._warn_once.cache_clear()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert number_of_workers() == number_of_workers(None) == expected
        assert number_of_workers(2) == 2 and number_of_workers(np.int64(5)) == 5
    warned = cores > 1 and expected == 1
    assert [warning.category for warning in caught] == [RuntimeWarning] * warned
    cure = (
        "1.2 times as long on two idle cores, and 3 to 10 times as long on busy ones: pip install "
        "threadpoolctl, or set OPENBLAS_NUM_THREADS=1 before"
    )
    assert all(cure in str(warning.message) for warning in caught)


def test_threadpoolctl_holds_the_blas_that_numpy_has():
    pytest.importorskip("threadpoolctl")
    blas = workers._blas()
    libraries = blas.lib_controllers
    with blas.limit(limits=2):
        for number in (1, 3):
            seen = [*in_order(lambda _: [library.num_threads for library in libraries], range(9), number)]
            assert seen == 9 * [[1 for _ in libraries]]
            assert [library.num_threads for library in libraries] == [2 for _ in libraries]


WITHOUT_THREADPOOLCTL = """
import sys
sys.modules["threadpoolctl"] = None
from numpyae import Autoencoder, demo_song
from numpyae.training import train
print(*train(Autoencoder(), demo_song(1.5), iterations=2, batch_size=26))
"""


def test_a_script_without_threadpoolctl_trains_to_the_same_losses_and_is_told_once():
    environment = {name: value for name, value in os.environ.items() if name not in BLAS_THREADS}
    command = [sys.executable, "-c", WITHOUT_THREADPOOLCTL]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    losses = train(Autoencoder(), demo_song(1.5), iterations=2, batch_size=26)
    assert [float(loss) for loss in ended.stdout.split()] == pytest.approx(losses, rel=1e-4)
    assert ended.stderr.count("RuntimeWarning") == (workers.available_cores() > 1)

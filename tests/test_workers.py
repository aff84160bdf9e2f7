import threading

import pytest

from numpyae.workers import in_order


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

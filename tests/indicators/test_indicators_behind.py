"""Work one step behind keeps its order and hides no failure."""

import threading

import pytest

from riskreview.indicators.behind import WAITING, one_behind


def test_work_is_done_in_order_and_whole_when_the_block_ends() -> None:
    done: list[int] = []
    with one_behind() as follow:
        for number in range(20):
            follow(lambda number=number: done.append(number))  # type: ignore[misc]

    assert done == list(range(20))


def test_whoever_gives_work_waits_while_too_much_of_it_is_open() -> None:
    gate, given = threading.Event(), []

    def give() -> None:
        with one_behind() as follow:
            for number in range(WAITING + 5):
                follow(gate.wait)
                given.append(number)

    giver = threading.Thread(target=give)
    giver.start()
    giver.join(0.2)
    assert len(given) == WAITING + 1
    gate.set()
    giver.join(10)
    assert len(given) == WAITING + 5


def test_a_failing_piece_of_work_fails_the_whole() -> None:
    def fail() -> None:
        raise ArithmeticError("no such figure")

    with pytest.raises(ArithmeticError, match="no such figure"), one_behind() as follow:
        follow(fail)

"""Reading ahead keeps the order, makes one thing more than was taken, and hides no failure."""

import threading
from collections.abc import Iterator

import pytest

from riskreview.foundation.ahead import ahead


def test_the_next_thing_is_made_while_the_reader_has_the_one_before() -> None:
    made = [threading.Event() for _ in range(4)]

    def things() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    taken = []
    for thing in ahead(things()):
        assert all(event.wait(5) for event in made[: thing + 2])
        assert not any(event.is_set() for event in made[thing + 3 :])
        taken.append(thing)

    assert taken == [0, 1, 2, 3]


def test_the_reader_gets_what_making_a_thing_raises_after_the_things_before_it() -> None:
    def things() -> Iterator[int]:
        yield 1
        raise ArithmeticError("no such figure")

    taken = []
    with pytest.raises(ArithmeticError, match="no such figure"):
        taken.extend(ahead(things()))

    assert taken == [1]


def test_nothing_to_read_is_nothing() -> None:
    assert list(ahead(iter(()))) == []

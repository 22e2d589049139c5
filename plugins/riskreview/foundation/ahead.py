"""Owns reading ahead: the next thing is made in a thread of its own while its reader works on the one before it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Thing = TypeVar("Thing")
END = object()


def ahead(things: Iterator[Thing]) -> Iterator[Thing]:
    """Give things in their order, each made while the reader has the one before it; what making one raises, the reader gets."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        coming = pool.submit(next, things, END)
        while (thing := coming.result()) is not END:
            coming = pool.submit(next, things, END)
            yield thing  # type: ignore[misc]  # END was told apart above

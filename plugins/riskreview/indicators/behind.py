"""Owns work that follows one step behind: a thread of its own does it in the order it was given, while its giver reads on."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

WAITING = 2
"""Pieces of work that may wait; their rows are held in memory."""


@contextmanager
def one_behind() -> Iterator[Callable[[Callable[[], None]], None]]:
    """Yield what takes a piece of work and returns before it is done, unless too many wait; all are done when the block ends.

    :raises: what the first failing piece raised, from a later piece or from the end of the block.
    """
    open_work: deque[Future[None]] = deque()

    def follow(work: Callable[[], None]) -> None:
        while len(open_work) > WAITING:
            open_work.popleft().result()
        open_work.append(pool.submit(work))

    with ThreadPoolExecutor(max_workers=1) as pool:
        yield follow
        while open_work:
            open_work.popleft().result()

"""Owns sparing work that builds many objects which stay the searches for garbage, which cost time and find none."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unsearched() -> Iterator[None]:
    """Search for no garbage during the block; for batches of thousands of rows, never for a whole process."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()

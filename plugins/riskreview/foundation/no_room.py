"""Owns saying in one sentence that there is no room left, on a disk or in memory, whoever found it out: the system, DuckDB, the Delta writer or PostgreSQL."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from riskreview.foundation.errors import RiskReviewError, Unavailable

NUMBERS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""No space on the disk, none in the quota, a file larger than whoever writes it may write."""
DATABASE_STATE, MEMORY_STATE = "53100", "53200"
DUCKDB_MEMORY = "OutOfMemoryException"
"""Its class in DuckDB, which most processes never load."""

SIGNS = ("No space left on device", "Disk quota exceeded", "File too large")
"""What libraries that have no number say."""


def is_full(error: BaseException | None) -> bool:
    """Tell whether an error, or one it was raised from, is that of a full disk."""
    return any(
        getattr(item, "errno", None) in NUMBERS or _is_of_database(item) or any(sign in str(item) for sign in SIGNS)
        for item in _chain(error)
    )


def is_out_of_memory(error: BaseException | None) -> bool:
    """Tell whether an error, or one it was raised from, says that the memory a process may use is used up."""
    return any(
        isinstance(item, MemoryError) or type(item).__name__ == DUCKDB_MEMORY or _code(item) == MEMORY_STATE
        for item in _chain(error)
    )


@contextmanager
def said_when_no_room() -> Iterator[None]:
    """Let work that a full disk or too little memory ended say so.

    :raises Unavailable: worth a retry: files are there whole or not at all, and no transaction is half done.
    """
    try:
        yield
    except RiskReviewError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise Unavailable(
                "the memory this work may use is used up; nothing was half written: raise duckdb_memory in settings.yaml or give the process more, then run it again"
            ) from error
        if not is_full(error):
            raise
        where = "the database's disk" if _is_of_database(error) else "a disk"
        raise Unavailable(f"{where} is full; nothing was half written: make room, then run it again") from error


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _is_of_database(error: BaseException) -> bool:
    return _code(error) == DATABASE_STATE


def _code(error: BaseException) -> object:
    return getattr(getattr(error, "orig", error), "pgcode", None)

"""Owns saying in one sentence that there is no room left, whoever found it out: the system, DuckDB, the Delta writer or PostgreSQL."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from riskreview.foundation.errors import RiskReviewError, Unavailable

NUMBERS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""No space on the disk, none in the quota, a file larger than whoever writes it may write."""
DATABASE_STATE = "53100"
SIGNS = ("No space left on device", "Disk quota exceeded", "File too large")
"""What libraries that have no number say."""


def is_full(error: BaseException | None) -> bool:
    """Tell whether an error, or one it was raised from, is that of a full disk."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if (
            getattr(error, "errno", None) in NUMBERS
            or _is_of_database(error)
            or any(sign in str(error) for sign in SIGNS)
        ):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def said_when_full() -> Iterator[None]:
    """Let work that a full disk ended say so.

    :raises Unavailable: worth a retry: files are there whole or not at all, and no transaction is half done.
    """
    try:
        yield
    except RiskReviewError:
        raise
    except Exception as error:
        if not is_full(error):
            raise
        where = "the database's disk" if _is_of_database(error) else "a disk"
        raise Unavailable(f"{where} is full; nothing was half written: make room, then run it again") from error


def _is_of_database(error: BaseException) -> bool:
    return getattr(getattr(error, "orig", error), "pgcode", None) == DATABASE_STATE

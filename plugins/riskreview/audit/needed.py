"""Owns which checkpoints a part of the log needs, so that it does not hold every hour since its first event. Signs and proves nothing."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date

from sqlalchemy import Connection, text

from riskreview.audit.checkpoint_text import Checkpoint, read_checkpoint
from riskreview.foundation.sql import sql


@dataclass(frozen=True, slots=True)
class _Signed:
    """A checkpoint without its text.

    :param restored: number of the checkpoint the log was set back to before it; None for every other.
    """

    number: int
    size: int
    day: date
    restored: int | None


def needed_checkpoints(
    connection: Connection, checkpoint: Checkpoint, *, first: int, seqs: Sequence[int] = ()
) -> list[Checkpoint]:
    """Return the checkpoints that date the events of a part and lead to ``checkpoint``, which proves them, in order.

    The one signed before the event ``first``; the first one over each of ``seqs``; of every day since (UTC) the first, which is what is mailed
    and what somebody may hold to compare with; every one that tells of a restore; and ``checkpoint``. What was signed and lost by a restore is
    none of this log any more.
    """
    standing = _standing(connection, checkpoint.number)
    sizes = [item.size for item in standing]
    begin = max(bisect_left(sizes, first) - 1, 0)
    dating = {bisect_left(sizes, seq) for seq in seqs}
    days: set[date] = set()
    for place, item in enumerate(standing[begin:-1], start=begin):
        if place == begin or item.day not in days or item.restored is not None:
            dating.add(place)
        days.add(item.day)
    numbers = [standing[place].number for place in sorted({*dating, len(standing) - 1})]
    found = connection.execute(text(sql("audit", "read_checkpoints")), {"numbers": numbers}).scalars()
    return [read_checkpoint(content) for content in found]


def _standing(connection: Connection, last: int) -> list[_Signed]:
    """Return the checkpoints that were not lost by a restore after them."""
    standing: list[_Signed] = []
    for row in connection.execute(text(sql("audit", "list_signed")), {"last": last}):
        if row.restored is not None:
            standing = [item for item in standing if item.number <= row.restored]
        standing.append(_Signed(row.number, row.size, row.made_at.astimezone(UTC).date(), row.restored))
    return standing

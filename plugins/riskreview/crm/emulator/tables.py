"""Owns the records of an imitated object: ordered by id, stamped when they change, remembered when they are deleted."""

import random
from bisect import bisect_right, insort
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Row = dict[str, Any]  # JSON has any shape
Hear = Callable[[str, Row | None, datetime], None]
"""Hears of every change: id, the record as it is then, None for a deleted one, and when."""


@dataclass(slots=True)
class Table:
    """The records of one object.

    :param key: the field of their id. :param hear: is told of every change.
    """

    key: str
    rows: dict[str, Row] = field(default_factory=dict)
    changed: dict[str, datetime] = field(default_factory=dict)
    deleted: dict[str, tuple[datetime, Row]] = field(default_factory=dict)
    hear: Hear = lambda _record_id, _row, _at: None
    _order: list[str] = field(default_factory=list)

    def put(self, record_id: str, row: Row, at: datetime) -> None:
        """Insert a record or replace one."""
        if record_id not in self.rows:
            insort(self._order, record_id)
        self.rows[record_id] = row
        self.changed[record_id] = at
        self.hear(record_id, row, at)

    def change(self, record_id: str, values: Mapping[str, Any], at: datetime) -> None:
        """Set fields of a record."""
        self.put(record_id, {**self.rows[record_id], **values}, at)

    def delete(self, record_id: str, at: datetime) -> None:
        """Take a record out."""
        self.deleted[record_id] = (at, self.rows.pop(record_id))
        del self.changed[record_id]
        self._order.remove(record_id)
        self.hear(record_id, None, at)

    def ordered(self, *, after: str = "") -> Iterator[Row]:
        """Yield the records in the order of their ids, from behind one."""
        for record_id in self._order[bisect_right(self._order, after) :]:
            yield self.rows[record_id]

    def any_id(self, chance: random.Random) -> str | None:
        """Return the id of one record, None where there is none."""
        return chance.choice(self._order) if self._order else None

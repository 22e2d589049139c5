"""Owns making an extract of pages: JSON lines, one record each, the newest wins, what was deleted is gone. Same pages, same bytes."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from riskreview.crm.records import Record
from riskreview.intake.strict_json import flat_record

PULLED_AT, PULLED_ON, DELETED = "_pulled_at", "_pulled_on", "_deleted"
"""Our own keys in each line: the moment and the day the CRM said so, and whether the record is gone (movements only)."""
OWN_KEYS = frozenset({PULLED_AT, PULLED_ON, DELETED})


@dataclass(frozen=True, slots=True)
class Made:
    """What an extract came to.

    :param is_news: whether it says something that the extract before, of the same day, did not.
    :param rows: lines of the extract. :param changed: records whose line is new or other than before. :param deleted: that were taken out.
    """

    rows: int
    changed: int
    deleted: int
    is_news: bool


@dataclass(frozen=True, slots=True)
class Stamp:
    """When the CRM said it; written into each line, so that a value that changes back is no repetition of earlier bytes."""

    at: datetime
    day: date


def told(record: Record, paths: Collection[str]) -> Record:
    """Return a record with what a mapping needs of it, flat, empty values left out: the same whichever way it was read."""
    flat = flat_record(dict(record.values))
    return replace(record, values={path: flat[path] for path in paths if flat.get(path) is not None})


def newest(records: Iterable[Record]) -> dict[str, Record]:
    """Return each record once: the one modified last; of two at the same moment the one that was deleted, then the one read last."""
    kept: dict[str, Record] = {}
    for item in records:
        before = kept.get(item.record_id)
        if before is None or (item.modified, item.is_deleted) >= (before.modified, before.is_deleted):
            kept[item.record_id] = item
    return kept


def write_extract(
    target: Path, records: Mapping[str, Record], *, key: str, stamp: Stamp, before: Path | None, is_snapshot: bool
) -> Made:
    """Write the extract of a pull.

    :param key: the record's own id field.
    :param before: the extract before, of which a snapshot keeps what did not change, and a movement does not tell again what it told.
    """
    writer = _Writer(key, stamp, is_snapshot=is_snapshot)
    waiting = dict(records)
    with target.open("w", encoding="utf-8", newline="\n") as file:
        for record_id, line in _lines(before, key) if before is not None else ():
            item = waiting.pop(record_id, None)
            file.writelines(writer.again(record_id, line, item) if is_snapshot else writer.once(line, item))
        for item in waiting.values():
            file.writelines(writer.new(item))
    return Made(writer.rows, writer.changed, writer.deleted, writer.is_news)


class _Writer:
    """Decides line by line, and counts."""

    def __init__(self, key: str, stamp: Stamp, *, is_snapshot: bool) -> None:
        self._key, self._stamp, self._is_snapshot = key, stamp, is_snapshot
        self.rows = self.changed = self.deleted = 0
        self._is_other_day = False

    @property
    def is_news(self) -> bool:
        """Whether anything differs from the extract before, the day included."""
        return bool(self.changed or self.deleted or self._is_other_day)

    def again(self, record_id: str, line: Mapping[str, Any], item: Record | None) -> Iterator[str]:
        """Yield the line of a record the snapshot before had, unless it is gone."""
        self._is_other_day |= line.get(PULLED_ON) != self._stamp.day.isoformat()
        if item is not None and item.is_deleted:
            self.deleted += 1
            return
        known = _said(line)
        values = known if item is None else {**item.values, self._key: record_id}
        self.changed += values != known
        yield self._line(values)

    def once(self, line: Mapping[str, Any], item: Record | None) -> Iterator[str]:
        """Yield the line of a record that the movement before told of, unless it told the same: the overlap reads it twice."""
        if item is not None and (line.get(DELETED), _said(line)) != (
            item.is_deleted,
            {**item.values, self._key: item.record_id},
        ):
            yield from self.new(item)

    def new(self, item: Record) -> Iterator[str]:
        """Yield the line of a record that was not told before; a snapshot says nothing of what is gone."""
        if item.is_deleted and self._is_snapshot:
            return
        self.deleted += item.is_deleted
        self.changed += not item.is_deleted
        yield self._line({**item.values, self._key: item.record_id}, is_deleted=item.is_deleted)

    def _line(self, values: Mapping[str, Any], *, is_deleted: bool = False) -> str:
        self.rows += 1
        own = {PULLED_AT: self._stamp.at.isoformat(), PULLED_ON: self._stamp.day.isoformat(), DELETED: is_deleted}
        return json.dumps({**values, **own}, ensure_ascii=False, separators=(",", ":")) + "\n"


def _lines(base: Path, key: str) -> Iterator[tuple[str, dict[str, Any]]]:  # JSON has any shape
    with base.open(encoding="utf-8") as file:
        for text in file:
            line = json.loads(text)
            yield str(line[key]), line


def _said(line: Mapping[str, Any]) -> dict[str, Any]:  # JSON has any shape
    return {name: value for name, value in line.items() if name not in OWN_KEYS}

"""Owns the records file of an emulator: what it begins with, and what was written since, so that a restart forgets nothing."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from riskreview.crm.emulator.tables import Hear, Row, Table


@dataclass(frozen=True, slots=True)
class Kept:
    """One line of the file.

    :param row: the record as the CRM shows it at that moment; None: it was deleted.
    """

    object: str
    record_id: str
    at: datetime
    row: Row | None

    def line(self) -> bytes:
        """Return it as written."""
        said = {"object": self.object, "id": self.record_id, "at": self.at.isoformat(), "row": self.row}
        return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def write_records(path: Path, records: Iterable[Kept]) -> None:
    """Write the records a CRM begins with."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(item.line() for item in records))


def read_records(path: Path) -> Iterator[Kept]:
    """Return the lines of a file in order; half a line at its end, of an emulator that was killed, is cut off."""
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        path.write_bytes(whole)
    for line in whole.splitlines():
        said = json.loads(line)
        yield Kept(said["object"], said["id"], datetime.fromisoformat(said["at"]), said["row"])


@contextmanager
def keep(tables: Mapping[str, Table], path: Path) -> Iterator[datetime | None]:
    """Fill the tables from a file and append what changes during the block; yields the moment of the newest line."""
    newest = None
    for item in read_records(path):
        table = tables[item.object]
        if item.row is not None:
            table.put(item.record_id, item.row, item.at)
        else:
            table.delete(item.record_id, item.at)
        newest = item.at if newest is None else max(newest, item.at)
    with path.open("ab", buffering=0) as file:
        for name, table in tables.items():
            table.hear = _appending(file, name)
        yield newest


def _appending(file: BinaryIO, name: str) -> Hear:
    def hear(record_id: str, row: Row | None, at: datetime) -> None:
        file.write(Kept(name, record_id, at, row).line())

    return hear

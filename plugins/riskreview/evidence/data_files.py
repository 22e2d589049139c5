"""Owns the data of a pack as files: rows for programs, and the exact bytes of what was hashed: packs, policies, mappings."""

import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from riskreview.evidence.explaining import Explained
from riskreview.evidence.inputs import Given
from riskreview.evidence.results import Replay
from riskreview.evidence.sections import Section
from riskreview.foundation.sql import sql
from riskreview.foundation.whole_file import whole_file


def write_rows(
    folder: Path, sections: Sequence[Section], given: Given, replays: Sequence[Replay], explained: Sequence[Explained]
) -> None:
    """Write what the report tells as JSON."""
    for section in sections:
        _dump(folder / f"{section.spec.name}.json", section.rows)
    for name, rows in given.items():
        _dump(folder / "facts" / f"{name}.json", rows)
    if replays:
        _dump(folder / "replays.json", [{**_fields(item), "sentence": item.sentence()} for item in replays])
    if explained:
        _dump(folder / "explanations.json", [_fields(item.explanation) for item in explained])


def write_exact(connection: Connection, folder: Path, sections: Sequence[Section], reviews: Iterable[int]) -> None:
    """Write frozen packs with their snapshots, and the policies and mappings that are named, each as the bytes its digest is of."""
    for number in reviews:
        row = connection.execute(text(sql("evidence", "review")), {"review_id": number}).one()
        if row.forgotten_at is not None:
            continue
        if row.pack is not None:
            _keep(folder / "packs" / f"review-{number}.json", bytes(row.pack))
        for later in connection.execute(text(sql("evidence", "snapshots")), {"review_id": number}):
            _keep(folder / "packs" / f"review-{number}-{later.number}.json", bytes(later.body))
    for digest in sorted(_named(sections, "policy_digest")):
        content = connection.execute(text(sql("evidence", "policy_by_digest")), {"digest": digest}).scalar()
        if content is not None:
            _keep(folder / "policies" / f"{digest}.json", str(content).encode())
    for digest in sorted(_named(sections, "mapping_digest")):
        content = connection.execute(text(sql("intake", "read_mapping")), {"digest": digest}).scalar()
        if content is not None:
            _keep(folder / "mappings" / f"{digest}.json", str(content).encode())


def write_zip(folder: Path, place: Path, at: datetime) -> None:
    """Write all files of a folder into a ZIP file, the same ones at the same moment to the same bytes."""
    stamp = at.astimezone(UTC).timetuple()[:6]
    with whole_file(place) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(item for item in folder.rglob("*") if item.is_file()):
            archive.writestr(
                zipfile.ZipInfo(path.relative_to(folder).as_posix(), stamp), path.read_bytes(), zipfile.ZIP_DEFLATED
            )


def _named(sections: Sequence[Section], column: str) -> set[str]:
    """Return the digests that any row names in a column."""
    return {str(row[column]) for section in sections for row in section.rows if row.get(column)}


def _fields(value: Any) -> Any:  # dataclasses of any shape
    return json.loads(json.dumps(value, default=_plain))


def _plain(value: Any) -> Any:
    slots = getattr(type(value), "__dataclass_fields__", None)
    if slots is not None:
        return {name: getattr(value, name) for name in slots}
    return dict(value) if isinstance(value, Mapping) else str(value)


def _dump(path: Path, value: object) -> None:
    _keep(path, (json.dumps(value, indent=1, ensure_ascii=False, default=_plain) + "\n").encode())


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)

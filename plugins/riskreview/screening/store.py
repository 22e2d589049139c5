"""Owns the screening room's tables: lists, entries, what customers were compared by, matches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from riskreview.foundation.sql import sql
from riskreview.screening.entry import Kind, ListEntry, plain_identifier
from riskreview.screening.matching import Listed, Match, Subject


@dataclass(frozen=True, slots=True)
class KnownMatch:
    """A match as it is stored; ``is_retired``: its customer was merged into another, who is compared in its place."""

    match_id: int
    state: str
    version: int
    evidence: str
    is_retired: bool


def _run(connection: Connection, name: str, **given: object) -> Any:  # SQLAlchemy's result
    return connection.execute(text(sql("screening", name)), given)


def lock(connection: Connection) -> None:
    """Wait until no other screening writes; until the transaction ends."""
    _run(connection, "lock_lists")


def read_lists(connection: Connection) -> list[dict[str, Any]]:  # rows of a report
    """Return id, digest, number of entries and moment of every loaded list."""
    return [dict(row) for row in _run(connection, "read_lists").mappings()]


def write_list(
    connection: Connection, list_id: str, digest: str, entries: Sequence[ListEntry], *, at: datetime
) -> None:
    """Replace a list by its new version; only entries that say something new wait to be screened."""
    _run(connection, "write_list", list_id=list_id, digest=digest, entries=len(entries), at=at)
    rows = [
        {"list_id": list_id, "entry_id": item.entry_id, "digest": item.digest, "kind": item.kind.value, "names": list(item.names),
         "countries": list(item.countries), "identifiers": list(item.identifiers), "programs": list(item.programs)}
        for item in entries
    ]  # fmt: skip
    connection.execute(text(sql("screening", "write_entry")), rows)
    _run(connection, "remove_entries", list_id=list_id, kept=[item.entry_id for item in entries])


def remove_unused(connection: Connection, used: Sequence[str]) -> tuple[str, ...]:
    """Remove the lists that are not used any more and return their ids."""
    return tuple(_run(connection, "remove_unused", used=list(used)).scalars())


def read_entries(connection: Connection, *, waiting: bool) -> list[Listed]:
    """Return the listed parties, only those that wait to be screened if asked."""
    return [
        Listed(row.list_id, ListEntry(row.entry_id, Kind(row.kind), tuple(row.names), tuple(row.countries), tuple(row.identifiers), tuple(row.programs)))
        for row in _run(connection, "read_entries", waiting=waiting)
    ]  # fmt: skip


def read_subjects(connection: Connection, *, changed: bool) -> list[Subject]:
    """Return the customers, only those that changed since they were compared if asked."""
    found = []
    for row in _run(connection, "read_subjects", changed=changed):
        numbers = tuple(number for number in map(plain_identifier, row.identifiers) if number)
        found.append(Subject(row.customer_key, tuple(row.names), row.country, numbers, row.digest))
    return found


def note_screened(connection: Connection, subjects: Sequence[Subject]) -> None:
    """Note that these customers and all entries were compared."""
    _run(
        connection,
        "note_screened",
        keys=[item.customer_key for item in subjects],
        digests=[item.digest for item in subjects],
    )
    _run(connection, "mark_screened")


def read_known(connection: Connection) -> dict[tuple[int, str, str], KnownMatch]:
    """Return the stored matches by customer, list and entry."""
    return {
        (row.customer_key, row.list_id, row.entry_id): KnownMatch(
            row.match_id, row.state, row.version, row.evidence, row.is_retired
        )
        for row in _run(connection, "read_matches", open_only=False)
    }


def read_matches(connection: Connection, *, open_only: bool) -> list[dict[str, Any]]:  # rows of a report
    """Return matches with customer, list and state."""
    return [dict(row) for row in _run(connection, "read_matches", open_only=open_only).mappings()]


def write_match(connection: Connection, match: Match, *, list_digest: str, on: date, run_id: int) -> int | None:
    """Record a match found for the first time; None when the pair is known."""
    given = {**_evidence(match, list_digest), "customer_key": match.subject.customer_key, "list_id": match.listed.list_id,
             "entry_id": match.listed.entry.entry_id, "found_on": on, "run_id": run_id}  # fmt: skip
    found: int | None = _run(connection, "write_match", **given).scalar_one_or_none()
    return found


def update_match(connection: Connection, match_id: int, match: Match, *, list_digest: str) -> None:
    """Note the newest evidence of a match."""
    _run(connection, "update_match", match_id=match_id, **_evidence(match, list_digest))


def evidence_of(match: Match) -> str:
    """Return what a decision about a match rests on: the digests of what both sides say."""
    return f"{match.subject.digest}:{match.listed.entry.digest}"


def _evidence(match: Match, list_digest: str) -> Mapping[str, object]:
    return {"likeness": min(1.0, max(0.0, match.likeness)), "same_number": match.same_number, "matched_name": match.matched_name,
            "evidence": evidence_of(match), "list_digest": list_digest}  # fmt: skip

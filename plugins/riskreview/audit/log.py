"""Owns appending to and verifying the event log. Events are stored as exact bytes and chained by hash; nothing ever edits them."""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from riskreview.audit.merkle import leaf_hash
from riskreview.audit.personal import SALT_BYTES, Cover, Opening
from riskreview.foundation.canonical import canonical
from riskreview.foundation.sql import sql

SCHEMA_VERSION = 2
GENESIS = bytes(32)
Watch = Callable[[int, bytes], str]


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One state change.

    :param action: ``subject:verb`` in the past tense, such as ``review:opened``.
    :param actor: a person's id, or ``system:<stage>``.
    :param cause: what made the system act: run id, policy digest, signal, approver.

    Texts that do not read as codes, and all that people write or are named by, stand in the log as commitments (``personal.py``).
    """

    action: str
    subject_type: str
    subject_id: str
    actor: str
    old: Mapping[str, object] = field(default_factory=dict)
    new: Mapping[str, object] = field(default_factory=dict)
    cause: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verification:
    """What checking the log found; ``first_bad`` names the first event whose bytes, order or chain do not match."""

    events: int
    verified: int
    first_bad: int | None
    problem: str


@dataclass(frozen=True, slots=True)
class Known:
    """An event up to which the log is known to hold, and the hash of the chain there."""

    seq: int
    chain: bytes


def append(connection: Connection, events: Sequence[AuditEvent], *, at: datetime) -> int:
    """Append events in the caller's transaction and return how many were written.

    The head is locked until the transaction ends, so sequence numbers have no gaps. Append once per transaction where
    many events arise: the lock serializes writers.
    """
    if not events:
        return 0
    head = connection.execute(text(sql("audit", "lock_head"))).one()
    seq, chain = int(head.seq), bytes(head.chain_hash)
    rows: list[dict[str, object]] = []
    openings: list[Opening] = []
    for item in events:
        seq += 1
        cover = Cover(seq, new_salt)
        body = encode(item, seq=seq, at=at, cover=cover)
        openings += cover.openings
        leaf = leaf_hash(body)
        chain = hashlib.sha256(chain + leaf).digest()
        rows.append({"seq": seq, "at": at, "action": item.action, "subject_type": item.subject_type,
                     "subject_id": item.subject_id, "actor": item.actor, "body": body, "leaf": leaf, "chain": chain})  # fmt: skip
    columns = {name: [row[name] for row in rows] for name in rows[0]} | {"at": at}
    connection.execute(text(sql("audit", "insert_events")), columns)
    connection.execute(text(sql("audit", "move_head")), {"seq": seq, "chain": chain})
    if openings:
        kept = {name: [getattr(item, name) for item in openings] for name in Opening.__slots__}
        connection.execute(text(sql("audit", "insert_openings")), kept)
    return len(rows)


def new_salt() -> bytes:
    """Return the salt of one commitment."""
    return secrets.token_bytes(SALT_BYTES)


def encode(item: AuditEvent, *, seq: int, at: datetime, cover: Cover) -> bytes:
    """Return the canonical bytes of an event; what may be personal is committed to."""
    document = {"v": SCHEMA_VERSION, "seq": seq, "at": at.isoformat(), "action": item.action, "actor": item.actor,
                "subject": [item.subject_type, item.subject_id], "old": cover.over("old", item.old),
                "new": cover.over("new", item.new), "cause": cover.over("cause", item.cause)}  # fmt: skip
    return canonical(document)


def verify(connection: Connection, *, after: Known | None = None, watch: Watch | None = None) -> Verification:
    """Recompute the chain from the stored bytes and compare it with what is stored, up to the head, and with what each event is filed under.

    The connection must see one state of the database throughout, or nobody may append meanwhile.

    :param after: where an earlier verification ended; None for the whole log. What was altered before it shows only without it.
    :param watch: sees every event's number and leaf hash, and returns what it finds wrong.
    """
    found, chain = scan(connection, after=after, watch=watch)
    if found.first_bad is not None:
        return found
    head = connection.execute(text(sql("audit", "read_head"))).one()
    if int(head.seq) != found.events or bytes(head.chain_hash) != chain:
        problem = f"the log ends at {found.events}, its head says {head.seq}"
        return Verification(found.events, found.events, found.events + 1, problem)
    return found


def scan(
    connection: Connection, *, after: Known | None = None, last: int | None = None, watch: Watch | None = None
) -> tuple[Verification, bytes]:
    """Recompute the chain over the events after ``after`` up to ``last`` (None: all), and return it at the last one that holds."""
    chain, expected = (GENESIS, 0) if after is None else (after.chain, after.seq)
    for row in _stored(connection, None if after is None else after.seq, last):
        expected += 1
        computed = leaf_hash(bytes(row.body))
        following = hashlib.sha256(chain + computed).digest()
        matches = computed == bytes(row.leaf_hash) and following == bytes(row.chain_hash)
        problem = _problem(row, expected, matches=matches) or (watch(row.seq, computed) if watch else "")
        if problem:
            return Verification(expected, expected - 1, expected, problem), chain
        chain = following
    return Verification(expected, expected, None, ""), chain


def _problem(row: Any, expected: int, *, matches: bool) -> str:  # a result row
    if row.seq != expected:
        return f"event {expected} is missing"
    if not matches:
        return f"event {row.seq} was altered"
    seq, *said = _said(bytes(row.body))
    if seq != row.seq:
        return f"event {row.seq} was moved"
    filed = [row.recorded_at, row.action, row.actor, [row.subject_type, row.subject_id]]
    return "" if said == filed else f"event {row.seq} is filed under something else than it says"


def _said(body: bytes) -> list[object]:
    """Return by what an event is found, as its bytes say it; nothing where somebody put something else in its place and hashed that."""
    try:
        found = json.loads(body)
        at = datetime.fromisoformat(found["at"])
        return [found["seq"], at, found["action"], found["actor"], [str(item) for item in found["subject"]]]
    except (ValueError, LookupError, TypeError):
        return [None]


def _stored(connection: Connection, after: int | None, last: int | None) -> Iterator[Any]:
    values = {"after": after, "last": last}
    yield from connection.execute(text(sql("audit", "read_events")), values, execution_options={"yield_per": 5000})

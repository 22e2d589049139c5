"""Owns the quarantine: refused rows, and what people do with them. A row leaves it once: released, redriven or discarded."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, text

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation import failpoints
from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.validation import people, second_look, store
from riskreview.validation.results import QuarantinedRow, QuarantineState, Redriven
from riskreview.validation.second_look import SecondLook

ACTOR = "system:validation"
RELEASABLE = frozenset({"R-DUP-CASE", "R-DUP-CONFLICT", "R-RANGE", "R-DATE-FUTURE", "R-BALANCE", "R-RULE"})
"""Codes of rows whose values could be read; the others need another mapping or another delivery."""
LET_THROUGH = failpoints.register(
    "validation.let_through", "rows let through are written, quarantine does not know it yet"
)


def list_rows(
    services: Services, *, batch_id: int | None = None, source_id: str | None = None, dataset: str | None = None,
    code: str | None = None, state: QuarantineState | None = "quarantined", limit: int = 100, after_id: int = 0,
) -> tuple[QuarantinedRow, ...]:  # fmt: skip
    """Return quarantined rows in order of id; None does not filter, ``after_id`` continues a page."""
    given = {"batch_id": batch_id, "source_id": source_id, "dataset": dataset, "code": code, "state": state,
             "row_limit": limit, "after_id": after_id}  # fmt: skip
    with services.engine.connect() as connection:
        rows = connection.execute(text(sql("validation", "list_quarantine")), given).all()
    return tuple(QuarantinedRow(**row._asdict()) for row in rows)


def count_rows(services: Services, *, state: QuarantineState = "quarantined") -> dict[tuple[str, str, str], int]:
    """Return the number of rows in a state by source, data set and code."""
    with services.engine.connect() as connection:
        rows = connection.execute(text(sql("validation", "count_quarantine")), {"state": state}).all()
    return {(row.source_id, row.dataset, row.code): int(row.row_count) for row in rows}


def release(services: Services, *, ids: Collection[int], actor: str, reason: str) -> Redriven:
    """Accept readable rows as they are despite the rule they broke; publish their batches again afterwards.

    :raises RuleViolation: when the actor may not, the reason is too short, a row cannot be released, or keys would clash.
    :raises NotFound: when an id is unknown.
    """
    person = _check_decision(services, actor, reason)
    with services.engine.begin() as connection:
        rows = _locked(connection, ids=ids)
        for row in rows:
            if row.state == "quarantined" and row.code not in RELEASABLE:
                raise RuleViolation(
                    f"row {row.quarantine_id} ({row.code}) has values nobody could read; read it again instead"
                )
        done: dict[str, int] = defaultdict(int)
        for batch, wanted in _by_batch(connection, rows):
            look = second_look.take_as_they_are(services, batch, wanted)
            _let_through(connection, services, batch, look, rows, "released", person, reason)
            for name, passed in look.passed.items():
                done[name] += len(passed)
    return Redriven(_batches(rows), dict(done), 0)


def redrive(services: Services, *, batch_id: int | None = None, ids: Collection[int] = (), actor: str) -> Redriven:
    """Read rows again from the raw zone with today's mapping and judge them again; publish their batches again afterwards.

    :raises RuleViolation: when the actor may not.
    :raises NotFound: when nothing of that batch or those ids is known.
    """
    return _redrive(services, people.check_can_decide(services.instance, actor), ids=ids, batch_id=batch_id)


def found_orphans(services: Services) -> dict[int, list[int]]:
    """Return, by published batch, the rows in quarantine for an unknown customer who is known by now."""
    with services.engine.connect() as connection:
        rows = connection.execute(text(sql("validation", "found_orphans"))).all()
    return {row.batch_id: list(row.ids) for row in rows}


def redrive_found(services: Services, *, ids: Collection[int]) -> Redriven:
    """Do what ``redrive`` does with rows whose customer came after them: no decision, so nobody has to take it.

    :raises NotFound: when the batch's bytes or mapping are gone.
    """
    return _redrive(services, ACTOR, ids=ids, batch_id=None)


def _redrive(services: Services, person: str, *, ids: Collection[int], batch_id: int | None) -> Redriven:
    with services.engine.begin() as connection:
        rows = _locked(connection, ids=ids, batch_id=batch_id)
        done: dict[str, int] = defaultdict(int)
        failed = 0
        for batch, wanted in _by_batch(connection, rows):
            look = second_look.judge_again(services, batch, wanted)
            _let_through(connection, services, batch, look, rows, "redriven", person, None)
            for name, numbers in wanted.items():
                done[name] += len(look.passed[name])
                failed += len(set(numbers)) - len(look.passed[name])
    return Redriven(_batches(rows), dict(done), failed)


def discard(services: Services, *, ids: Collection[int], actor: str, reason: str) -> int:
    """Give rows up for good and return how many; rows already decided stay as they are. Raises like ``release``."""
    person = _check_decision(services, actor, reason)
    with services.engine.begin() as connection:
        rows = _locked(connection, ids=ids)
        open_ids = [row.quarantine_id for row in rows if row.state == "quarantined"]
        _move(connection, services, open_ids, "discarded", person, reason)
        _audit(connection, services, "discarded", rows, open_ids, person)
    return len(open_ids)


def _check_decision(services: Services, actor: str, reason: str) -> str:
    if len(reason.strip()) < 10:
        raise RuleViolation("a reason has at least ten characters")
    return people.check_can_decide(services.instance, actor)


def _locked(connection: Connection, *, ids: Collection[int], batch_id: int | None = None) -> Sequence[Row[Any]]:
    given = {"ids": sorted(set(ids)), "batch_id": batch_id}
    rows = connection.execute(text(sql("validation", "lock_quarantine")), given).all()
    if missing := set(ids) - {row.quarantine_id for row in rows}:
        raise NotFound(f"there is no quarantined row {min(missing)}")
    if not rows:
        raise NotFound(f"batch {batch_id} has no rows in quarantine")
    return rows


def _by_batch(connection: Connection, rows: Sequence[Row[Any]]) -> list[tuple[store.Batch, Mapping[str, list[int]]]]:
    grouped: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.state == "quarantined":
            grouped[row.batch_id][row.dataset].append(row.source_row)
    return [(store.read_batch(connection, number), wanted) for number, wanted in sorted(grouped.items())]


def _batches(rows: Sequence[Row[Any]]) -> tuple[int, ...]:
    return tuple(sorted({row.batch_id for row in rows}))


def _let_through(
    connection: Connection, services: Services, batch: store.Batch, look: SecondLook, rows: Sequence[Row[Any]],
    state: QuarantineState, person: str, reason: str | None,
) -> None:  # fmt: skip
    moved: list[int] = []
    for name, passed in look.passed.items():
        if not passed:
            continue
        known = store.let_through(connection, batch.batch_id, name)
        second_look.write_let_through(services, batch, name, look.rows[name], known)
        moved += [
            row.quarantine_id
            for row in rows
            if (row.batch_id, row.dataset, row.state) == (batch.batch_id, name, "quarantined")
            and row.source_row in passed
        ]
    failpoints.reach(LET_THROUGH)
    _move(connection, services, moved, state, person, reason)
    _audit(connection, services, state, rows, moved, person)


def _move(
    connection: Connection, services: Services, ids: Sequence[int], state: QuarantineState, person: str, reason: str | None
) -> None:  # fmt: skip
    given = {"ids": list(ids), "state": state, "reason": reason, "actor": person, "at": services.clock.now()}
    connection.execute(text(sql("validation", "move_quarantine")), given)


def _audit(
    connection: Connection, services: Services, state: str, rows: Sequence[Row[Any]], ids: Sequence[int], person: str
) -> None:
    """One event per batch with the number of rows and the first and last id; a hundred thousand events would say no more."""
    grouped: dict[int, list[int]] = defaultdict(list)
    moved = set(ids)
    for row in rows:
        if row.quarantine_id in moved:
            grouped[row.batch_id].append(row.quarantine_id)
    events = [
        AuditEvent(f"quarantine:{state}", "batch", str(batch), person, {"state": "quarantined"},
                   {"state": state, "rows": len(numbers), "first_id": min(numbers), "last_id": max(numbers)})
        for batch, numbers in sorted(grouped.items())
    ]  # fmt: skip
    append(connection, events, at=services.clock.now())

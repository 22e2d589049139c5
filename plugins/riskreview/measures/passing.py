"""Owns what happens to measures by itself as days pass: they begin, end, are to be renewed, follow merged customers, and are judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from riskreview.foundation.database import transaction
from riskreview.foundation.services import Services
from riskreview.measures import store
from riskreview.measures.carrying_out import news, put_in_force
from riskreview.measures.desk import ACTOR, Desk
from riskreview.measures.effect import measure_effects
from riskreview.measures.ending import RENEWAL, undo_duties
from riskreview.measures.lifecycle import IN_FORCE, MEASURE
from riskreview.mechanisms.duty import close_duties, open_duties
from riskreview.mechanisms.lifecycle import SYSTEM, apply_many
from riskreview.mechanisms.outbox import enqueue

OVER = "its days are over"
MERGED = "its customer turned out to be one with another"


@dataclass(frozen=True, slots=True)
class PassedCounts:
    """What one pass moved."""

    measures_begun: int = 0
    measures_ended: int = 0
    measures_lapsed: int = 0
    renewals_asked: int = 0
    effects_measured: int = 0


def pass_day(services: Services) -> PassedCounts:
    """Let measures begin and end whose day has come, ask for renewals and measure effects; a second pass on a day changes nothing.

    What constrains a customer stays in force beyond its last day while a review of the customer is overdue.
    """
    desk = Desk.of(services)
    with transaction(services.engine) as connection:
        follow_merges(connection, desk)
        ended = _expire(connection, desk)
        lapsed = _end(connection, desk, "lapse", _ids(store.chosen(connection, "lapsed", on_day=desk.today)), OVER)
        begun = put_in_force(connection, desk)
        asked = _ask_renewals(connection, desk)
    return PassedCounts(len(begun), len(ended), len(lapsed), asked, measure_effects(desk))


def follow_merges(connection: Connection, desk: Desk) -> None:
    """Let what constrains or supports a retired customer go on for the one that lives on; its proposals and relief end."""
    rows = store.chosen(connection, "overtaken")
    if not rows:
        return
    taken: set[tuple[int, str, bool]] = set()
    moved: list[store.Found] = []
    lost: list[store.Found] = []
    for row in rows:
        place = (row.merged_into, row.field, row.state in IN_FORCE)
        stays = row.state != "proposed" and row.effect != "relaxes" and not row.taken and place not in taken
        taken |= {place} if stays else set()
        (moved if stays else lost).append(row)
    for key, group in groupby(
        sorted(moved, key=lambda row: int(row.merged_into)), key=lambda row: int(row.merged_into)
    ):
        apply_many(connection, MEASURE, "follow", _ids(list(group)), actor=ACTOR, roles=(SYSTEM,), at=desk.staff.now,
                   changes={"customer_key": key}, cause={"why": MERGED})  # fmt: skip
    _end(connection, desk, "lapse", [row.measure_id for row in lost if row.state not in IN_FORCE], MERGED)
    _end(connection, desk, "expire", [row.measure_id for row in lost if row.state in IN_FORCE], MERGED)


def _expire(connection: Connection, desk: Desk) -> tuple[int, ...]:
    moved = _end(connection, desk, "expire", _ids(store.chosen(connection, "ending", on_day=desk.today)), OVER)
    open_duties(
        connection,
        undo_duties(desk, list(store.chosen(connection, "told_of", measure_ids=list(moved)))),
        at=desk.staff.now,
    )
    return moved


def _end(connection: Connection, desk: Desk, verb: str, measure_ids: Sequence[int], reason: str) -> tuple[int, ...]:
    if not measure_ids:
        return ()
    changes = {"ended_by": ACTOR, "ended_on": desk.today, "end_reason": reason}
    moved = apply_many(
        connection, MEASURE, verb, measure_ids, actor=ACTOR, roles=(SYSTEM,), at=desk.staff.now, changes=changes
    )
    close_duties(connection, None, "measure", [str(key) for key in moved], at=desk.staff.now, state="cancelled")
    told = store.chosen(connection, "told_of", measure_ids=list(moved))
    enqueue(connection, [news(row, "measure_ended", row.owner, row.implemented_by, row.implementer, measure_end=row.state) for row in told],
            at=desk.staff.now)  # fmt: skip
    return moved


def _ask_renewals(connection: Connection, desk: Desk) -> int:
    until = desk.today + timedelta(days=desk.policy.renewal_notice_days)
    ids = _ids(store.chosen(connection, "to_renew", on_day=desk.today, until=until))
    rows = store.chosen(connection, "told_of", measure_ids=ids) if ids else []
    duties = [
        desk.duty(RENEWAL, row, desk.owner_or_duty(row.owner), ("risk_owner",), _time_left(row.expires_on, desk.today))
        for row in rows
    ]
    open_duties(connection, duties, at=desk.staff.now)
    enqueue(connection, [news(row, "measure_expiring", duty.owner, due_at=duty.due_at) for row, duty in zip(rows, duties, strict=True)],
            at=desk.staff.now)  # fmt: skip
    return len(rows)


def _time_left(expires_on: date, today: date) -> str:
    """Return about how many working days are left before a measure ends, at least one."""
    return f"{max(1, (expires_on - today).days * 5 // 7)}wd"


def _ids(rows: Sequence[Any]) -> list[int]:  # rows of this room's selections
    return [int(row.measure_id) for row in rows]

"""Owns what became of the facts after a pack was frozen: shown as a difference, and where it is material the approval is void.

A pack never changes. When facts move materially while a recommendation is being approved or waits to be carried out, the present
facts are frozen as the review's next snapshot, and it goes back to its owner: an approval holds for the facts it was given on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import Conflict
from riskreview.foundation.services import Services
from riskreview.measures.of_reviews import drop
from riskreview.mechanisms.duty import NewDuty, close_duties, open_duties
from riskreview.mechanisms.lifecycle import SYSTEM, apply_many
from riskreview.mechanisms.outbox import OutboxEvent
from riskreview.mechanisms.staffing import Staff
from riskreview.policy.review_approval import MaterialChange
from riskreview.policy.risk_terms import RiskClass
from riskreview.reviews import records, store
from riskreview.reviews.lifecycle import REVIEW
from riskreview.reviews.pack import Pack, changes_since, freeze, numbers, thaw
from riskreview.reviews.store import PackContent
from riskreview.reviews.ties import tie_changes

ACTOR = "system:reviews"
SNAPSHOT_VERSION = 2
DECIDED_ON = ("in_approval", "approved")
"""States in which others rest on the facts; a recommendation that nobody was handed yet is looked at when it is submitted."""


TERMS = "terms"
"""Why a review goes back whose facts stand: a measure it recommends does not wait any more."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A review whose facts moved materially: why, and the facts as they are now."""

    row: records.Found
    reasons: tuple[str, ...]
    now: Pack


def later_changes(connection: Connection, review_id: int, *, as_of: date) -> dict[str, list[object]]:
    """Return what changed since the review's facts were last frozen, as [frozen, now] by name; new emergencies by rule."""
    frozen = records.frozen_facts(connection, review_ids=[review_id])
    if not frozen:
        return {}
    content = next(store.pack_contents(connection, [frozen[0].customer_key], as_of=as_of), None)
    return {} if content is None else _difference(thaw(bytes(frozen[0].body)), content)


def material(changes: Mapping[str, Sequence[object]], rule: MaterialChange) -> tuple[str, ...]:
    """Return which of the changes are material: the class, exposure by its share, the limit, a new emergency."""
    found = []
    if rule.risk_class and "risk_class" in changes:
        found.append("risk_class")
    if rule.exposure_pct is not None and "exposure" in changes:
        before, after = (float(str(value or 0)) for value in changes["exposure"])
        if abs(after - before) * 100 > rule.exposure_pct * max(abs(before), 1.0):
            found.append("exposure")
    if rule.limit and "limit_amount" in changes:
        found.append("limit_amount")
    if rule.emergency and "emergencies" in changes:
        found.append("emergencies")
    return tuple(found)


def void_moved(
    connection: Connection, staff: Staff, *, as_of: date, review_ids: Sequence[int] | None = None, states: Sequence[str] = DECIDED_ON
) -> int:  # fmt: skip
    """Send every review under approval, or approved and not begun, back to its owner when its facts moved materially.

    Also when the last day of a measure it recommends came meanwhile. In the caller's transaction; returns how many.

    :param review_ids: only these. :param states: only those in one of these.
    """
    frozen = records.frozen_facts(connection, review_ids=review_ids, states=states)
    if not frozen:
        return 0
    keys = sorted({row.customer_key for row in frozen})
    contents = {item.customer_key: item for item in store.pack_contents(connection, keys, as_of=as_of)}
    moved = []
    for row in frozen:
        content = contents.get(row.customer_key)
        if content is None:
            continue
        reasons = material(_difference(thaw(bytes(row.body)), content), staff.policy.material)
        reasons += () if row.terms_stand else (TERMS,)
        if reasons:
            moved.append(Moved(row, reasons, _snapshot(row, content, reasons, as_of)))
    _void(connection, staff, moved)
    return len(moved)


def void_if_moved(services: Services, review_id: int) -> None:
    """Check that the facts under a review that is submitted or approved now still stand.

    :raises Conflict: when they do not; the review is back with its owner then.
    """
    staff = Staff.of(services)
    with transaction(services.engine) as connection:
        states = REVIEW.transition("void").sources
        voided = void_moved(connection, staff, as_of=staff.today, review_ids=[review_id], states=states)
    if voided:
        raise Conflict(
            f"the facts under review {review_id} changed materially, or the days of what it recommends are over; its owner has it back to recommend again"
        )


def _void(connection: Connection, staff: Staff, moved: Sequence[Moved]) -> None:
    ids = [item.row.review_id for item in moved]
    if not ids:
        return
    records.freeze_snapshots(connection, [
        {"review_id": item.row.review_id, "number": item.row.number + 1, "body": item.now.body.hex(), "sha256": item.now.sha256,
         "material": list(item.reasons)} for item in moved
    ], person=ACTOR, at=staff.now)  # fmt: skip
    records.void_rounds(connection, ids)
    drop(connection, ids, at=staff.now)
    close_duties(connection, None, "review", [str(number) for number in ids], at=staff.now, state="cancelled")
    append(connection, [_event(item) for item in moved], at=staff.now)
    for reasons in sorted({item.reasons for item in moved}):
        of = [item for item in moved if item.reasons == reasons]
        apply_many(connection, REVIEW, "void", [item.row.review_id for item in of], actor=ACTOR, roles=(SYSTEM,), at=staff.now,
                   cause={"material": list(reasons)}, events=[_message(item) for item in of])  # fmt: skip
    open_duties(connection, [_duty(item, staff) for item in moved], at=staff.now)


def _difference(frozen: Mapping[str, Any], content: PackContent) -> dict[str, list[object]]:
    changes = changes_since(frozen["assessment"], numbers(content.assessment)) | tie_changes(
        frozen.get("ties"), content.ties
    )
    known = {item["signal_id"] for item in frozen["signals"] if item["severity"] == "emergency"}
    new = sorted(
        {
            item["rule_id"]
            for item in content.signals
            if item["severity"] == "emergency" and item["signal_id"] not in known
        }
    )
    return {**changes, **({"emergencies": [[], new]} if new else {})}


def _snapshot(row: records.Found, content: PackContent, reasons: Sequence[str], as_of: date) -> Pack:
    return freeze({
        "version": SNAPSHOT_VERSION, "review_id": row.review_id, "number": row.number + 1, "as_of": as_of, "replaces": row.sha256,
        "material": list(reasons), "customer": content.customer, "assessment": numbers(content.assessment),
        "breaches": content.breaches, "signals": content.signals, "class_changes": content.class_changes, "ties": content.ties,
    })  # fmt: skip


def _event(item: Moved) -> AuditEvent:
    row = item.row
    return AuditEvent("snapshot:frozen", "snapshot", f"{row.review_id}:{row.number + 1}", ACTOR, old={"sha256": row.sha256},
                      new={"sha256": item.now.sha256}, cause={"material": list(item.reasons)})  # fmt: skip


def _duty(item: Moved, staff: Staff) -> NewDuty:
    row = item.row
    owner = row.owner if staff.team.person(row.owner) else staff.team.on_duty("risk_owner", staff.today).owner
    facts = {"review_id": row.review_id, "customer_id": row.customer_id, "risk_class": RiskClass(row.risk_class).name}
    return staff.decision_duty(f"review_{row.version}", ("review", str(row.review_id)), owner, ("risk_owner",), facts,
                               staff.policy.event_due_within).of_its_subject()  # fmt: skip


def _message(item: Moved) -> OutboxEvent:
    row, number = item.row, str(item.row.review_id)
    facts = {"review_id": row.review_id, "customer_id": row.customer_id, "risk_class": RiskClass(row.risk_class).name}
    people = dict.fromkeys(name for name in (row.owner, row.proposed_by, row.asked) if name)
    return OutboxEvent(
        f"review_voided:{number}:{row.version}", "review_voided", "review", number, "high", tuple(people), facts
    )

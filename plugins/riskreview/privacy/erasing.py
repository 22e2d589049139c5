"""Owns the verbs of this room: hold and release a customer's data, erase them by two people.

The event log stays as it is: what people wrote stands in it as commitments, whose salts and values are deleted. Nothing then says any more what
was committed to, every proof still holds, and the erasure itself is an event. Of frozen packs the digests stay.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from riskreview.audit.log import AuditEvent, append
from riskreview.facts.publishing_lock import one_publisher
from riskreview.facts.register import show_changes
from riskreview.foundation import failpoints
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.measures.lifecycle import MEASURE
from riskreview.mechanisms.lifecycle import apply
from riskreview.playbooks.lifecycle import ACTIVATION
from riskreview.privacy.files import erase_files
from riskreview.privacy.lifecycle import ERASURE, HOLD, KEEPERS
from riskreview.reviews.lifecycle import REVIEW
from riskreview.validation import people

FORGOTTEN = failpoints.register("privacy.forgotten", "the database has forgotten the customer, its files have not")
LEAST_REASON = 10
DONE = "closed"
"""A review that is closed may be opened anew, which is no reason to keep who it was about."""
REMOVALS = ("erase_openings", "erase_accounts", "erase_customer", "erase_account_history", "erase_customer_history", "erase_compared_names", "erase_spelling", "erase_relations", "erase_doubts")  # fmt: skip
"""Statements in their order: changing an account or customer first moves what it was to the history."""
FORGETTING = ("forget_answers", "forget_questions", "forget_remarks", "forget_cadences", "forget_approvals", "forget_snapshots", "forget_reviews", "forget_measure_approvals", "forget_measures",
              "forget_opinions", "forget_steps", "forget_activations", "forget_signals", "forget_matches", "forget_proposals")  # fmt: skip
"""Statements that take away what people wrote about a customer, and the packs of its reviews; in its place stands which erasure it was."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """A proposal to erase, or what was done.

    :param removed: how many rows lost something personal; 0 while it is proposed. :param files: how many files were rewritten.
    """

    erasure_id: int
    customer_key: int
    state: str
    removed: int = 0
    files: int = 0


def erase(services: Services, *, customer: str, actor: str, reason: str) -> Erasure:
    """Propose to erase a customer's personal data; said by another person while that is proposed, do it.

    The database forgets in one transaction, then files are rewritten. Stopped in between, the same call by anybody who may goes on.

    :raises RuleViolation: for who may not, by the same person, under a legal hold, or while work on the customer is open.
    :raises NotFound: when there is no such customer.
    """
    person, said = _may(services, actor), _said(reason)
    now = services.clock.now()
    with one_publisher(services):
        with transaction(services.engine) as connection:
            key = _customer(connection, customer)
            done = _unfinished(connection, key)
            if done is None:
                _check_free(connection, key)
                row = connection.execute(text(sql("privacy", "open_erasure")), {"customer_key": key}).one_or_none()
                if row is None:
                    return _propose(connection, key, person, said, now)
                done = _carry_out(connection, row, person, said, now)
            keys = _keys_of(connection, key)
        failpoints.reach(FORGOTTEN)
        return replace(done, files=erase_files(services, erasure_id=done.erasure_id, customers=keys, actor=person))


def withdraw(services: Services, *, customer: str, actor: str, reason: str) -> Erasure:
    """Take a proposal back.

    :raises NotFound: when none is open.
    """
    person, said = _may(services, actor), _said(reason)
    with transaction(services.engine) as connection:
        key = _customer(connection, customer)
        row = _open(connection, "open_erasure", key, "erasure is proposed")
        changes = {"decided_by": person, "decided_at": services.clock.now(), "decision_reason": said}
        _move(connection, row, "withdraw", person, changes, services.clock.now())
        return Erasure(row.erasure_id, key, "withdrawn")


def hold(services: Services, *, customer: str, actor: str, reason: str) -> int:
    """Forbid erasing a customer, such as for a lawsuit; returns the hold's number. A customer who is held stays so.

    :raises NotFound: when there is no such customer.
    """
    person, said = _may(services, actor), _said(reason)
    now = services.clock.now()
    with transaction(services.engine) as connection:
        key = _customer(connection, customer)
        values = {"customer_key": key, "reason": said, "person": person, "at": now}
        number = connection.execute(text(sql("privacy", "insert_hold")), values).scalar_one_or_none()
        if number is None:
            return int(_open(connection, "open_hold", key, "hold stands").hold_id)
        append(connection, [AuditEvent("legal_hold:placed", HOLD.name, str(number), person, new={"state": "held", "version": 1, "reason": said},
                                       cause={"customer_key": key})], at=now)  # fmt: skip
        return int(number)


def release(services: Services, *, customer: str, actor: str, reason: str) -> int:
    """End a legal hold.

    :raises NotFound: when none stands.
    """
    person, said = _may(services, actor), _said(reason)
    now = services.clock.now()
    with transaction(services.engine) as connection:
        key = _customer(connection, customer)
        row = _open(connection, "open_hold", key, "hold stands")
        changes = {"released_by": person, "released_at": now, "release_reason": said}
        apply(connection, HOLD, "release", row.hold_id, version=row.version, actor=person, roles=KEEPERS, at=now, changes=changes,
              cause={"customer_key": key})  # fmt: skip
        return int(row.hold_id)


def _propose(connection: Connection, key: int, person: str, said: str, now: datetime) -> Erasure:
    values = {"customer_key": key, "reason": said, "person": person, "at": now}
    number = int(connection.execute(text(sql("privacy", "insert_erasure")), values).scalar_one())
    append(connection, [AuditEvent("erasure:proposed", ERASURE.name, str(number), person, new={"state": ERASURE.initial, "version": 1, "reason": said},
                                   cause={"customer_key": key})], at=now)  # fmt: skip
    return Erasure(number, key, ERASURE.initial)


def _carry_out(connection: Connection, row: Any, person: str, said: str, now: datetime) -> Erasure:  # a result row
    changes = {"decided_by": person, "decided_at": now, "decision_reason": said}
    try:
        _move(connection, row, "erase", person, changes, now)
    except IntegrityError as error:
        if "erasure_two_persons" in str(error.orig):
            raise RuleViolation("another person than the proposer has to erase") from error
        raise
    keys = _keys_of(connection, row.customer_key)
    values = {"customer_keys": keys, "erasure_id": row.erasure_id}
    removed = sum(connection.execute(text(sql("privacy", name)), values).rowcount for name in REMOVALS)
    instead = {"customer_keys": keys, "said": f"[erasure {row.erasure_id}]", "at": now}
    removed += sum(connection.execute(text(sql("privacy", name)), instead).rowcount for name in FORGETTING)
    show_changes(connection, at=now)
    return Erasure(row.erasure_id, row.customer_key, "erased", removed)


def _unfinished(connection: Connection, key: int) -> Erasure | None:
    """Return the erasure that was stopped before all files were done."""
    row = connection.execute(text(sql("privacy", "unfinished_erasure")), {"customer_key": key}).one_or_none()
    return None if row is None else Erasure(row.erasure_id, row.customer_key, "erased")


def _keys_of(connection: Connection, key: int) -> list[int]:
    """Return a customer and those merged into it."""
    return [int(item) for item in connection.execute(text(sql("privacy", "keys_of")), {"customer_key": key}).scalars()]


def _move(connection: Connection, row: Any, verb: str, person: str, changes: dict[str, object], now: datetime) -> None:
    apply(connection, ERASURE, verb, row.erasure_id, version=row.version, actor=person, roles=KEEPERS, at=now, changes=changes,
          cause={"customer_key": row.customer_key, "proposed_by": row.proposed_by})  # fmt: skip


def _check_free(connection: Connection, key: int) -> None:
    """Refuse while something forbids it: a hold always wins."""
    reviews = [state for state in REVIEW.open_states if state != DONE]
    values = {"customer_key": key, "reviews": reviews, "activations": list(ACTIVATION.open_states), "measures": list(MEASURE.open_states)}  # fmt: skip
    reasons = [str(item) for item in connection.execute(text(sql("privacy", "what_forbids")), values).scalars()]
    if reasons:
        raise RuleViolation(f"the customer cannot be erased: {'; '.join(reasons)}")


def _customer(connection: Connection, customer: str) -> int:
    found = connection.execute(text(sql("privacy", "find_customer")), {"customer_id": customer}).scalar_one_or_none()
    if found is None:
        raise NotFound(f"there is no customer {customer}")
    return int(found)


def _open(connection: Connection, statement: str, key: int, what: str) -> Any:  # a result row
    row = connection.execute(text(sql("privacy", statement)), {"customer_key": key}).one_or_none()
    if row is None:
        raise NotFound(f"no {what} for this customer")
    return row


def _may(services: Services, actor: str) -> str:
    return people.check_can_decide(services.instance, actor, roles=KEEPERS)


def _said(reason: str) -> str:
    if len(reason.strip()) < LEAST_REASON:
        raise RuleViolation(f"a reason has at least {LEAST_REASON} characters")
    return reason.strip()

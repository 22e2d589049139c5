"""Owns working off an activation: acknowledging, doing or refusing steps, and leading the activation to its end.

Every verb is one transaction with its audit event and duties. Ending an activation needs somebody else than those who led it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row

from riskreview.foundation import failpoints
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.services import Services
from riskreview.measures.of_steps import ask_reversal_of_steps, carry_out_of_step, drop_of_steps
from riskreview.mechanisms.duty import close_duties, pause_duties
from riskreview.mechanisms.lifecycle import Lifecycle, apply, apply_many
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.mechanisms.staffing import Staff
from riskreview.playbooks import leading, store
from riskreview.playbooks.lifecycle import ACTIVATION, STEP
from riskreview.policy.team import Team, load_team

MOVED = failpoints.register(
    "playbooks.moved", "a step or activation has changed its state, the transaction is not committed"
)
QUIET_AFTER_ACKNOWLEDGEMENT = timedelta(hours=4)
LONGEST_TEXT = 20_000
LARGEST_LOSS = Decimal(10**15)
"""What the database has room for."""

Found = Row[Any]  # a result row has the columns of its statement


@dataclass(frozen=True, slots=True)
class AfterAction:
    """What an activation is looked back on with.

    :param lessons: what was learned.
    :param loss_avoided: in the reporting currency, where somebody can tell.
    :param policy_change: what the policy or the playbook should say from now on; those who keep it are told.
    """

    lessons: str
    loss_avoided: Decimal | None = None
    policy_change: str | None = None


def acknowledge(services: Services, *, activation_id: int, step_id: str, version: int, actor: str) -> int:
    """Say that one has seen a step; its reminders pause until the due time. Returns the new version.

    :raises RuleViolation, Conflict, NotFound: as every verb of this module, see ``mechanisms.lifecycle.apply``.
    """
    with transaction(services.engine) as connection:
        row = store.read_step(connection, activation_id, step_id)
        new = _apply(connection, services, STEP, "acknowledge", row, version, actor)
        pause_duties(connection, "step", str(row.step_key), person=actor, at=services.clock.now(),
                     expires=QUIET_AFTER_ACKNOWLEDGEMENT)  # fmt: skip
    return new


def start(services: Services, *, activation_id: int, step_id: str, version: int, actor: str) -> int:
    """Begin a step whose predecessors are ended."""
    with transaction(services.engine) as connection:
        row = store.read_step(connection, activation_id, step_id)
        _check_predecessors(row)
        return _apply(connection, services, STEP, "start", row, version, actor)


def finish(services: Services, *, activation_id: int, step_id: str, version: int, actor: str, evidence: str) -> int:
    """End a step with the evidence that it was done."""
    return _end_step(
        services, "finish", (activation_id, step_id), version, actor, {"evidence": _said(evidence, "evidence")}
    )


def not_doing(services: Services, *, activation_id: int, step_id: str, version: int, actor: str, reason: str) -> int:
    """End a step that will not be done, with the reason."""
    return _end_step(services, "refuse", (activation_id, step_id), version, actor, {"reason": _said(reason, "reason")})


def acknowledge_activation(services: Services, *, activation_id: int, version: int, actor: str) -> int:
    """Take the lead of an activation; its acknowledgement ladder ends."""
    now = services.clock.now()
    changes = {"acknowledged_by": actor, "acknowledged_at": now}
    return _move(services, "acknowledge", activation_id, version, actor, changes)


def contain(services: Services, *, activation_id: int, version: int, actor: str) -> int:
    """Say that the loss does not grow any more."""
    return _move(services, "contain", activation_id, version, actor, {"contained_at": services.clock.now()})


def recover(services: Services, *, activation_id: int, version: int, actor: str) -> int:
    """Say that what was lost is being brought back."""
    return _move(services, "recover", activation_id, version, actor, {})


def resolve(services: Services, *, activation_id: int, version: int, actor: str) -> int:
    """Say that the emergency is over; every step must be done or refused."""
    return _move(services, "resolve", activation_id, version, actor, {})


def look_back(services: Services, *, activation_id: int, version: int, actor: str, record: AfterAction) -> int:
    """Write the after-action record; those who may close the activation are told, and of the policy change it proposes.

    :raises RuleViolation: also when a drill claims to have avoided a loss, or an amount is below zero or larger than can be kept.
    """
    change = None if record.policy_change is None else _said(record.policy_change, "policy change")
    currency = None if record.loss_avoided is None else services.instance.settings.reporting_currency
    said = {"lessons": _said(record.lessons, "record"), "loss_avoided": record.loss_avoided, "loss_currency": currency,
            "policy_change": change, "looked_back_by": actor}  # fmt: skip
    staff = Staff.of(services)
    with transaction(services.engine) as connection:
        row = store.read_activation(connection, activation_id)
        if record.loss_avoided is not None and (row.is_drill or record.loss_avoided < 0):
            raise RuleViolation(
                "a drill avoids no loss" if row.is_drill else "the loss avoided is an amount of 0 or more"
            )
        if record.loss_avoided is not None and record.loss_avoided >= LARGEST_LOSS:
            raise RuleViolation("the loss avoided has at most 15 digits before the point")
        new = _apply(connection, services, ACTIVATION, "look_back", row, version, actor, said)
        leading.follow(connection, staff, activation_id)
    return new


def close(services: Services, *, activation_id: int, version: int, actor: str) -> int:
    """End an activation after its look back; the actor has an approving role and neither led the activation nor looked back on it."""
    return _move(
        services, "close", activation_id, version, actor, {"ended_by": actor, "ended_at": services.clock.now()}
    )


def stand_down(services: Services, *, activation_id: int, version: int, actor: str, reason: str) -> int:
    """End an activation that was not needed; its open steps end with the same reason, and what constrains is asked to be reversed."""
    said = _said(reason, "reason")
    return _move(services, "stand_down", activation_id, version, actor,
                 {"stand_down_reason": said, "ended_by": actor, "ended_at": services.clock.now()})  # fmt: skip


def _end_step(
    services: Services, verb: str, key: tuple[int, str], version: int, actor: str, said: Mapping[str, object]
) -> int:
    now, staff = services.clock.now(), Staff.of(services)
    with transaction(services.engine) as connection:
        store.lock_activation(connection, key[0])
        row = store.read_step(connection, *key)
        if verb == "finish":
            _check_predecessors(row)
        new = _apply(
            connection, services, STEP, verb, row, version, actor, {**said, "ended_by": actor, "ended_at": now}
        )
        close_duties(connection, "step", "step", [str(row.step_key)], at=now)
        if verb == "finish":
            carry_out_of_step(services, connection, row.step_key, actor=actor, evidence=str(said["evidence"]))
        else:
            drop_of_steps(connection, [row.step_key], why=str(said["reason"]), at=now)
        leading.follow(connection, staff, row.activation_id)
    return new


def _move(
    services: Services, verb: str, activation_id: int, version: int, actor: str, changes: Mapping[str, object]
) -> int:
    now, staff = services.clock.now(), Staff.of(services)
    with transaction(services.engine) as connection:
        store.lock_activation(connection, activation_id)
        row = store.read_activation(connection, activation_id)
        if verb == "resolve" and row.open_steps:
            raise RuleViolation(f"{row.open_steps} steps are neither done nor refused")
        new = _apply(connection, services, ACTIVATION, verb, row, version, actor, changes)
        if verb in {"acknowledge", "stand_down"}:
            close_duties(connection, "activation_acknowledge", "activation", [str(activation_id)], at=now)
        if verb == "stand_down":
            _end_open_steps(connection, services, activation_id, actor, str(changes["stand_down_reason"]))
            enqueue(connection, _relieved(row, actor), at=now)
        leading.follow(connection, staff, activation_id)
    return new


def _relieved(row: Found, actor: str) -> list[OutboxEvent]:
    """Return the message to who led the activation or still owed a step of it, beside who ends it."""
    people = tuple(name for name in dict.fromkeys((*row.leaders, *row.open_owners)) if name != actor)
    facts = {
        "activation_id": row.activation_id,
        "playbook_id": row.playbook_id,
        "customer_id": row.customer_id,
        "said_by": actor,
    }
    if row.is_drill:
        facts["is_drill"] = True
    subject = str(row.activation_id)
    told = OutboxEvent(
        f"activation_stood_down:{subject}", "activation_stood_down", "activation", subject, "high", people, facts
    )
    return [told] if people else []


def _end_open_steps(connection: Connection, services: Services, activation_id: int, actor: str, reason: str) -> None:
    now, keys = services.clock.now(), store.step_keys(connection, activation_id, open_only=True)
    apply_many(connection, STEP, "refuse", keys, actor=actor, roles=("leader",), at=now,
               changes={"reason": reason, "ended_by": actor, "ended_at": now},
               cause={"activation": activation_id, "verb": "stand_down"})  # fmt: skip
    close_duties(connection, "step", "step", [str(key) for key in keys], at=now, state="cancelled")
    drop_of_steps(connection, keys, why=reason, at=now)
    everything = store.step_keys(connection, activation_id)
    ask_reversal_of_steps(
        services, connection, everything, actor=actor, why=f"plan {activation_id} was stood down: {reason}"
    )


def _apply(  # noqa: PLR0913, PLR0917, RUF100  the parts of one move
    connection: Connection, services: Services, lifecycle: Lifecycle, verb: str, row: Found, version: int, actor: str,
    changes: Mapping[str, object] | None = None,
) -> int:  # fmt: skip
    subject = row.step_key if lifecycle is STEP else row.activation_id
    roles = roles_towards(load_team(services.instance), row, actor)
    if row.version == version:  # otherwise it is a conflict, which apply tells
        lifecycle.check_can(verb, state=row.state, roles=roles)
    new = apply(connection, lifecycle, verb, subject, version=version, actor=actor, roles=roles,
                at=services.clock.now(), changes=changes)  # fmt: skip
    failpoints.reach(MOVED)
    return new


def roles_towards(team: Team, row: Found, actor: str) -> tuple[str, ...]:
    """Return the roles of a person in the team and towards an activation or step, a row of this room's store."""
    team_roles = team.roles_of(actor)
    towards = {"owner": row.owner, "deputy": row.deputy, "leader": row.leader}
    found = [name for name, person in towards.items() if person == actor]
    if actor not in (row.owner, *row.leaders) and set(team_roles) & set(row.approvers):
        found.append("approver")
    return (*team_roles, *found)


def _check_predecessors(row: Found) -> None:
    if row.waits_for:
        raise RuleViolation(f"the step waits for {', '.join(row.waits_for)}")


def _said(value: str, what: str) -> str:
    if not value.strip():
        raise RuleViolation(f"the {what} is empty; say it in a sentence")
    if len(value) > LONGEST_TEXT:
        raise RuleViolation(f"the {what} has {len(value)} characters; {LONGEST_TEXT} are allowed")
    return value

"""Owns what people do with signals: take one, put it off, wake it, close it with an outcome. What happens by itself is in ``waking``.

Each verb is one transaction with its audit event and messages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from riskreview.foundation.database import transaction
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.services import Services
from riskreview.mechanisms.lifecycle import apply
from riskreview.mechanisms.outbox import OutboxEvent, Urgency
from riskreview.monitoring import handling, worklist
from riskreview.monitoring.lifecycle import SIGNAL
from riskreview.monitoring.messages import on_duty, roles_for
from riskreview.monitoring.waking import AWAKE
from riskreview.policy.monitoring_policy import MonitoringPolicy, load_monitoring_policy
from riskreview.policy.risk_policy import Policy, load_policy
from riskreview.policy.team import Team, load_team

Outcome = Literal["confirmed_risk", "useful_alert", "false_positive"]
OUTCOMES: tuple[Outcome, ...] = ("confirmed_risk", "useful_alert", "false_positive")


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of a signal."""

    signal_id: int
    state: str
    version: int
    snoozed_until: date | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every verb needs: the rules, the people, the day, who acts."""

    services: Services
    rules: MonitoringPolicy
    policy: Policy
    team: Team
    today: date
    person: str

    @classmethod
    def of(cls, services: Services, actor: str) -> "_Desk":
        team, zone = load_team(services.instance), ZoneInfo(services.instance.settings.time_zone)
        today = services.clock.now().astimezone(zone).date()
        return cls(services, load_monitoring_policy(services.instance), load_policy(services.instance), team, today,
                   handling.person_of(team, actor))  # fmt: skip

    def roles_at(self, row: worklist.Found) -> tuple[str, ...]:
        return handling.roles_at(self.team, self.rules.handling, self.person, told=roles_for(row.rule_id, self.policy),
                                 owner_user=row.owner_user, severity=row.severity)  # fmt: skip

    def message(self, row: worklist.Found, kind: str, urgency: Urgency, **facts: object) -> tuple[OutboxEvent, ...]:
        """Return what the others who answer for the signal, or took it or put it off, are told; nothing when there is nobody else."""
        answering = on_duty(self.team, self.today)(roles_for(row.rule_id, self.policy))
        concerned = dict.fromkeys((*answering, row.handler, row.snoozed_by))
        others = tuple(name for name in concerned if name not in {None, self.person})
        told = {"signal_id": row.signal_id, "rule_id": row.rule_id, "severity": row.severity, "customer_id": row.customer_id,
                "customer_key": row.customer_key, "owner": self.person, **facts}  # fmt: skip
        key = f"{kind}:{row.signal_id}:{row.version + 1}"
        return (OutboxEvent(key, kind, "signal", str(row.signal_id), urgency, others, told),) if others else ()


def acknowledge(services: Services, *, signal_id: int, actor: str) -> Handled:
    """Take a signal: it is under review by the person who did."""
    desk = _Desk.of(services, actor)
    with transaction(services.engine) as connection:
        row = worklist.read_signal(connection, signal_id)
        return _move(connection, desk, row, "acknowledge", {"handler": desk.person})


def snooze(services: Services, *, signal_id: int, until: date, reason: str, actor: str) -> Handled:
    """Put a signal off until a day, on which it asks for attention again; earlier when it gets worse.

    :raises RuleViolation: when the person may not, the reason says nothing, or the policy does not allow it so long.
    """
    desk = _Desk.of(services, actor)
    with transaction(services.engine) as connection:
        row = worklist.read_signal(connection, signal_id)
        SIGNAL.check_can("snooze", state=row.state, roles=desk.roles_at(row))
        start = handling.check_snooze(desk.rules.snooze, severity=row.severity, first_on=row.first_snoozed_on, today=desk.today,
                                      until=until)  # fmt: skip
        changes = {"snoozed_until": until, "snoozed_by": desk.person, "first_snoozed_on": start,
                   "snooze_reason": handling.check_reason(reason, desk.rules.snooze.reason_min)}  # fmt: skip
        told = desk.message(row, "signal_snoozed", "low", snoozed_until=until)
        return _move(connection, desk, row, "snooze", changes, told)


def wake(services: Services, *, signal_id: int, actor: str) -> Handled:
    """Let a signal that was put off ask for attention now; who put it off hears of it."""
    desk = _Desk.of(services, actor)
    with transaction(services.engine) as connection:
        row = worklist.read_signal(connection, signal_id)
        return _move(connection, desk, row, "wake", AWAKE, desk.message(row, "signal_woken", "low"))


def close(services: Services, *, signal_id: int, outcome: Outcome, reason: str, actor: str) -> Handled:
    """Say what a signal was. It holds its place while its cause lasts, and is kept for the judgement of its rule.

    :raises RuleViolation: when the person may not, the reason says nothing, or a second person has to say that an emergency was none.
    """
    desk = _Desk.of(services, actor)
    verb, is_emergency = "dismiss" if outcome == "false_positive" else "confirm", False
    try:
        with transaction(services.engine) as connection:
            row = worklist.read_signal(connection, signal_id)
            is_emergency = row.severity == "emergency"
            if verb == "dismiss":
                handling.check_may_dismiss(desk.rules.handling, desk.roles_at(row), severity=row.severity)
            changes = {"outcome": outcome, "closed_by": desk.person, "closed_on": desk.today, "needs_second": is_emergency,
                       "close_reason": handling.check_reason(reason, desk.rules.snooze.reason_min), **AWAKE}  # fmt: skip
            urgency: Urgency = "high" if is_emergency else "low"
            moved = _move(
                connection, desk, row, verb, changes, desk.message(row, "signal_closed", urgency, outcome=outcome)
            )
            worklist.insert_outcome(connection, signal_id, outcome=outcome, person=desk.person, closed_on=desk.today)
            return moved
    except IntegrityError as error:
        if "signal_two_persons" in str(error.orig):
            raise RuleViolation(
                "an emergency is a false positive when another person than the one who took it says so; let it be taken first"
            ) from error
        raise


def _move(  # noqa: PLR0913, PLR0917, RUF100  the parts of one act
    connection: Connection, desk: _Desk, row: worklist.Found, verb: str, changes: Mapping[str, Any],
    events: tuple[OutboxEvent, ...] = (),
) -> Handled:  # fmt: skip
    version = apply(connection, SIGNAL, verb, row.signal_id, version=row.version, actor=desk.person, roles=desk.roles_at(row),
                    at=desk.services.clock.now(), changes=changes, events=events)  # fmt: skip
    return Handled(
        row.signal_id, SIGNAL.transition(verb).target, version, changes.get("snoozed_until"), changes.get("outcome")
    )

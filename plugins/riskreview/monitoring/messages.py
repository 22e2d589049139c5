"""Owns who is told of which signal: emergencies one by one, alarms of bad customers once per customer, the rest in one digest."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from riskreview.mechanisms.outbox import OutboxEvent
from riskreview.monitoring.store import SignalChange, Told
from riskreview.policy.risk_policy import Policy
from riskreview.policy.risk_terms import RiskClass
from riskreview.policy.team import Team

Audience = Callable[[tuple[str, ...]], tuple[str, ...]]
"""Turns roles into the persons on duty."""


def events_for(
    changes: Sequence[SignalChange],
    customers: Mapping[int, Told],
    policy: Policy,
    *,
    audience: Audience,
    as_of: date,
) -> list[OutboxEvent]:
    """Return what people are told of opened and escalated signals about customers.

    :param customers: what may be told of them, by customer key.
    """
    raised = [change for change in changes if change.verb != "cleared" and change.customer_key is not None]
    emergencies = [change for change in raised if change.severity == "emergency"]
    bad = RiskClass[policy.signals.notify_alarms_from_class]
    serious = [change for change in raised if change.severity == "alarm" and _class(change, customers) >= bad]
    told = {change.signal_id for change in [*emergencies, *serious]}
    rest = [change for change in raised if change.signal_id not in told]
    return [
        *(_emergency(change, customers, policy, audience, as_of) for change in emergencies),
        *_alarms(serious, customers, policy, audience, as_of),
        *_digests(rest, policy, audience, as_of),
    ]


def on_duty(team: Team, day: date) -> Audience:
    """Return who is on duty on a day."""

    def persons(roles: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(team.on_duty(role, day).owner for role in roles))

    return persons


def roles_for(rule_id: str, policy: Policy) -> tuple[str, ...]:
    """Return the roles that are told of a rule."""
    special = next((rule for rule in policy.signals.rules if rule.id == rule_id), None)
    return policy.signals.indicator_audience if special is None else special.audience


def _emergency(change: SignalChange, customers: Mapping[int, Told], policy: Policy, audience: Audience,
               as_of: date) -> OutboxEvent:  # fmt: skip
    key = f"signal_raised:{change.signal_id}:{change.severity}"
    return OutboxEvent(key, "signal_raised", "signal", str(change.signal_id), "critical",
                       audience(roles_for(change.rule_id, policy)), _facts(change, customers, as_of, 1))  # fmt: skip


def _alarms(serious: Sequence[SignalChange], customers: Mapping[int, Told], policy: Policy, audience: Audience,
            as_of: date) -> Iterator[OutboxEvent]:  # fmt: skip
    by_customer: dict[tuple[int, tuple[str, ...]], list[SignalChange]] = {}
    for change in serious:
        by_customer.setdefault((change.customer_key or 0, roles_for(change.rule_id, policy)), []).append(change)
    for (_, roles), changes in by_customer.items():
        first = changes[0]
        key = f"signal_raised:{first.signal_id}:{first.severity}"
        yield OutboxEvent(key, "signal_raised", "signal", str(first.signal_id), "high", audience(roles),
                          _facts(first, customers, as_of, len(changes)))  # fmt: skip


def _digests(rest: Sequence[SignalChange], policy: Policy, audience: Audience, as_of: date) -> Iterator[OutboxEvent]:
    by_person: dict[str, list[SignalChange]] = {}
    for change in rest:
        for person in audience(roles_for(change.rule_id, policy)):
            by_person.setdefault(person, []).append(change)
    for person, changes in by_person.items():
        # The first new signal in the key: another pass on the same date that finds more may tell of them, a rerun may not.
        key = f"signals_digest:{as_of}:{person}:{changes[0].signal_id}"
        yield OutboxEvent(key, "signals_digest", "signals", as_of.isoformat(), "normal", (person,),
                          {"count": len(changes), "as_of": as_of.isoformat()})  # fmt: skip


def _facts(change: SignalChange, customers: Mapping[int, Told], as_of: date, count: int) -> dict[str, object]:
    told = customers.get(change.customer_key or 0, Told(str(change.customer_key)))
    return {"signal_id": change.signal_id, "rule_id": change.rule_id, "severity": change.severity,
            "customer_id": told.customer_id, "customer_key": change.customer_key,
            "risk_class": RiskClass(told.risk_class).name, "moved_by": list(told.moved_by), "as_of": as_of.isoformat(),
            "count": count}  # fmt: skip


def _class(change: SignalChange, customers: Mapping[int, Told]) -> int:
    return customers.get(change.customer_key or 0, Told("")).acting_class

"""Owns the verb of this room: raise, escalate and clear signals, about everybody or about some customers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from riskreview.assessment import store as assessments
from riskreview.assessment.current import read_portfolio
from riskreview.assessment.held import HeldForData, held_for_data
from riskreview.assessment.movers import movers
from riskreview.assessment.scale import scale_of
from riskreview.audit.log import AuditEvent, append
from riskreview.facts.results import Contradiction
from riskreview.foundation import failpoints
from riskreview.foundation.database import transaction
from riskreview.foundation.services import Services
from riskreview.mechanisms.outbox import enqueue
from riskreview.monitoring import store
from riskreview.monitoring.changes import Keys, compare
from riskreview.monitoring.following import follow_merges
from riskreview.monitoring.messages import events_for, on_duty
from riskreview.monitoring.results import SignalCounts
from riskreview.monitoring.rules import WORSENED, find, rule_ids
from riskreview.monitoring.waking import ask_again, wake_overslept
from riskreview.opinions.ending import lapse_by_signals
from riskreview.policy.risk_policy import Policy
from riskreview.policy.team import load_team
from riskreview.validation.results import FeedState

WRITTEN = failpoints.register("monitoring.written", "signals are written but not committed")
SOME_WRITTEN = failpoints.register("monitoring.some_written", "signals of some customers are written but not committed")
ACTOR = "system:monitoring"


def raise_signals(services: Services, *, as_of: date, run_id: int) -> SignalCounts:
    """Raise, escalate and clear signals from the current assessment, the contradictions and the feeds.

    Everything happens in one transaction; a second pass over the same assessment changes nothing. For a date before that of
    the current assessment nothing happens, because signals are about the present.
    """
    from riskreview.identity.contradictions import find_contradictions
    from riskreview.validation.feeds import feed_states

    return raise_found(services, contradictions=find_contradictions(services, as_of=as_of), feeds=feed_states(services, as_of=as_of),
                       as_of=as_of, run_id=run_id)  # fmt: skip


def raise_signals_of(services: Services, customers: Keys, *, as_of: date, run_id: int) -> SignalCounts:
    """Do the same for some customers: their assessments and contradictions; the signals of others and of feeds stay as they are."""
    from riskreview.identity.contradictions import find_contradictions

    found = find_contradictions(services, as_of=as_of, customers=customers)
    with transaction(services.engine) as connection:
        store.lock_writers(connection)
        follow_merges(connection, as_of=as_of, at=services.clock.now(), customers=customers)
        head = assessments.read_head(connection)
        if head is None or as_of < head.as_of:
            return SignalCounts(open=store.count_open(connection))
        policy = assessments.used_policy(connection, head.policy_version)
        assessments.narrow_current(connection, customers)
        changed, _ = _from_assessment(connection, policy, as_of=as_of, run_id=run_id)
        changed += _from_contradictions(connection, policy, found, as_of=as_of, run_id=run_id, customers=customers)
        _tell(connection, services, policy, changed, as_of=as_of, run_id=run_id)
        failpoints.reach(SOME_WRITTEN)
        return _counts(changed, store.count_open(connection))


def raise_found(
    services: Services, *, contradictions: Sequence[Contradiction], feeds: Sequence[FeedState], as_of: date, run_id: int
) -> SignalCounts:
    """Make the open signals match the current assessment, the given contradictions and the given feeds; see ``raise_signals``."""
    with transaction(services.engine) as connection:
        store.lock_writers(connection)
        follow_merges(connection, as_of=as_of, at=services.clock.now())
        wake_overslept(services, connection, on_day=as_of)
        head = assessments.read_head(connection)
        if head is None or as_of < head.as_of:
            return SignalCounts(open=store.count_open(connection))
        policy = assessments.used_policy(connection, head.policy_version)
        late = held_for_data(connection, policy, feeds)
        about_customers, held = _from_assessment(connection, policy, as_of=as_of, run_id=run_id)
        changed = [
            *about_customers,
            *_from_contradictions(connection, policy, contradictions, as_of=as_of, run_id=run_id),
            *_from_feeds(connection, policy, feeds, late, as_of=as_of, run_id=run_id),
        ]
        _tell(connection, services, policy, changed, as_of=as_of, run_id=run_id)
        failpoints.reach(WRITTEN)
        return replace(_counts(changed, store.count_open(connection)), held_for_data=held)


def _from_assessment(
    connection: Connection, policy: Policy, *, as_of: date, run_id: int
) -> tuple[list[store.SignalChange], int]:
    """Return the signals that changed, and how many customers have some that cannot end for want of data."""
    scale = scale_of(policy.content)
    portfolio = read_portfolio(connection, policy, on_day=as_of)
    open_signals = store.read_open(connection, rule_ids(scale))
    found = {findings.rule_id: findings for findings in find(portfolio.judged, scale)}
    changes = compare(found, open_signals, portfolio, scale)
    return store.write_changes(connection, changes, as_of=as_of, run_id=run_id), len(changes.held)


def _from_contradictions(connection: Connection, policy: Policy, found: Sequence[Contradiction], *, as_of: date,
                         run_id: int, customers: Keys | None = None) -> list[store.SignalChange]:  # fmt: skip
    changed = []
    for rule in policy.signals.rules:
        if rule.source == "contradictions":
            by_customer: dict[int, dict[str, list[str]]] = {}
            for item in found:
                by_customer.setdefault(item.customer_key, {})[item.attribute] = sorted(item.values)
            listed = [store.Listed(str(key), key, rule.severity, _evidence(told)) for key, told in by_customer.items()]
            changed += store.write_listed(
                connection, "customer", rule.id, listed, as_of=as_of, run_id=run_id, among=customers
            )
    return changed


def _evidence(told: Mapping[str, Sequence[str]]) -> dict[str, object]:
    """Return which systems contradict each other about what, and the same in words; what they say stays where it is kept."""
    from riskreview.identity.wording import contradiction

    said = {
        language: [contradiction(attribute, systems, language) for attribute, systems in told.items()]
        for language in ("en", "zh")
    }
    return {"attributes": told, "said": said}


def _from_feeds(connection: Connection, policy: Policy, feeds: Sequence[FeedState], held: HeldForData, *, as_of: date,
                run_id: int) -> list[store.SignalChange]:  # fmt: skip
    changed = []
    holding = {feed.source_id: {"customers": feed.customers, "rules": feed.rules} for feed in held.feeds}
    for rule in policy.signals.rules:
        if rule.source == "feeds":
            late = [
                store.Listed(feed.source_id, None, "alarm" if feed.state == "held" else rule.severity,
                             {"state": feed.state, "system": feed.system, "last_good_as_of": str(feed.last_good_as_of or ""),
                              **holding.get(feed.source_id, {})})
                for feed in feeds if feed.state in {"stale", "held"}
            ]  # fmt: skip
            never = [feed.source_id for feed in feeds if feed.state == "never"]
            changed += store.write_listed(connection, "feed", rule.id, late, kept=never, as_of=as_of, run_id=run_id)
    return changed


def _tell(connection: Connection, services: Services, policy: Policy, changed: Sequence[store.SignalChange], *, as_of: date,
          run_id: int) -> None:  # fmt: skip
    """Record the changes in the event log and for the people on duty; opinions to the better end with a new alarm.

    Feeds are reported by the validation room.
    """
    if not changed:
        return
    at = services.clock.now()
    cause = {"run_id": run_id, "as_of": as_of.isoformat(), "policy_digest": policy.digest}
    append(connection, [
        AuditEvent(f"signal:{change.verb}", "signal", str(change.signal_id), ACTOR,
                   new={"rule_id": change.rule_id, "severity": change.severity, "customer_key": change.customer_key}, cause=cause)
        for change in changed
    ], at=at)  # fmt: skip
    ask_again(
        connection,
        [change.signal_id for change in changed if change.verb == "escalated"],
        actor=ACTOR,
        at=at,
        cause=cause,
    )
    raised = {change.customer_key for change in changed
              if change.customer_key is not None and change.verb != "cleared" and change.severity in {"alarm", "emergency"}}  # fmt: skip
    lapse_by_signals(connection, raised, actor=ACTOR, on_day=as_of, at=at, cause=cause)
    keys = {change.customer_key for change in changed if change.customer_key is not None}
    worsened = {
        change.customer_key for change in changed if change.rule_id == WORSENED and change.customer_key is not None
    }
    because = movers(services.instance, connection, worsened, policy)
    told = store.read_customers(connection, keys, on_day=as_of)
    customers = {key: replace(item, moved_by=because.get(key, ())) for key, item in told.items()}
    audience = on_duty(load_team(services.instance), as_of)
    enqueue(connection, events_for(changed, customers, policy, audience=audience, as_of=as_of), at=at)


def _counts(changed: Sequence[store.SignalChange], still_open: int) -> SignalCounts:
    verbs = [change.verb for change in changed]
    return SignalCounts(verbs.count("opened"), verbs.count("escalated"), verbs.count("cleared"), still_open)

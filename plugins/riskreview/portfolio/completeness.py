"""Owns the daily proof that every active customer was assessed from fresh data, or is listed with the reason why not."""

from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.database import transaction
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.policy.risk_terms import FLAGS
from riskreview.portfolio.results import CompletenessCounts
from riskreview.validation import people
from riskreview.validation.feeds import feed_states

ACTOR = "system:portfolio"


def prove_completeness(services: Services, *, as_of: date, run_id: int) -> CompletenessCounts:
    """Prove the completeness of the current assessment for a business date; another finding replaces the proof, the same changes nothing.

    Customers whom no reason of the data excuses are told to the data engineer on duty, once per date and number.
    """
    late = sorted({state.system for state in feed_states(services, as_of=as_of) if state.state in {"stale", "held"}})
    at = services.clock.now()
    with transaction(services.engine) as connection:
        found = _count(connection, as_of)
        counts = {name: int(found[name]) for name in CompletenessCounts.__slots__}
        stored = connection.execute(text(sql("portfolio", "read_proof")), {"as_of": as_of}).one_or_none()
        if stored is not None and stored.digest == found["digest"]:
            return CompletenessCounts(**counts)
        connection.execute(text(sql("portfolio", "remove_proof")), {"as_of": as_of})
        connection.execute(text(sql("portfolio", "write_proof")), {**found, "as_of": as_of, "run_id": run_id, "at": at})
        connection.execute(text(sql("portfolio", "write_cases")), {"as_of": as_of, "late": late})
        event = AuditEvent("portfolio:completeness_proven", "portfolio", as_of.isoformat(), ACTOR,
                           new={**counts, "digest": found["digest"]}, cause={"run_id": run_id})  # fmt: skip
        append(connection, [event], at=at)
        if counts["unexplained"]:
            enqueue(connection, [_gap(services, as_of, run_id, counts["unexplained"])], at=at)
    return CompletenessCounts(**counts)


def _count(connection: Connection, as_of: date) -> dict[str, Any]:  # a row
    bit = 1 << FLAGS.index("rate_missing")
    connection.execute(text(sql("portfolio", "create_active")), {"as_of": as_of, "rate_missing": bit})
    return dict(connection.execute(text(sql("portfolio", "count_active"))).mappings().one())


def _gap(services: Services, as_of: date, run_id: int, unexplained: int) -> OutboxEvent:
    facts = {"as_of": as_of.isoformat(), "count": unexplained, "stage": "recompute_risk"}
    told = people.audience(services.instance, as_of)
    return OutboxEvent(f"completeness_gap:{as_of}:{unexplained}", "completeness_gap", "run", str(run_id), "high", told, facts)  # fmt: skip

"""Owns the verbs of this room: examine every invariant, and record an examination so that somebody hears of what is broken."""

import time
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from riskreview.assessment import store as assessments
from riskreview.audit.verification import verify_whole
from riskreview.doctor.invariants import FACTS, INVARIANTS, LOG, Invariant
from riskreview.doctor.results import Examination, Finding, InvariantCounts
from riskreview.facts.files import FactFiles
from riskreview.facts.use_cases import current_pins
from riskreview.foundation.database import transaction
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.policy.risk_policy import load_policy
from riskreview.policy.risk_terms import RiskClass
from riskreview.policy.team import load_team
from riskreview.validation import people

SHOWN = 10
"""How many subjects of a broken invariant are named."""


def examine(services: Services, *, as_of: date) -> Examination:
    """Examine every invariant on one consistent view of the database; nothing is written."""
    with services.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        given = _given(services, connection, as_of)
        return Examination(as_of, tuple(_examine(services, connection, item, given) for item in INVARIANTS))


def check_invariants(services: Services, *, as_of: date, run_id: int) -> InvariantCounts:
    """Examine every invariant, keep the findings, and tell the data engineer on duty of what is broken, once per invariant and day."""
    found, at = examine(services, as_of=as_of), services.clock.now()
    with transaction(services.engine) as connection:
        rows = [{"run_id": run_id, "invariant": item.invariant.id, "broken": item.broken, "subjects": list(item.subjects), "at": at}
                for item in found.findings]  # fmt: skip
        connection.execute(text(sql("doctor", "write_findings")), rows)
        enqueue(connection, [_alarm(services, item, as_of, run_id) for item in found.broken], at=at)
    return InvariantCounts(len(found.findings), len(found.broken))


def _given(services: Services, connection: Connection, as_of: date) -> dict[str, Any]:  # parameters of statements
    head = assessments.read_head(connection)
    policy = (
        load_policy(services.instance) if head is None else assessments.used_policy(connection, head.policy_version)
    )
    high = [word.name for word in RiskClass if word >= RiskClass.high]
    interval = max(policy.cadence_months(word) for word in high)
    day = as_of if head is None else max(as_of, head.as_of)
    team = services.instance.configuration_file("policies", "team.yaml")
    persons = load_team(services.instance).persons if team.exists() else ()
    names = [name for person in persons for name in (person.id, *person.aliases)]
    return {"as_of": day, "now": services.clock.now(), "rules": list(policy.indicator_ids), "people": names, "persons": [person.id for person in persons],
            "interval_months": interval, "how_many": SHOWN}  # fmt: skip


def _examine(services: Services, connection: Connection, invariant: Invariant, given: Mapping[str, Any]) -> Finding:
    started = time.monotonic()
    if invariant.id in {LOG, FACTS}:
        subjects = _altered_events(connection) if invariant.id == LOG else _altered_facts(services, connection)
        return Finding(invariant, len(subjects), subjects[:SHOWN], time.monotonic() - started)
    rows = connection.execute(text(sql("doctor", invariant.id)), dict(given)).all()
    return Finding(
        invariant, int(rows[0].broken) if rows else 0, tuple(row.subject for row in rows), time.monotonic() - started
    )


def _altered_events(connection: Connection) -> tuple[str, ...]:
    found = verify_whole(connection)
    return () if found.first_bad is None else (str(found.first_bad),)


def _altered_facts(services: Services, connection: Connection) -> tuple[str, ...]:
    """Return the files that are not as they were; where all are, the tables in use that lack one or consist of others."""
    files = FactFiles(services, connection)
    versions = current_pins(services).versions
    return tuple(files.altered()) or tuple(name for name, version in versions.items() if files.problem({name: version}))


def _alarm(services: Services, found: Finding, as_of: date, run_id: int) -> OutboxEvent:
    invariant = found.invariant
    facts = {
        "invariant": invariant.id,
        "count": found.broken,
        "as_of": as_of.isoformat(),
        "source": ", ".join(found.subjects[:3]),
    }
    told = people.audience(services.instance, as_of)
    return OutboxEvent(
        f"invariant_broken:{invariant.id}:{as_of}", "invariant_broken", "run", str(run_id), "high", told, facts
    )

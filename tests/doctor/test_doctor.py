"""Every invariant is found broken where it is, and nothing is found broken where nothing is."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text
from tests.doctor.breaking import plant, take_constraints_away

from riskreview.audit.log import AuditEvent, append
from riskreview.doctor.invariants import INVARIANTS
from riskreview.doctor.use_cases import check_invariants, examine
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.services import Services
from riskreview.mechanisms.runs import recorded_run
from riskreview.validation import people

DAY = date(2026, 7, 1)
LONG_AGO = datetime.fromisoformat("2026-06-01T00:00:00+00:00")
Plant = Callable[..., None]


def break_duties(put: Plant) -> None:
    put("review", review_id=1, version=7, state="assigned", proposed_by="a", decided_by="a")
    put("review", review_id=2, version=7, state="assigned")
    put("review", review_id=3, policy_line="other", state="approved", approval_steps=2)
    put("review", review_id=4, state="approved", proposed_by="a", decided_by="b", approval_steps=1, approval_round=1)
    put("review_approval", review_id=4, round=1, step=1, state="approved", decided_by="a")
    put("measure_approval", measure_id=1, step=1, state="approved", decided_by="a")
    put("activation", activation_id=1, version=9, state="triggered")
    put("activation", activation_id=2, version=9, state="closed")
    put("step", step_key=1, activation_id=1, step_id="a", state="todo", owner="nobody")
    put("duty", duty_id=1, subject_type="review", subject_id="77", level=3, state="open", owner="nobody")
    put("duty", duty_id=2, subject_type="activation", subject_id="2", state="open", owner="nobody")
    put("duty", duty_id=3, state="done", level=1, closed_at=LONG_AGO)
    put("outbox_event", event_key="duty:3:1", created_at=LONG_AGO + timedelta(days=1))
    put("measure", measure_id=1, version=4, state="in_force", expires_on=LONG_AGO.date(), proposed_by="a")


def break_messages(put: Plant) -> None:
    put("outbox_event", outbox_id=70, event_key="late", audience=["a", "b"], expanded_at=LONG_AGO)
    put(
        "outbox_event",
        outbox_id=71,
        event_key="mail",
        facts=json.dumps({"to": "li.wei@example.com"}),
        created_at=LONG_AGO,
    )
    put("outbox_event", outbox_id=72, event_key="past", suppressed_reason="a look back")
    put("message_item", outbox_id=72, recipient="a")
    put("message", message_id=1, state="queued", next_at=LONG_AGO)
    put("message", message_id=2, state="dead", kind="signal_raised", recipient="a")
    put("message_attempt", message_id=1, attempt=1, outcome=None)
    put("message_attempt", message_id=2, attempt=1, outcome="accepted")
    put("message_attempt", message_id=2, attempt=2, outcome="accepted")


def break_facts(put: Plant) -> None:
    counted = {
        "validation": {
            "datasets": {"invoices": {"rows_in": 9, "skipped": 0, "accepted": 7, "duplicates": 0, "quarantined": 1}}
        }
    }
    put("batch", batch_id=5, state="held", counts=json.dumps(counted))
    put("fact_batch", batch_id=5, dataset="invoices", version=3)
    put("fact_table", dataset="payments", version=1)
    put("run", run_id=50, stage="watch", state="finished", ended_at="2026-07-01 00:00+00")
    put("assessment_head", only_row=True, as_of=DAY, run_id=50, policy_version="1", written_at="2026-07-01 00:00+00")
    for key in (1, 2, 3):
        put("customer", customer_key=key, known_at=LONG_AGO)
        put("account", account_key=key, customer_key=key, status="active")
    put("current_assessment", customer_key=1, run_id=99, as_of=DAY, risk_class=4, class_since=LONG_AGO.date(), data_state=1, alarms=1,
        warnings=1, valid_until="2027-01-01")  # fmt: skip
    put("current_assessment", customer_key=2, run_id=50, as_of=DAY, risk_class=4, class_since=LONG_AGO.date(), data_state=0,
        valid_until="2027-01-01")  # fmt: skip
    put("erasure", erasure_id=1, customer_key=3, state="erased", decided_by="x", decided_at=LONG_AGO)
    put("class_change", customer_key=1, as_of=DAY, run_id=99, old_class=5, new_class=4)


def broken(services: Services) -> set[str]:
    return {item.invariant.id for item in examine(services, as_of=DAY).broken}


def test_nothing_is_broken_in_a_new_instance(services: Services) -> None:
    assert broken(services) == set()


def test_every_invariant_is_found_broken_where_it_is(services: Services) -> None:
    with services.engine.begin() as connection:
        returned = AuditEvent("review:returned", "review", "3", "li.wei", new={"state": "in_analysis", "version": 2})
        append(
            connection,
            [AuditEvent("review:opened", "review", "8", "system:reviews"), returned],
            at=services.clock.now(),
        )
        connection.execute(text("ALTER TABLE audit_event DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE audit_event SET body = body || ' '"))
        register_policy(connection, services)
        take_constraints_away(connection)

        def put(name: str, **values: Any) -> None:
            plant(connection, name, **values)

        connection.execute(
            text(
                "INSERT INTO assessed_line (position, indicator_id, warning, alarm, line_set) VALUES (0, 'P1', 1, 2, 0)"
            )
        )
        for breaking in (break_duties, break_messages, break_facts):
            breaking(put)

    found = {item.invariant.id: item.subjects for item in examine(services, as_of=DAY).broken}
    assert {item.id for item in INVARIANTS} - set(found) == set()
    assert found["state_is_logged"] == ("review 3",)
    assert set(found["two_persons"]) == {"review 1", "review 4", "measure 1"}, "also of steps before the last one"


def register_policy(connection: Connection, services: Services) -> None:
    from riskreview.assessment import store
    from riskreview.policy.risk_policy import load_policy

    policy = load_policy(services.instance)
    store.register_policy(connection, policy, at=services.clock.now())
    connection.execute(text("UPDATE policy_version SET version = '1'"))


def test_the_engineer_hears_once_a_day_of_each_broken_invariant(services: Services, clock: FixedClock) -> None:
    with services.engine.begin() as connection:
        plant(connection, "run", run_id=900, state="running", started_at=LONG_AGO)
    for _ in range(2):
        with recorded_run(services, "check_invariants", business_key="check") as run:
            counts = check_invariants(services, as_of=DAY, run_id=run.run_id)

    with services.engine.connect() as connection:
        told = connection.execute(
            text("SELECT kind, audience, facts ->> 'invariant', facts ->> 'source' FROM outbox_event")
        ).all()
        kept = connection.execute(text("SELECT count(*), count(DISTINCT run_id) FROM invariant_finding")).one()
    assert counts.broken == 1
    assert [tuple(row) for row in told] == [
        ("invariant_broken", list(people.audience(services.instance, DAY)), "nothing_stuck", "run 900")
    ]
    assert tuple(kept) == (2 * len(INVARIANTS), 2)

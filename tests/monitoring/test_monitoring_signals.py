"""Signals against a real database: one per subject and rule, worse at once, cleared with a margin on fresh data, told once."""

from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import text
from tests.assessment.portfolios import AS_OF, frame
from tests.facts.batches import customer, publish
from tests.reviews.portfolio import merge

from riskreview.assessment.use_cases import assess_frame, assess_portfolio
from riskreview.facts.results import Contradiction
from riskreview.foundation import failpoints
from riskreview.monitoring.use_cases import WRITTEN, raise_found, raise_signals, raise_signals_of
from riskreview.validation.results import FeedState

pytestmark = pytest.mark.database
LATE = FeedState("receivables", "kingdee", "finance", ("invoices",), AS_OF, "stale")


def watch(services, *customers, days=0, feeds=(), contradictions=(), keys=None):
    """Assess the customers on a day and raise signals."""
    as_of = AS_OF + timedelta(days=days)
    known = frame(*customers, keys=keys)
    for key in known.customer_key.tolist():
        add_customer(services, key)
    assess_frame(services, known, feeds=feeds, as_of=as_of, run_id=days + 1)
    return raise_found(services, contradictions=contradictions, feeds=feeds, as_of=as_of, run_id=days + 1)


def add_customer(services, key):
    with services.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO customer (customer_key, customer_id, known_at) VALUES (:k, 'C' || :k, now()) ON CONFLICT DO NOTHING"
            ),
            {"k": key},
        )
        connection.execute(
            text("INSERT INTO account (account_key, system, account_id, customer_key, known_at)"
                 " VALUES (:k * 256, 'kingdee', 'A' || :k, :k, now()) ON CONFLICT DO NOTHING"),
            {"k": key},
        )  # fmt: skip


def rows(services, query, **values):
    with services.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def signals(services):
    query = "SELECT subject_id, rule_id, severity, state FROM signal ORDER BY subject_id, rule_id, signal_id"
    return rows(services, query)


def emergencies(services):
    return [row[1] for row in signals(services) if row[2] == "emergency"]


def test_a_good_customer_raises_nothing(services):
    counts = watch(services, {})

    assert (counts.opened, counts.open, signals(services)) == (0, 0, [])


def test_an_indicator_over_its_line_is_one_signal_with_its_value_and_line(services):
    counts = watch(services, {"P3": 12, "F1": 1.0})

    assert (counts.opened, counts.open) == (2, 2)
    found = rows(
        services, "SELECT rule_id, severity, value, line, evidence ->> 'risk_class' FROM signal ORDER BY rule_id"
    )
    assert found == [("F1", "alarm", 1.0, pytest.approx(1.1), "1"), ("P3", "warning", 12.0, 10.0, "1")]


def test_a_second_pass_over_the_same_assessment_changes_nothing(services):
    watch(services, {"P3": 12, "P1": 95}, {"C1": 1})
    before = [
        signals(services),
        rows(services, "SELECT * FROM audit_event"),
        rows(services, "SELECT * FROM outbox_event"),
    ]

    counts = raise_found(services, contradictions=(), feeds=(), as_of=AS_OF, run_id=99)

    assert (counts.opened, counts.escalated, counts.cleared) == (0, 0, 0)
    after = [
        signals(services),
        rows(services, "SELECT * FROM audit_event"),
        rows(services, "SELECT * FROM outbox_event"),
    ]
    assert after == before


def test_severity_only_rises_while_a_signal_is_open(services):
    watch(services, {"P3": 12})
    assert watch(services, {"P3": 35}, days=1).escalated == 1
    assert watch(services, {"P3": 12}, days=2).escalated == 0

    assert [row for row in signals(services) if row[1] == "P3"] == [("1", "P3", "alarm", "triggered")]


def test_a_signal_ends_below_its_line_less_ten_percent(services):
    watch(services, {"P3": 12})

    assert watch(services, {"P3": 9.5}, days=1).cleared == 0
    assert watch(services, {"P3": 8.9}, days=2).cleared == 1
    assert rows(services, "SELECT state, cleared_on FROM signal") == [("cleared", AS_OF + timedelta(days=2))]


def test_a_signal_may_come_again_after_it_ended(services):
    watch(services, {"P3": 12})
    watch(services, {}, days=1)

    assert watch(services, {"P3": 12}, days=2).opened == 1
    assert [row[3] for row in signals(services)] == ["cleared", "triggered"]


def test_nothing_ends_on_stale_or_missing_data(services):
    watch(services, {"P3": 12, "P1": 95})
    before = signals(services)

    watch(services, {}, days=1, feeds=(LATE,))
    assert [row for row in signals(services) if row[0] == "1"] == before
    watch(services, {"P3": float("nan"), "P1": float("nan")}, days=2)
    assert [row for row in signals(services) if row[0] == "1"] == before


def test_a_late_feed_holds_only_the_signals_of_rules_that_read_its_data(services):
    watch(services, {"P3": 12, "F1": 1.0}, {"F1": 1.0})

    late = watch(services, {}, {}, days=1, feeds=(LATE,))
    there = {(row[0], row[1]): row[3] for row in signals(services) if row[1] != "stale_feed"}
    come = watch(services, {}, {}, days=2)

    assert there == {("1", "F1"): "cleared", ("1", "P3"): "triggered", ("2", "F1"): "cleared"}
    assert (late.held_for_data, come.held_for_data) == (1, 0)
    assert {row[3] for row in signals(services)} == {"cleared"}


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        ({"P1": 91}, ["payment_default"]),
        ({"P1": 90}, []),
        ({"P1": 91, "overdue": 900, "exposure": 2_000}, []),
        ({"P1": 91, "overdue": 1_000, "exposure": 110_000}, []),
        ({"insolvency": 1}, ["insolvency"]),
        ({"C1": 1}, ["sanctions"]),
        ({"T4": 6, "P8": 85, "order_surge_confirmed": 1}, ["fraud_surge"]),
        ({"T4": 6, "P8": 85}, []),
        ({"T4": 6, "P8": 75}, []),
        ({"T4": 6, "P8": float("nan")}, []),
        ({"T1": -70, "order_drop_confirmed": 1}, ["order_collapse"]),
        ({"T1": -70}, []),
        ({"T2": -70, "T3": 2.5}, ["order_collapse"]),
        ({"T2": -70}, []),
        ({"T3": 2.5}, []),
        ({"F1": 0.5}, []),
        ({"F1": 0.5, "fraud": 1}, ["financial_deterioration"]),
        ({"F4": 1.05}, ["financial_deterioration"]),
        ({"E4": 12}, []),
        ({"E4": 12, "fraud": 1}, ["key_account"]),
        ({"P8": 115}, []),
        ({"restated": 1}, []),
    ],
)
def test_an_emergency_needs_all_its_conditions(services, customer, expected):
    watch(services, customer)

    assert emergencies(services) == expected


def test_a_collapse_ends_once_the_customer_is_dormant_and_owes_less_than_the_margin_leaves(services):
    fallen = {"T1": -100, "T2": -100, "T3": 9, "order_drop_confirmed": 1, "overdue": 0}
    watch(services, {**fallen, "exposure": 49})

    watch(services, {**fallen, "exposure": 49, "inactive": 1}, days=1)
    still = {row[1] for row in signals(services) if row[3] == "triggered"}
    watch(services, {**fallen, "exposure": 44, "inactive": 1}, days=2)

    assert still >= {"order_collapse", "T1", "T2", "T3"}
    assert {row[3] for row in signals(services)} == {"cleared"}


def test_a_dishonest_debtor_is_told_of_by_name_a_mere_lawsuit_is_not(services):
    watch(services, {"P10": 4, "dishonest_debtor": 1}, {"P10": 1})

    told = rows(
        services,
        "SELECT facts ->> 'rule_id', facts ->> 'customer_id', urgency FROM outbox_event WHERE kind = 'signal_raised' ",
    )
    assert ("dishonest_debtor", "C1", "high") in told
    assert {row[1] for row in told} == {"C1"}
    assert [(row[0], row[1], row[2]) for row in signals(services) if row[0] == "2"] == [("2", "P10", "warning")]


def test_other_special_rules_are_not_emergencies(services):
    watch(services, {"P8": 115}, {"restated": 1})

    assert {row[1:3] for row in signals(services)} == {
        ("P8", "alarm"),
        ("overexposure", "alarm"),
        ("restatement", "alarm"),
    }


def test_contagion_reaches_the_other_members_of_the_group_only(services):
    for key in (1, 2, 3):
        add_customer(services, key)
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE customer SET group_id = 'G' WHERE customer_key < 3"))

    watch(services, {"P1": 95}, {}, {})

    assert [(row[0], row[1]) for row in signals(services) if row[2] == "emergency"] == [
        ("1", "payment_default"), ("2", "group_contagion"),
    ]  # fmt: skip


def test_a_worsened_class_is_a_signal_until_it_is_better(services):
    watch(services, {})
    watch(services, {"P1": 61}, days=1)
    state = lambda: [row[3] for row in signals(services) if row[1] == "class_worsened"]  # noqa: E731
    assert state() == ["triggered"]
    watch(services, {}, days=2)
    assert state() == ["triggered"]

    watch(services, {}, days=63)

    assert state() == ["cleared"]


def test_contradictions_and_feeds_are_signals_of_their_subject(services):
    contradiction = Contradiction(1, "payment_terms_days", {"kingdee": "30", "zoho": "90"})
    held = FeedState("orders", "zoho", "crm", ("orders",), AS_OF, "held")
    never = FeedState("bureau", "bureau", "crm", ("external_signals",), None, "never")

    watch(services, {}, contradictions=(contradiction,), feeds=(LATE, held, never))

    assert signals(services) == [
        ("1", "contradiction", "warning", "triggered"),
        ("orders", "stale_feed", "alarm", "triggered"),
        ("receivables", "stale_feed", "warning", "triggered"),
    ]
    [(evidence,)] = rows(services, "SELECT evidence FROM signal WHERE rule_id = 'contradiction'")
    assert evidence["attributes"] == {"payment_terms_days": ["kingdee", "zoho"]}
    assert evidence["said"] == {
        "en": ["kingdee and zoho give different payment terms"],
        "zh": ["kingdee、zoho 的付款条件不一致"],
    }

    counts = watch(services, {}, days=1)
    assert (counts.cleared, counts.open) == (3, 0)


def test_a_late_feed_that_is_then_held_gets_more_severe(services):
    watch(services, {}, feeds=(LATE,))
    held = FeedState("receivables", "kingdee", "finance", ("invoices",), AS_OF, "held")

    assert watch(services, {}, days=1, feeds=(held,)).escalated == 1


def test_emergencies_are_told_one_by_one_alarms_once_per_bad_customer_and_the_rest_in_one_digest(services):
    watch(services, {"P1": 95, "P3": 40, "P5": 60}, {"P3": 12}, {"P3": 40}, {"P4": 8})

    events = rows(
        services,
        "SELECT kind, urgency, audience, facts ->> 'customer_id', facts ->> 'rule_id', facts ->> 'count' FROM outbox_event",
    )
    told = sorted((kind, urgency, customer, rule, count) for kind, urgency, _, customer, rule, count in events)
    assert told == [
        ("signal_raised", "critical", "C1", "payment_default", "1"),
        ("signal_raised", "high", "C1", "P1", "3"),
        ("signals_digest", "normal", None, None, "3"),
    ]
    assert all(event[2] for event in events)


def test_messages_and_audit_hold_ids_only(services):
    watch(services, {"P1": 95, "exposure": 7_654_321.0, "overdue": 7_000_000.0})

    text_of = str(rows(services, "SELECT facts FROM outbox_event")) + str(
        rows(services, "SELECT convert_from(body, 'UTF8') FROM audit_event")
    )
    assert "7654321" not in text_of
    assert "7000000" not in text_of


def test_nothing_remains_of_a_pass_that_failed(services, monkeypatch):
    monkeypatch.setenv("RISKREVIEW_FAILPOINT", f"{WRITTEN}:1:raise")
    failpoints._hits.clear()
    with pytest.raises(failpoints.InjectedFault):
        watch(services, {"P1": 95})
    assert signals(services) == []
    monkeypatch.delenv("RISKREVIEW_FAILPOINT")

    assert raise_found(services, contradictions=(), feeds=(), as_of=AS_OF, run_id=5).opened == 2


def test_a_date_before_the_current_assessment_changes_no_signal(services):
    watch(services, {"P3": 12}, days=5)

    counts = raise_found(services, contradictions=(), feeds=(), as_of=AS_OF, run_id=9)

    assert (counts.opened, counts.cleared, counts.open) == (0, 0, 1)


def test_signals_of_a_customer_that_was_taken_over_are_its_survivors_once(services):
    watch(services, {"P1": 45}, {"P1": 70, "P4": 50}, keys=(1, 2))
    before = {row[:3] for row in signals(services)}
    assert ("1", "P1", "warning") in before
    assert ("2", "P1", "alarm") in before
    assert ("2", "P4", "alarm") in before
    merge(services, 1, 2)
    told = rows(services, "SELECT count(*) FROM outbox_event")

    for day in (1, 2):
        watch(services, {"P1": 70, "P4": 50}, keys=(1,), days=day)

    standing = [row for row in signals(services) if row[3] != "cleared"]
    assert {row[0] for row in standing} == {"1"}
    assert {row[1:3] for row in standing} >= {("P1", "alarm"), ("P4", "alarm")}
    moves = "SELECT action, count(*) FROM audit_event WHERE action IN ('signal:moved', 'signal:cleared') GROUP BY 1 ORDER BY 1"
    assert dict(rows(services, moves))["signal:cleared"] == 1
    assert rows(services, "SELECT count(*) FROM outbox_event") == told


def test_who_is_told_of_a_worsened_class_hears_by_what_it_worsened_and_no_amount(services):
    watch(services, {"P2": 12})
    watch(services, {"P2": 12, "P1": 75, "T2": -40, "P8": 40}, days=1)

    told = rows(
        services, "SELECT facts FROM outbox_event WHERE kind = 'signal_raised' AND facts ->> 'risk_class' = 'critical'"
    )
    assert told
    for (facts,) in told:
        assert facts["moved_by"] == ["P1", "T2"]
        assert not {"exposure", "overdue", "limit_amount", "name"} & set(facts)


def test_an_event_opens_and_clears_the_contradictions_of_whom_it_is_about_and_of_nobody_else(services):
    told(services, "erp", 1, ("A", 30), ("B", 30), ("C", 30))
    told(services, "crm", 1, ("A", 30), ("B", 30), ("C", 90))
    assess_portfolio(services, as_of=AS_OF, run_id=1)
    raise_signals(services, as_of=AS_OF, run_id=1)
    a, b, c = (
        row[0] for row in rows(services, "SELECT customer_key FROM account WHERE system = 'erp' ORDER BY account_id")
    )

    told(services, "crm", 2, ("A", 60), ("B", 60), ("C", 30))
    judged = raise_signals_of(services, np.array([a]), as_of=AS_OF, run_id=2)
    assert (judged.opened, judged.cleared, contradicted(services)) == (1, 0, {str(a), str(c)})

    told(services, "crm", 3, ("A", 30))
    judged = raise_signals_of(services, np.array([a]), as_of=AS_OF, run_id=3)
    assert (judged.opened, judged.cleared, contradicted(services)) == (0, 1, {str(c)})
    raise_signals(services, as_of=AS_OF, run_id=4)
    assert contradicted(services) == {str(b)}


def told(services, system, number, *customers):
    content = [customer(f"{system}{who}", tax_id=f"TAX-{who}-0001", payment_terms_days=days) for who, days in customers]
    publish(services, {"customers": content}, as_of=AS_OF, system=system, source=f"{system}_{number}")


def contradicted(services):
    found = rows(services, "SELECT subject_id FROM signal WHERE rule_id = 'contradiction' AND state <> 'cleared'")
    return {subject for (subject,) in found}

"""Signals as a worked list: taken, put off within the policy, woken by the day or by getting worse, closed with an outcome."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.assessment.portfolios import AS_OF
from tests.monitoring.test_monitoring_signals import rows, watch

from riskreview.audit.log import verify
from riskreview.foundation.clock import midnight_utc
from riskreview.foundation.errors import Conflict, NotFound, RuleViolation
from riskreview.mechanisms.lifecycle import apply
from riskreview.monitoring.desk import acknowledge, close, snooze, wake
from riskreview.monitoring.lifecycle import HANDLER, SIGNAL
from riskreview.monitoring.waking import wake_due
from riskreview.monitoring.worklist import list_signals, rule_outcomes, show_signal

pytestmark = pytest.mark.database
OWNER, SALES, MANAGER, CFO, ENGINEER = "wang.fang", "li.wei", "zhao.min", "yang.li", "qian.bo"
WHY = "we spoke with their accountant"


@pytest.fixture
def desk(services):
    """Customer 1 has a warning (P3), an alarm (P5) and an emergency (payment default); the clock stands at the day of the assessment."""
    services.clock.moment = midnight_utc(AS_OF)
    watch(services, {"P3": 12, "P5": 60, "P1": 95})
    return services


def number(services, rule):
    return rows(services, "SELECT signal_id FROM signal WHERE rule_id = :rule", rule=rule)[0][0]


def state(services, rule):
    return rows(services, "SELECT state FROM signal WHERE rule_id = :rule", rule=rule)[0][0]


def owned_by(services, user):
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE customer SET owner_user = :user"), {"user": user})


def later(services, days):
    services.clock.moment = midnight_utc(AS_OF + timedelta(days=days))
    return AS_OF + timedelta(days=days)


def told(services, kind):
    return rows(services, "SELECT audience, facts ->> 'rule_id' FROM outbox_event WHERE kind = :kind", kind=kind)


def test_whoever_takes_a_signal_is_its_handler(desk):
    found = acknowledge(desk, signal_id=number(desk, "P3"), actor="u-1001")

    assert (found.state, found.version) == ("under_review", 2)
    assert rows(desk, "SELECT handler FROM signal WHERE rule_id = 'P3'") == [(OWNER,)]
    with desk.engine.connect() as connection:
        shown = show_signal(connection, number(desk, "P3"))
    assert [event["action"] for event in shown["history"]] == ["signal:opened", "signal:acknowledged"]


@pytest.mark.parametrize(
    ("person", "may"), [(OWNER, True), (MANAGER, True), (ENGINEER, False), (SALES, False), ("nobody", False)]
)
def test_a_signal_is_worked_on_by_its_roles_alone(desk, person, may):
    if may:
        assert acknowledge(desk, signal_id=number(desk, "P3"), actor=person).state == "under_review"
    else:
        with pytest.raises(RuleViolation):
            acknowledge(desk, signal_id=number(desk, "P3"), actor=person)
        assert state(desk, "P3") == "triggered"


def test_the_owner_of_the_customer_may_whatever_the_roles(desk):
    owned_by(desk, "u-2001")

    assert acknowledge(desk, signal_id=number(desk, "P5"), actor=SALES).state == "under_review"
    with pytest.raises(RuleViolation, match="closed as a false positive by"):
        close(desk, signal_id=number(desk, "P5"), outcome="false_positive", reason=WHY, actor=SALES)


def test_a_snoozed_signal_asks_for_nothing_until_its_day(desk):
    snooze(desk, signal_id=number(desk, "P3"), until=AS_OF + timedelta(days=10), reason=WHY, actor=OWNER)

    assert watch(desk, {"P3": 12, "P5": 60, "P1": 95}, days=9).open == 3
    assert state(desk, "P3") == "snoozed"
    assert wake_due(desk, on_day=later(desk, 9)) == 0
    assert (wake_due(desk, on_day=later(desk, 10)), wake_due(desk, on_day=later(desk, 10))) == (1, 0)
    assert state(desk, "P3") == "triggered"
    assert told(desk, "signal_woken") == [([OWNER], "P3")]


def test_the_daily_watch_wakes_as_well(desk):
    snooze(desk, signal_id=number(desk, "P3"), until=AS_OF + timedelta(days=1), reason=WHY, actor=OWNER)

    watch(desk, {"P3": 12, "P5": 60, "P1": 95}, days=1)

    assert state(desk, "P3") == "triggered"


def test_a_snoozed_signal_that_gets_worse_wakes_and_is_told_and_there_is_still_one(desk):
    snooze(desk, signal_id=number(desk, "P3"), until=AS_OF + timedelta(days=80), reason=WHY, actor=OWNER)

    counts = watch(desk, {"P3": 35, "P5": 60, "P1": 95}, days=1)

    assert counts.escalated == 1
    assert rows(desk, "SELECT severity, state, first_snoozed_on FROM signal WHERE rule_id = 'P3'") == [
        ("alarm", "triggered", None)
    ]
    assert ([OWNER], "P3") in told(desk, "signal_raised")


def test_a_signal_under_review_that_gets_worse_is_escalated(desk):
    acknowledge(desk, signal_id=number(desk, "P3"), actor=OWNER)

    watch(desk, {"P3": 35, "P5": 60, "P1": 95}, days=1)

    assert state(desk, "P3") == "escalated"
    assert acknowledge(desk, signal_id=number(desk, "P3"), actor=MANAGER).state == "under_review"


@pytest.mark.parametrize(
    ("rule", "days", "words"),
    [
        ("payment_default", 1, "may not be put off"),
        ("P5", 31, "30 days in all"),
        ("P3", 91, "90 days in all"),
        ("P3", 0, "after today"),
    ],
)
def test_nothing_is_put_off_longer_than_the_policy_says(desk, rule, days, words):
    with pytest.raises(RuleViolation, match=words):
        snooze(desk, signal_id=number(desk, rule), until=AS_OF + timedelta(days=days), reason=WHY, actor=OWNER)
    assert state(desk, rule) == "triggered"


def test_putting_off_again_does_not_start_anew(desk):
    snooze(desk, signal_id=number(desk, "P5"), until=AS_OF + timedelta(days=20), reason=WHY, actor=OWNER)
    wake_due(desk, on_day=later(desk, 20))

    with pytest.raises(RuleViolation, match="30 days in all"):
        snooze(desk, signal_id=number(desk, "P5"), until=AS_OF + timedelta(days=31), reason=WHY, actor=OWNER)
    assert (
        snooze(desk, signal_id=number(desk, "P5"), until=AS_OF + timedelta(days=30), reason=WHY, actor=OWNER).state
        == "snoozed"
    )


@pytest.mark.parametrize("reason", ["", "later   "])
def test_a_reason_says_something(desk, reason):
    with pytest.raises(RuleViolation, match="at least 10 characters"):
        snooze(desk, signal_id=number(desk, "P3"), until=AS_OF + timedelta(days=2), reason=reason, actor=OWNER)
    with pytest.raises(RuleViolation, match="at least 10 characters"):
        close(desk, signal_id=number(desk, "P3"), outcome="useful_alert", reason=reason, actor=OWNER)


def test_who_put_a_signal_off_hears_that_another_woke_it(desk):
    snooze(desk, signal_id=number(desk, "P3"), until=AS_OF + timedelta(days=5), reason=WHY, actor=MANAGER)

    assert wake(desk, signal_id=number(desk, "P3"), actor=OWNER).state == "triggered"
    assert told(desk, "signal_woken") == [([MANAGER], "P3")]
    assert wake_due(desk, on_day=later(desk, 6)) == 0


def test_a_closed_signal_is_not_raised_again_while_its_cause_lasts_but_opens_when_it_gets_worse(desk):
    close(desk, signal_id=number(desk, "P3"), outcome="false_positive", reason=WHY, actor=OWNER)
    assert watch(desk, {"P3": 13, "P5": 60, "P1": 95}, days=1).opened == 0
    assert state(desk, "P3") == "dismissed"

    watch(desk, {"P3": 35, "P5": 60, "P1": 95}, days=2)

    assert rows(desk, "SELECT severity, state, outcome, closed_by FROM signal WHERE rule_id = 'P3'") == [
        ("alarm", "triggered", None, None)
    ]


def test_outcomes_are_kept_for_the_judgement_of_rules(desk):
    close(desk, signal_id=number(desk, "P3"), outcome="false_positive", reason=WHY, actor=OWNER)
    watch(desk, {"P3": 35, "P5": 60, "P1": 95}, days=2)
    later(desk, 4)
    close(desk, signal_id=number(desk, "P3"), outcome="confirmed_risk", reason=WHY, actor=OWNER)

    with desk.engine.connect() as connection:
        found = rule_outcomes(connection, since=AS_OF)
        assert rule_outcomes(connection, since=AS_OF + timedelta(days=1)) == []
    kept = [
        (row["rule_id"], row["severity"], row["closed"], row["false_positive_share"], row["days_to_close"])
        for row in found
    ]
    assert kept == [("P3", "warning", 1, 1.0, 0), ("P3", "alarm", 1, 0.0, 4)]


def test_an_emergency_is_no_false_positive_by_one_person(desk):
    emergency = number(desk, "payment_default")
    with pytest.raises(RuleViolation, match="closed as a false positive by"):
        close(desk, signal_id=emergency, outcome="false_positive", reason=WHY, actor=OWNER)
    with pytest.raises(RuleViolation, match="another person"):
        close(desk, signal_id=emergency, outcome="false_positive", reason=WHY, actor=MANAGER)
    acknowledge(desk, signal_id=emergency, actor=MANAGER)
    with pytest.raises(RuleViolation, match="another person"):
        close(desk, signal_id=emergency, outcome="false_positive", reason=WHY, actor=MANAGER)
    assert rows(desk, "SELECT count(*) FROM signal_outcome") == [(0,)]

    assert close(desk, signal_id=emergency, outcome="false_positive", reason=WHY, actor=CFO).state == "dismissed"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE signal SET state = 'snoozed'",
        "UPDATE signal SET state = 'dismissed'",
        "UPDATE signal SET state = 'dismissed', outcome = 'useful_alert', closed_by = 'a', closed_on = opened_on, close_reason = 'b'",
    ],
)
def test_the_database_refuses_what_nobody_said(desk, change):
    with pytest.raises(IntegrityError), desk.engine.begin() as connection:
        connection.execute(text(change))


def test_two_people_at_once_do_not_overwrite_each_other(desk):
    signal = number(desk, "P3")
    acknowledge(desk, signal_id=signal, actor=OWNER)

    with pytest.raises(Conflict), desk.engine.begin() as connection:
        apply(connection, SIGNAL, "snooze", signal, version=1, actor=MANAGER, roles=(HANDLER,), at=desk.clock.now())
    with pytest.raises(NotFound):
        acknowledge(desk, signal_id=999_999, actor=OWNER)


def test_a_closed_signal_ends_when_its_cause_does(desk):
    close(desk, signal_id=number(desk, "P3"), outcome="confirmed_risk", reason=WHY, actor=OWNER)

    watch(desk, {"P5": 60, "P1": 95}, days=1)

    assert rows(desk, "SELECT state, outcome FROM signal WHERE rule_id = 'P3'") == [("cleared", "confirmed_risk")]


def test_the_list_shows_the_worst_first_and_what_is_asked_for(desk):
    owned_by(desk, "u-1001")
    close(desk, signal_id=number(desk, "P5"), outcome="useful_alert", reason=WHY, actor=OWNER)

    with desk.engine.connect() as connection:
        listed = [row["rule_id"] for row in list_signals(connection, owner_users=("wang.fang", "u-1001"))]
        assert (listed[0], listed[-1], "P5" in listed) == ("payment_default", "P3", False)
        assert list_signals(connection, owner_users=("u-2001",)) == []
        assert [row["rule_id"] for row in list_signals(connection, state="confirmed")] == ["P5"]


def test_every_act_is_in_the_log_and_told_without_its_reason(desk):
    snooze(
        desk,
        signal_id=number(desk, "P3"),
        until=AS_OF + timedelta(days=5),
        reason="their bank told me in secret",
        actor=MANAGER,
    )

    assert told(desk, "signal_snoozed") == [([OWNER], "P3")]
    assert "secret" not in str(rows(desk, "SELECT facts FROM outbox_event"))
    with desk.engine.connect() as connection:
        found = verify(connection)
    assert found.events == found.verified

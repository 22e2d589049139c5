"""How often a customer is reviewed: by class, exposure and event, by agreement, counted from the calendar or from the last review."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.reviews.portfolio import add_customers, change_class, raise_signal, rows

from riskreview.audit.log import verify
from riskreview.foundation.clock import FixedClock, midnight_utc
from riskreview.foundation.errors import Conflict, NotFound, RuleViolation
from riskreview.foundation.instance import PACKAGED
from riskreview.foundation.services import Services
from riskreview.policy.fiscal import add_months
from riskreview.reviews import cadence_overrides
from riskreview.reviews.use_cases import open_due_reviews

pytestmark = pytest.mark.database
JULY = date(2026, 7, 1)
LOW, MEDIUM, HIGH, CRITICAL = 1, 2, 3, 4
OWNER, OTHER = "wang.fang", "yang.li"


def lines(services: Services) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in rows(
        services.engine, "SELECT customer_key, policy_line, period_key, cadence_because FROM review ORDER BY review_id")]  # fmt: skip


def policy(services: Services, *changes: tuple[str, str]) -> None:
    content = (PACKAGED / "policies" / "reviews.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in content
        content = content.replace(old, new)
    (services.instance.home / "policies" / "reviews.yaml").write_text(content, encoding="utf-8")


def close(services: Services, on: date) -> None:
    """Close every open review as people would have, in one statement."""
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE review SET state = 'closed', closed_by = 'x', closed_at = :at"
                                " WHERE state NOT IN ('closed', 'cancelled')"), {"at": midnight_utc(on) + timedelta(hours=4)})  # fmt: skip


def test_exposure_and_events_bring_the_next_review_nearer(services: Services) -> None:
    customers = [{"customer_key": 1, "risk_class": MEDIUM, "exposure": 2e7}, {"customer_key": 2, "risk_class": MEDIUM, "exposure": 1.9e7},
                 {"customer_key": 3, "risk_class": HIGH}, {"customer_key": 4, "risk_class": HIGH},
                 {"customer_key": 5, "risk_class": LOW, "exposure": 9e9}]  # fmt: skip
    add_customers(services.engine, customers, as_of=JULY)
    raise_signal(services.engine, 3, "payment_default", on=date(2026, 5, 2))
    raise_signal(services.engine, 4, "payment_default", on=date(2026, 3, 2))

    open_due_reviews(services, as_of=JULY, run_id=1)

    assert lines(services) == [
        (1, "quarterly", "2026Q3", "closer:1"), (2, "semi_annual", "2026H2", "class"), (3, "monthly", "2026M07", "closer:2"),
        (4, "quarterly", "2026Q3", "class"),
    ]  # fmt: skip


def test_counted_from_the_last_review_nothing_is_due_before_and_everything_after_once(services: Services) -> None:
    policy(services, ("anchor: fixed", "anchor: last_completed"))
    add_customers(
        services.engine, [{"customer_key": 1, "risk_class": HIGH, "class_since": date(2026, 5, 3)}], as_of=JULY
    )
    opened = [open_due_reviews(services, as_of=JULY + timedelta(days=n), run_id=n).opened for n in (0, 40, 100)]
    close(services, date(2026, 8, 31))

    later = [open_due_reviews(services, as_of=day, run_id=9).opened for day in (
        date(2026, 11, 29), date(2026, 11, 30), date(2026, 12, 1), date(2027, 1, 9))]  # fmt: skip

    assert (opened, later) == ([1, 0, 0], [0, 1, 0, 0])
    assert [row[2] for row in lines(services)] == ["2026-05-03", "2026-11-30"]


def test_worsening_pulls_the_next_review_forward_when_counted_from_the_last(services: Services) -> None:
    policy(services, ("anchor: fixed", "anchor: last_completed"))
    add_customers(services.engine, [{"customer_key": 1, "risk_class": MEDIUM}], as_of=JULY)
    open_due_reviews(services, as_of=JULY, run_id=1)
    close(services, JULY)
    change_class(services.engine, 1, old=MEDIUM, new=HIGH, on=date(2026, 9, 1))

    event = open_due_reviews(services, as_of=date(2026, 9, 1), run_id=2).opened
    close(services, date(2026, 9, 5))

    assert event == 1
    assert open_due_reviews(services, as_of=date(2026, 9, 30), run_id=3).opened == 0
    assert open_due_reviews(services, as_of=date(2026, 10, 1), run_id=4).opened == 1


def test_a_review_an_event_opened_stands_for_the_periodic_one_where_the_policy_says_so(services: Services) -> None:
    policy(services, ("event_review_counts: false", "event_review_counts: true"))
    add_customers(services.engine, [{"customer_key": 1, "risk_class": LOW}], as_of=JULY)
    raise_signal(services.engine, 1, "key_account", on=date(2026, 7, 6))
    open_due_reviews(services, as_of=date(2026, 7, 6), run_id=1)
    change_class(services.engine, 1, old=LOW, new=MEDIUM, on=date(2026, 7, 20))

    opened = [open_due_reviews(services, as_of=day, run_id=2).opened for day in (date(2026, 7, 20), date(2027, 1, 1))]

    assert opened == [0, 1]


def test_a_review_of_the_same_occasion_stands_whatever_it_says_it_covers_and_the_others_open(
    services: Services,
) -> None:
    add_customers(services.engine, [{"customer_key": n, "risk_class": LOW} for n in (1, 2)], as_of=JULY)
    raise_signal(services.engine, 1, "key_account", on=date(2026, 7, 6))
    first = open_due_reviews(services, as_of=date(2026, 7, 6), run_id=1).opened
    with services.engine.begin() as connection:  # as versions before the list of causes stored it
        connection.execute(text("ALTER TABLE review DISABLE TRIGGER review_kept"))
        connection.execute(text("UPDATE review SET causes = '{}', state = 'closed' WHERE kind = 'event'"))
        connection.execute(text("ALTER TABLE review ENABLE TRIGGER review_kept"))
    raise_signal(services.engine, 2, "key_account", on=date(2026, 7, 7))

    second = open_due_reviews(services, as_of=date(2026, 7, 7), run_id=2).opened

    found = rows(
        services.engine, "SELECT customer_key, policy_line, period_key FROM review WHERE kind = 'event' ORDER BY 1"
    )
    assert (first, second) == (1, 1)
    assert [tuple(row.values()) for row in found] == [(1, "event.key_account", "2026-07-06"), (2, "event.key_account", "2026-07-07")]  # fmt: skip


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.integers(1, 60), min_size=1, max_size=12), day=st.integers(1, 31))
def test_whatever_was_missed_the_count_starts_from_the_last_closing_without_drift(
    services: Services, steps: list[int], day: int
) -> None:
    policy(services, ("anchor: fixed", "anchor: last_completed"))
    with services.engine.begin() as connection:
        connection.execute(
            text("TRUNCATE review CASCADE; DELETE FROM duty; TRUNCATE current_assessment; DELETE FROM customer")
        )
    add_customers(services.engine, [{"customer_key": 1, "risk_class": HIGH}], as_of=date(2026, 1, day))
    expected, today = date(2026, 1, day), date(2026, 1, day)
    for number, step in enumerate(steps):
        today += timedelta(days=step)
        is_due = today >= expected
        assert open_due_reviews(services, as_of=today, run_id=number).opened == is_due
        if is_due:
            assert lines(services)[-1][2] == str(expected)
            close(services, today)
            expected = add_months(today, 3)


def agreed(services: Services, months: int, *, actor: str = OWNER, **more: object) -> cadence_overrides.ProposedCadence:
    return cadence_overrides.propose(
        services, customer_key=1, every_months=months, reason="The bank asks for it.", actor=actor, **more
    )  # type: ignore[arg-type]  # the keywords of the use case


def test_while_a_review_is_overdue_a_customer_is_not_agreed_to_be_reviewed_less(
    services: Services, clock: FixedClock
) -> None:
    add_customers(services.engine, [{"customer_key": 1, "risk_class": HIGH}], as_of=JULY)
    open_due_reviews(services, as_of=JULY, run_id=1)
    waiting = agreed(services, 6)
    clock.moment += timedelta(days=120)

    with pytest.raises(RuleViolation, match=r"rhythm \d+ of 6 months waits: review \d+ of customer C000001 is overdue"):
        cadence_overrides.approve(services, cadence_id=waiting.cadence_id, actor=OTHER, reason="Agreed.")
    close(services, JULY + timedelta(days=120))
    assert cadence_overrides.approve(services, cadence_id=waiting.cadence_id, actor=OTHER, reason="Agreed.") == 2


def test_a_person_alone_may_ask_for_more_reviews_and_two_for_fewer(services: Services) -> None:
    add_customers(services.engine, [{"customer_key": 1, "risk_class": HIGH}], as_of=JULY)

    assert agreed(services, 1).state == "active"
    waiting = agreed(services, 6)

    assert waiting.state == "proposed"
    with pytest.raises(RuleViolation, match="only"):
        cadence_overrides.approve(services, cadence_id=waiting.cadence_id, actor=OWNER, reason="Yes.")
    cadence_overrides.approve(services, cadence_id=waiting.cadence_id, actor=OTHER, reason="Yes.")
    open_due_reviews(services, as_of=JULY, run_id=1)
    assert lines(services) == [(1, "semi_annual", "2026H2", f"override:{waiting.cadence_id}")]
    assert [row["state"] for row in rows(services.engine, "SELECT state FROM review_cadence ORDER BY 1")] == [
        "active",
        "ended",
    ]
    assert {
        row["state"] for row in rows(services.engine, "SELECT state FROM duty WHERE kind = 'cadence_decision'")
    } == {"done"}
    with services.engine.connect() as connection:
        assert verify(connection).problem == ""


def test_an_approver_cannot_decide_on_an_own_proposal_not_even_in_the_database(services: Services) -> None:
    add_customers(services.engine, [{"customer_key": 1, "risk_class": HIGH}], as_of=JULY)
    waiting = agreed(services, 12, actor="zhao.min")

    with pytest.raises(RuleViolation, match="another person must"):
        cadence_overrides.approve(services, cadence_id=waiting.cadence_id, actor="zhao.min", reason="Fine.")
    for change in ("decided_by = 'zhao.min'", "state = 'active'", "needs_two = false"):
        with pytest.raises(IntegrityError), services.engine.begin() as connection:
            connection.execute(text(f"UPDATE review_cadence SET {change}"))  # noqa: S608  a fixed list


def test_fewer_reviews_hold_only_while_the_class_is_no_worse_and_until_their_last_day(
    services: Services, clock: FixedClock
) -> None:
    add_customers(services.engine, [{"customer_key": 1, "risk_class": HIGH}], as_of=JULY)
    waiting = agreed(services, 12, valid_until=date(2026, 12, 31))
    cadence_overrides.approve(services, cadence_id=waiting.cadence_id, actor=OTHER, reason="Yes.")
    open_due_reviews(services, as_of=JULY, run_id=1)
    close(services, date(2026, 7, 9))

    clock.moment = midnight_utc(date(2026, 10, 1))
    assert open_due_reviews(services, as_of=date(2026, 10, 1), run_id=2).opened == 0
    change_class(services.engine, 1, old=HIGH, new=CRITICAL, on=date(2026, 10, 2))
    assert open_due_reviews(services, as_of=date(2026, 10, 2), run_id=3).opened == 1
    assert lines(services)[-1] == (1, "quarterly", "2026Q4", "class")
    open_due_reviews(services, as_of=date(2027, 1, 1), run_id=4)
    assert rows(services.engine, "SELECT state FROM review_cadence") == [{"state": "ended"}]


def test_a_rhythm_needs_a_person_a_reason_bounds_and_an_assessed_customer(services: Services) -> None:
    add_customers(services.engine, [{"customer_key": 1, "risk_class": HIGH}], as_of=JULY)

    for months, more in (
        (0, {}),
        (37, {}),
        (1, {"actor": "stranger"}),
        (1, {"valid_until": date(2031, 1, 1)}),
        (1, {"valid_until": date(2026, 6, 1)}),
    ):
        with pytest.raises(RuleViolation):
            agreed(services, months, **more)  # type: ignore[arg-type]  # the keywords of the use case
    with pytest.raises(RuleViolation, match="reason"):
        cadence_overrides.propose(services, customer_key=1, every_months=1, reason=" ", actor=OWNER)
    with pytest.raises(NotFound):
        cadence_overrides.propose(services, customer_key=7, every_months=1, reason="x", actor=OWNER)
    agreed(services, 6)
    with pytest.raises(Conflict, match="waits for a decision"):
        agreed(services, 12)


def test_after_a_merge_an_agreement_counts_for_the_one_that_lives_on_only_where_it_is_oftener(
    services: Services,
) -> None:
    add_customers(services.engine, [{"customer_key": key, "risk_class": HIGH} for key in (1, 2)], as_of=JULY)
    agreed(services, 1)
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE customer SET merged_into = 2 WHERE customer_key = 1"))

    open_due_reviews(services, as_of=JULY, run_id=1)
    assert lines(services) == [(2, "monthly", "2026M07", "override:1")]

    with services.engine.begin() as connection:
        connection.execute(text("DELETE FROM review"))
        connection.execute(text("UPDATE review_cadence SET every_months = 12, needs_two = true, decided_by = 'x'"))
    open_due_reviews(services, as_of=JULY, run_id=2)
    assert lines(services) == [(2, "quarterly", "2026Q3", "class")]

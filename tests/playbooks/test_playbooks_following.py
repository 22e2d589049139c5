"""Activations of a customer that another one took over go on there, each playbook once."""

from datetime import date, timedelta

import pytest
from tests.reviews.portfolio import add_customers, merge, raise_signal, rows

from riskreview.foundation.clock import FixedClock
from riskreview.foundation.services import Services
from riskreview.playbooks.use_cases import activate_playbooks

pytestmark = pytest.mark.database
JULY = date(2026, 7, 1)


def activations(services: Services) -> list[tuple[object, ...]]:
    query = "SELECT customer_key, playbook_id, state, trigger_key FROM activation ORDER BY activation_id"
    return [tuple(row.values()) for row in rows(services.engine, query)]


def activate(services: Services, clock: FixedClock, *signals: tuple[int, str]) -> None:
    for key, rule in signals:
        raise_signal(services.engine, key, rule, on=JULY)
    activate_playbooks(services, as_of=JULY, run_id=1)
    clock.moment += timedelta(hours=1)


@pytest.fixture
def portfolio(services: Services) -> Services:
    add_customers(services.engine, [{"customer_key": key, "risk_class": 5} for key in (1, 2, 3)], as_of=JULY)
    return services


def test_a_plan_the_survivor_does_not_have_goes_on_there(portfolio: Services, clock: FixedClock) -> None:
    activate(portfolio, clock, (2, "payment_default"))
    merge(portfolio, 1, 2)
    before = rows(portfolio.engine, "SELECT * FROM duty ORDER BY duty_id")

    for _ in range(2):
        activate_playbooks(portfolio, as_of=JULY, run_id=2)

    assert activations(portfolio) == [(1, "PB1", "triggered", "payment_default:2026-07-01")]
    assert rows(portfolio.engine, "SELECT * FROM duty ORDER BY duty_id") == before
    assert len(rows(portfolio.engine, "SELECT 1 FROM audit_event WHERE action = 'activation:moved'")) == 1


def test_of_two_plans_the_first_goes_on_and_the_other_ends_with_its_steps_and_duties(
    portfolio: Services, clock: FixedClock
) -> None:
    activate(portfolio, clock, (2, "payment_default"))
    activate(portfolio, clock, (1, "payment_default"), (3, "payment_default"))
    merge(portfolio, 1, 2)
    merge(portfolio, 2, 3)

    for _ in range(2):
        activate_playbooks(portfolio, as_of=JULY, run_id=2)

    first, *others = activations(portfolio)
    assert first == (1, "PB1", "triggered", "payment_default:2026-07-01:2")
    assert {row[2] for row in others} == {"stood_down"}
    assert len(others) == 2
    open_steps = rows(portfolio.engine, "SELECT activation_id, count(*) AS n FROM step WHERE state = 'todo' GROUP BY 1")
    open_duties = rows(portfolio.engine, "SELECT count(*) AS n FROM duty WHERE state = 'open'")
    assert len(open_steps) == 1
    assert open_duties[0]["n"] == int(str(open_steps[0]["n"])) + 1
    assert len(rows(portfolio.engine, "SELECT 1 FROM outbox_event WHERE kind = 'activation_overtaken'")) == 2


def test_a_plan_that_waits_for_its_look_back_stays_and_the_one_at_work_goes_on(
    portfolio: Services, clock: FixedClock
) -> None:
    activate(portfolio, clock, (1, "payment_default"))
    with portfolio.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE activation SET state = 'after_action'")
        connection.exec_driver_sql("UPDATE signal SET state = 'cleared', cleared_on = last_seen_on")
    activate(portfolio, clock, (2, "payment_default"))
    merge(portfolio, 1, 2)
    activate_playbooks(portfolio, as_of=JULY, run_id=2)
    assert [row[:3] for row in activations(portfolio)] == [(1, "PB1", "after_action"), (2, "PB1", "triggered")]

    with portfolio.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE activation SET state = 'closed', lessons = 'x' WHERE customer_key = 1")
    activate_playbooks(portfolio, as_of=JULY, run_id=2)

    assert [row[:3] for row in activations(portfolio)] == [(1, "PB1", "closed"), (1, "PB1", "triggered")]

"""Looking ahead says what will be opened, for whom and why then, and writes nothing but the messages about it."""

from datetime import date

import pytest
from tests.reviews.portfolio import add_customers, rows

from riskreview.foundation.services import Services
from riskreview.reviews.forecast import expected_reviews
from riskreview.reviews.planning import announce_quarter
from riskreview.reviews.use_cases import open_due_reviews

pytestmark = pytest.mark.database
JUNE, JULY = date(2026, 6, 15), date(2026, 7, 1)
MEDIUM, HIGH = 2, 3


def test_what_is_expected_is_what_is_opened_when_the_day_comes(services: Services) -> None:
    add_customers(services.engine, [{"customer_key": n, "risk_class": HIGH} for n in range(1, 8)], as_of=JULY)

    expected = expected_reviews(services, as_of=JULY, until=JULY)
    open_due_reviews(services, as_of=JULY, run_id=1)

    opened = rows(
        services.engine,
        "SELECT policy_line, period_key, owner, due_on, moved_because FROM review ORDER BY customer_key",
    )
    assert [tuple(row.values()) for row in opened] == [
        (item.policy_line, item.period_key, item.owner, item.due_on, item.moved_because) for item in expected]  # fmt: skip
    assert expected_reviews(services, as_of=JULY, until=JULY) == ()


def test_the_coming_periods_are_foreseen_each_review_once(services: Services) -> None:
    add_customers(
        services.engine,
        [{"customer_key": 1, "risk_class": HIGH}, {"customer_key": 2, "risk_class": MEDIUM}],
        as_of=JUNE,
    )

    found = expected_reviews(services, as_of=JUNE, until=date(2026, 12, 31))

    assert [(item.customer_id, item.period_key, item.opens_on.isoformat()) for item in found] == [
        ("C000001", "2026Q2", "2026-06-15"), ("C000002", "2026H1", "2026-06-15"), ("C000001", "2026Q3", "2026-07-01"),
        ("C000002", "2026H2", "2026-07-01"), ("C000001", "2026Q4", "2026-10-01"),
    ]  # fmt: skip


def test_everybody_hears_of_the_quarter_once(services: Services) -> None:
    customers = [
        {"customer_key": n, "risk_class": HIGH, "owner_user": "u-2001" if n > 2 else None} for n in range(1, 6)
    ]
    add_customers(services.engine, customers, as_of=JULY)

    counts = announce_quarter(services, as_of=JULY)
    announce_quarter(services, as_of=JULY)

    told = rows(services.engine, "SELECT audience, facts ->> 'count' AS n FROM outbox_event ORDER BY event_key")
    assert (counts.expected, counts.people) == (5, 2)
    assert [(row["audience"], row["n"]) for row in told] == [
        (["zhao.min"], "5"),
        (["li.wei"], "3"),
        (["wang.fang"], "2"),
    ]

"""Reviews of a customer that another one took over end; the one that lives on is reviewed."""

from datetime import date, timedelta

import pytest
from tests.reviews.portfolio import add_customers, merge, raise_signal, rows
from tests.reviews.working import APPROVER, SECOND, decided, proposed

from riskreview.foundation.services import Services
from riskreview.reviews.use_cases import open_due_reviews

pytestmark = pytest.mark.database
JULY = date(2026, 7, 1)


def reviews(services: Services) -> dict[tuple[int, str], str]:
    found = rows(services.engine, "SELECT customer_key, kind, state FROM review")
    return {(int(str(row["customer_key"])), str(row["kind"])): str(row["state"]) for row in found}


def test_a_review_under_decision_ends_with_its_duties_and_the_people_who_owed_something_hear_of_it_once(
    services: Services,
) -> None:
    add_customers(
        services.engine, [{"customer_key": key, "risk_class": code} for key, code in ((1, 1), (2, 3))], as_of=JULY
    )
    open_due_reviews(services, as_of=JULY, run_id=1)
    proposed(services)
    owing = {row["owner"] for row in rows(services.engine, "SELECT owner FROM duty WHERE state = 'open'")}
    merge(services, 1, 2)

    for day in (1, 2):
        open_due_reviews(services, as_of=JULY + timedelta(days=day), run_id=1 + day)

    assert reviews(services) == {(2, "periodic"): "cancelled"}
    assert {row["state"] for row in rows(services.engine, "SELECT state FROM duty")} == {"cancelled"}
    told = rows(services.engine, "SELECT audience FROM outbox_event WHERE kind = 'review_withdrawn'")
    assert [set(row["audience"]) for row in told] == [owing]  # type: ignore[call-overload]  # an array of the database
    assert len(owing) == 2
    assert len(rows(services.engine, "SELECT 1 FROM audit_event WHERE action = 'review:withdrawn'")) == 1


def test_a_decided_review_stands_and_an_emergency_that_moved_opens_one_for_the_survivor(services: Services) -> None:
    add_customers(
        services.engine, [{"customer_key": key, "risk_class": code} for key, code in ((1, 1), (2, 3))], as_of=JULY
    )
    open_due_reviews(services, as_of=JULY, run_id=1)
    proposed(services)
    decided(services, "approve", APPROVER)
    decided(services, "approve", SECOND)
    merge(services, 1, 2)
    raise_signal(services.engine, 1, "insolvency", on=JULY)

    open_due_reviews(services, as_of=JULY + timedelta(days=1), run_id=2)

    assert reviews(services) == {(2, "periodic"): "approved", (1, "event"): "assigned"}

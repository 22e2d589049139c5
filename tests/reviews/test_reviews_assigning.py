"""Who has a review: passed on by an overseer, by absence, leaving or a lost role; and reviews that somebody asked for."""

from datetime import date

import pytest
from tests.reviews.portfolio import add_customers, rows
from tests.reviews.working import (
    APPROVER,
    BOTH,
    DEPUTY,
    JULY,
    OWNER,
    act,
    change_team,
    decided,
    open_duties,
    opened,
    proposed,
    review,
)

from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.reviews import requests
from riskreview.reviews.use_cases import open_due_reviews

pytestmark = pytest.mark.database
MEDIUM = 2


def test_a_review_is_passed_on_with_its_duties(services: Services) -> None:
    opened(services)
    for to, why in (("sun.yan", "may not work"), (OWNER, "already")):
        with pytest.raises(RuleViolation, match=why):
            act(services, "reassign", BOTH, to=to, reason="Knows the customer.")

    act(services, "reassign", BOTH, to="li.wei", reason="Knows the customer.")

    assert (review(services)["owner"], open_duties(services)) == ("li.wei", [("review", "li.wei")])
    assert rows(services.engine, "SELECT audience FROM outbox_event WHERE kind = 'review_reassigned'") == [
        {"audience": ["li.wei"]}
    ]
    assert passed_on(services) == [([OWNER], "li.wei")]
    act(services, "start_analysis", "li.wei")


def passed_on(services: Services) -> list[tuple[object, object]]:
    """Return who was told that somebody else has what was theirs, and who."""
    found = rows(
        services.engine, "SELECT audience, facts ->> 'owner' AS owner FROM outbox_event WHERE kind = 'passed_on'"
    )
    return [(row["audience"], row["owner"]) for row in found]


@pytest.mark.parametrize(("last_day", "owner"), [("2026-07-03", OWNER), ("2026-07-20", DEPUTY)])
def test_reviews_of_somebody_who_stays_away_go_to_the_deputy(services: Services, last_day: str, owner: str) -> None:
    opened(services)
    team = services.instance.configuration_file("policies", "team.yaml").read_text(encoding="utf-8")
    away = f"absences: [{{person: {OWNER}, first_day: 2026-07-01, last_day: {last_day}}}]"
    (services.instance.home / "policies" / "team.yaml").write_text(team.replace("absences: []", away), encoding="utf-8")

    for run in (2, 3):
        open_due_reviews(services, as_of=JULY, run_id=run)

    assert (review(services)["owner"], open_duties(services)) == (owner, [("review", owner)])
    assert len(rows(services.engine, "SELECT 1 FROM audit_event WHERE action = 'review:reassigned'")) == (
        owner != OWNER
    )
    assert passed_on(services) == ([([OWNER], DEPUTY)] if owner != OWNER else [])


@pytest.mark.parametrize(("change", "is_rejected"), [((OWNER, "new.person"), True), (("roles: [risk_owner]", "roles: [sales]"), False)])  # fmt: skip
def test_reviews_of_somebody_who_left_or_may_not_work_on_them_any_more_go_to_the_deputy(
    services: Services, change: tuple[str, str], *, is_rejected: bool
) -> None:
    opened(services)
    if is_rejected:
        proposed(services)
        decided(services, "reject", BOTH, "No.")
    change_team(services, *change)

    for run in (2, 3):
        open_due_reviews(services, as_of=JULY, run_id=run)

    assert (review(services)["owner"], open_duties(services)) == (DEPUTY, [("review", DEPUTY)])
    assert len(rows(services.engine, "SELECT 1 FROM audit_event WHERE action = 'review:reassigned'")) == 1
    if is_rejected:
        act(services, "appeal", DEPUTY, reason="The guarantee was overlooked.")


def test_a_review_that_is_asked_for_is_planned_and_opened_on_its_day_beside_the_periodic_one(
    services: Services,
) -> None:
    add_customers(services.engine, [{"customer_key": n, "risk_class": MEDIUM} for n in (1, 2)], as_of=JULY)
    asked = {
        "kind": "thematic",
        "actor": OWNER,
        "reason": "Steel prices fell by a third.",
        "key": "steel-2026",
        "opens_on": date(2026, 7, 6),
    }

    first = requests.plan_reviews(services, customer_keys=[1, 2], **asked)  # type: ignore[arg-type]  # the keywords of the use case
    again = requests.plan_reviews(services, customer_keys=[2, 1], **asked)  # type: ignore[arg-type]  # the keywords of the use case
    opened_on = [
        open_due_reviews(services, as_of=day, run_id=1).opened
        for day in (JULY, date(2026, 7, 5), date(2026, 7, 6), date(2026, 7, 7))
    ]

    assert (len(first), again, opened_on) == (2, (), [2, 0, 2, 0])
    thematic = rows(
        services.engine, "SELECT state, version, owner, pack IS NOT NULL AS packed FROM review WHERE kind = 'thematic'"
    )
    assert thematic == [{"state": "assigned", "version": 2, "owner": OWNER, "packed": True}] * 2
    proposed(services)
    decided(services, "approve", APPROVER)


def test_a_request_needs_a_type_a_reason_a_day_a_person_and_an_assessed_customer(services: Services) -> None:
    add_customers(services.engine, [{"customer_key": 1, "risk_class": MEDIUM}], as_of=JULY)
    good = {"customer_keys": [1], "kind": "limit_request", "actor": OWNER, "reason": "Asks for 2 m."}

    for wrong in (
        {"kind": "periodic"},
        {"reason": " "},
        {"opens_on": date(2026, 6, 30)},
        {"actor": "he.ping"},
        {"key": "x" * 61},
    ):
        with pytest.raises(RuleViolation):
            requests.plan_reviews(services, **{**good, **wrong})  # type: ignore[arg-type]  # the keywords of the use case
    with pytest.raises(NotFound):
        requests.plan_reviews(services, **{**good, "customer_keys": [1, 5]})  # type: ignore[arg-type]  # the keywords of the use case
    assert rows(services.engine, "SELECT count(*) AS n FROM review")[0]["n"] == 0

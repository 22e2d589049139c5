"""Working on a review and deciding it: somebody proposes, somebody else decides, on exactly what was proposed."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.reviews.portfolio import add_customers, rows

from riskreview.audit.log import verify
from riskreview.foundation.errors import Conflict, NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.reviews import decisions
from riskreview.reviews.use_cases import open_due_reviews

pytestmark = pytest.mark.database
OWNER, APPROVER, BOTH = "wang.fang", "yang.li", "zhao.min"


@pytest.fixture
def review_id(services: Services) -> int:
    add_customers(services.engine, [{"customer_key": 1, "risk_class": 3}], as_of=date(2026, 7, 1))
    open_due_reviews(services, as_of=date(2026, 7, 1), run_id=1)
    return int(rows(services.engine, "SELECT review_id FROM review")[0]["review_id"])


def review(services: Services) -> dict[str, object]:
    return dict(rows(services.engine, "SELECT * FROM review")[0])


def proposed(
    services: Services, review_id: int, *, actor: str = OWNER, words: str = "Cut the limit by half."
) -> tuple[int, str]:
    """Bring a review to its approver and return version and digest."""
    version = int(str(review(services)["version"]))
    version = decisions.start_analysis(services, review_id=review_id, version=version, actor=actor)
    version = decisions.recommend(services, review_id=review_id, version=version, actor=actor, recommendation=words)
    version = decisions.submit(services, review_id=review_id, version=version, actor=actor)
    return version, decisions.proposal_digest(pack_sha256=str(review(services)["pack_sha256"]), recommendation=words)


def test_a_review_goes_from_its_owner_to_another_person_and_is_closed(services: Services, review_id: int) -> None:
    version, digest = proposed(services, review_id)

    version = decisions.approve(
        services, review_id=review_id, version=version, actor=APPROVER, reason="Agreed.", digest=digest
    )
    decisions.close(services, review_id=review_id, version=version, actor=OWNER)

    row = review(services)
    assert (row["state"], row["version"], row["proposed_by"], row["decided_by"]) == ("closed", 6, OWNER, APPROVER)
    assert {row["state"] for row in rows(services.engine, "SELECT state FROM duty")} == {"done"}
    actions = [row["action"] for row in rows(services.engine, "SELECT action FROM audit_event ORDER BY seq")]
    assert actions == [
        "review:opened",
        "review:analysis_started",
        "review:recommended",
        "review:submitted",
        "review:approved",
        "review:closed",
    ]
    kinds = [row["kind"] for row in rows(services.engine, "SELECT kind FROM outbox_event ORDER BY outbox_id")]
    assert kinds == ["review_opened", "review_in_approval", "review_decided"]
    with services.engine.connect() as connection:
        assert verify(connection).problem == ""


def test_the_proposer_cannot_decide_even_with_the_role(services: Services, review_id: int) -> None:
    version, digest = proposed(services, review_id, actor=BOTH)

    for verb in (decisions.approve, decisions.reject, decisions.return_review):
        with pytest.raises(RuleViolation, match="another person must"):
            verb(services, review_id=review_id, version=version, actor=BOTH, reason="Fine.", digest=digest)

    assert review(services)["state"] == "in_approval"
    assert rows(services.engine, "SELECT owner FROM duty WHERE kind LIKE 'review_approval%'")[0]["owner"] != BOTH


def test_the_database_itself_refuses_a_decision_by_the_proposer(services: Services, review_id: int) -> None:
    proposed(services, review_id)

    with pytest.raises(IntegrityError, match="review_four_eyes"), services.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE review SET state = 'approved', decided_by = proposed_by, decided_at = now(), decision_reason = 'x'"
            )
        )


@pytest.mark.parametrize("change", [
    "recommendation = 'Double it.'", "proposed_by = 'somebody'",
    "state = 'approved'",
    "state = 'approved', decided_by = 'yang.li', decided_at = now()",
    "state = 'approved', decided_by = 'yang.li', decided_at = now(), decision_reason = ' '",
])  # fmt: skip
def test_the_database_refuses_to_change_or_skip_what_is_under_decision(
    services: Services, review_id: int, change: str
) -> None:
    proposed(services, review_id)

    with pytest.raises(IntegrityError), services.engine.begin() as connection:
        connection.execute(text(f"UPDATE review SET {change}"))  # noqa: S608  a fixed list


def test_the_database_refuses_to_approve_what_was_never_submitted(services: Services, review_id: int) -> None:
    with pytest.raises(IntegrityError, match="not submitted"), services.engine.begin() as connection:
        connection.execute(text(
            "UPDATE review SET state = 'approved', recommendation = 'x', proposed_by = 'a', proposed_at = now(), decided_by = 'b',"
            " decided_at = now(), decision_reason = 'y'"))  # fmt: skip


def test_a_decision_is_bound_to_what_was_read(services: Services, review_id: int) -> None:
    version, _ = proposed(services, review_id)
    other = decisions.proposal_digest(
        pack_sha256=str(review(services)["pack_sha256"]), recommendation="Something else."
    )

    with pytest.raises(Conflict, match="read it again"):
        decisions.approve(
            services, review_id=review_id, version=version, actor=APPROVER, reason="Agreed.", digest=other
        )


def test_a_returned_review_is_reworked_and_decided_again(services: Services, review_id: int) -> None:
    version, digest = proposed(services, review_id)
    decisions.return_review(
        services, review_id=review_id, version=version, actor=APPROVER, reason="Show the guarantee.", digest=digest
    )
    assert rows(services.engine, "SELECT state FROM duty WHERE kind = 'review'")[0]["state"] == "open"

    version, digest = proposed(services, review_id, words="Cut the limit; the guarantee is worthless.")
    decisions.reject(services, review_id=review_id, version=version, actor=APPROVER, reason="No.", digest=digest)

    assert review(services)["state"] == "rejected"
    assert (
        rows(services.engine, "SELECT count(*) AS n FROM duty WHERE kind LIKE 'review_approval%' AND state = 'done'")[
            0
        ]["n"]
        == 2
    )
    assert rows(services.engine, "SELECT count(*) AS n FROM outbox_event WHERE kind = 'review_decided'")[0]["n"] == 2


def test_steps_cannot_be_skipped_and_old_versions_conflict(services: Services, review_id: int) -> None:
    with pytest.raises(RuleViolation, match="must be in_approval"):
        decisions.approve(services, review_id=review_id, version=1, actor=APPROVER, reason="Yes.", digest="x")
    decisions.start_analysis(services, review_id=review_id, version=1, actor=OWNER)
    with pytest.raises(Conflict, match="changed meanwhile"):
        decisions.start_analysis(services, review_id=review_id, version=1, actor="chen.jie")
    with pytest.raises(NotFound):
        decisions.start_analysis(services, review_id=review_id + 1, version=1, actor=OWNER)


@pytest.mark.parametrize("actor", ["feng.lei", "stranger"])
def test_people_without_the_role_may_do_nothing(services: Services, review_id: int, actor: str) -> None:
    with pytest.raises(RuleViolation, match="only"):
        decisions.start_analysis(services, review_id=review_id, version=1, actor=actor)


def test_waiting_for_information_and_going_on(services: Services, review_id: int) -> None:
    version = decisions.start_analysis(services, review_id=review_id, version=1, actor=OWNER)
    version = decisions.request_info(
        services, review_id=review_id, version=version, actor=OWNER, question="Who guarantees?"
    )
    version = decisions.resume(services, review_id=review_id, version=version, actor=OWNER)

    assert (review(services)["state"], review(services)["question"], version) == ("in_analysis", "Who guarantees?", 4)


@pytest.mark.parametrize("words", ["", "   \n\t", "x" * 20_001])
def test_an_empty_or_endless_text_is_refused(services: Services, review_id: int, words: str) -> None:
    version = decisions.start_analysis(services, review_id=review_id, version=1, actor=OWNER)

    with pytest.raises(RuleViolation, match="recommendation"):
        decisions.recommend(services, review_id=review_id, version=version, actor=OWNER, recommendation=words)


def test_a_cancelled_review_has_a_reason_and_no_duty(services: Services, review_id: int) -> None:
    decisions.cancel(services, review_id=review_id, version=1, actor=BOTH, reason="The company was sold to us.")

    assert review(services)["state"] == "cancelled"
    assert rows(services.engine, "SELECT state FROM duty") == [{"state": "cancelled"}]

"""The life of a review beside its decision: questions, suspension, carrying out, closing, appeal, reopening, passing on, being asked for."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.reviews.portfolio import add_customers, raise_signal, rows
from tests.reviews.working import (
    APPROVER,
    BOTH,
    DEPUTY,
    JULY,
    OWNER,
    SECOND,
    act,
    answered,
    carried_out,
    change_team,
    decided,
    open_duties,
    opened,
    proposed,
    review,
    version,
)

from riskreview.foundation.clock import FixedClock, midnight_utc
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.services import Services
from riskreview.reviews.use_cases import open_due_reviews

pytestmark = pytest.mark.database
MEDIUM, HIGH = 2, 3


def approved(services: Services, risk_class: int = MEDIUM, measures: tuple[str, ...] = ("cut_limit",)) -> None:
    opened(services, risk_class)
    proposed(services, measures=measures)
    decided(services, "approve", APPROVER)
    if risk_class == HIGH:
        decided(services, "approve", SECOND)


@pytest.mark.parametrize("actor", ["feng.lei", "stranger"])
def test_people_without_the_role_may_do_nothing(services: Services, actor: str) -> None:
    opened(services)

    with pytest.raises(RuleViolation, match="only"):
        act(services, "start_analysis", actor)


def test_only_the_owner_its_deputy_and_an_overseer_work_on_a_review(services: Services) -> None:
    opened(services)

    with pytest.raises(RuleViolation, match=r"is wang\.fang's"):
        act(services, "start_analysis", "li.wei")
    act(services, "start_analysis", DEPUTY)
    act(services, "request_info", BOTH, question="Who guarantees?")


@pytest.mark.parametrize(("item", "answer", "more", "problem"), [
    ("nothing", "yes", {}, "no question"), ("statements", "yes", {}, "evidence"), ("payments", "no", {}, "note"),
    ("payments", "perhaps", {}, "one of"), ("payments", "not_applicable", {"note": "  "}, "note"),
])  # fmt: skip
def test_an_answer_says_why_not_and_a_yes_shows_its_source(
    services: Services, item: str, answer: str, more: dict[str, str], problem: str
) -> None:
    opened(services)

    with pytest.raises(RuleViolation, match=problem):
        act(services, "answer", item=item, answer=answer, **more)


def test_the_questions_depend_on_type_and_class_and_are_pinned(services: Services) -> None:
    opened(services, HIGH)
    pinned = review(services)["checklist_digest"]
    own = services.instance.home / "policies" / "checklists.yaml"
    own.write_text('items:\n  - {id: other, mandatory: true, text: {en: "x", zh: "y"}}\n', encoding="utf-8")

    answered(services)

    ids = {row["item_id"] for row in rows(services.engine, "SELECT item_id FROM review_answer")}
    assert {"identity", "market", "exposure"} <= ids
    assert "security" not in ids
    assert "other" not in ids
    with pytest.raises(IntegrityError, match="frozen"), services.engine.begin() as connection:
        connection.execute(text("UPDATE review SET checklist_digest = NULL"))
    assert review(services)["checklist_digest"] == pinned


def test_a_colleague_is_asked_reminded_and_the_answer_kept(services: Services) -> None:
    opened(services)
    act(services, "start_analysis")
    with pytest.raises(RuleViolation, match="no person of the team"):
        act(services, "request_info", question="Who guarantees?", of="nobody")

    act(services, "request_info", question="Who guarantees?", of="u-2001")

    assert open_duties(services) == [("review", OWNER), ("review_information", "li.wei")]
    assert rows(services.engine, "SELECT audience FROM outbox_event WHERE kind = 'review_information'") == [
        {"audience": ["li.wei"]}
    ]
    with pytest.raises(RuleViolation, match="answer is empty"):
        act(services, "resume", answer=" ")
    act(services, "resume", answer="The parent does.")
    kept = rows(services.engine, "SELECT asked_of, answer, answered_by FROM review_question")
    assert kept == [{"asked_of": "li.wei", "answer": "The parent does.", "answered_by": OWNER}]
    assert (review(services)["state"], open_duties(services)) == ("in_analysis", [("review", OWNER)])


def test_whoever_was_asked_answers_without_a_role_of_reviews_and_does_nothing_else_to_it(services: Services) -> None:
    opened(services)
    act(services, "start_analysis")
    act(services, "request_info", question="Is it booked?", of="luo.min")

    for actor, verb, more in (
        ("deng.hua", "resume", {"answer": "No."}),
        ("luo.min", "recommend", {"recommendation": "Keep it."}),
    ):
        with pytest.raises(RuleViolation):
            act(services, verb, actor, **more)
    act(services, "resume", "luo.min", answer="It is.")

    assert (review(services)["state"], open_duties(services)) == ("in_analysis", [("review", OWNER)])
    assert rows(services.engine, "SELECT audience FROM outbox_event WHERE kind = 'review_answered'") == [
        {"audience": [OWNER]}
    ]
    act(services, "request_info", question="By whom?", of="he.ping")
    with pytest.raises(RuleViolation, match="only"):
        act(services, "resume", "luo.min", answer="By me.")


def test_a_suspended_review_is_silent_until_its_day_and_then_goes_on_by_itself(
    services: Services, clock: FixedClock
) -> None:
    opened(services)
    for until in (JULY, JULY + timedelta(days=91)):
        with pytest.raises(RuleViolation, match="suspended until a day"):
            act(services, "suspend", until=until, reason="Statements come in August.")

    act(services, "suspend", until=date(2026, 8, 15), reason="Statements come in August.")

    assert rows(services.engine, "SELECT min(next_at) >= '2026-08-15' AS silent FROM duty") == [{"silent": True}]
    open_due_reviews(services, as_of=date(2026, 8, 14), run_id=2)
    assert review(services)["state"] == "suspended"
    clock.moment = midnight_utc(date(2026, 8, 15))
    open_due_reviews(services, as_of=date(2026, 8, 15), run_id=3)
    assert (review(services)["state"], review(services)["suspended_until"]) == ("in_analysis", None)


def test_what_was_approved_is_carried_out_by_a_third_person(services: Services) -> None:
    approved(services, HIGH)
    assert open_duties(services) == [("review_implementation", "sun.yan")]
    with pytest.raises(RuleViolation, match="not carried out"):
        act(services, "close")
    for actor, why in ((BOTH, None), (APPROVER, "approved this"), (OWNER, "proposed this")):
        if why:
            with pytest.raises(RuleViolation, match=why):
                act(services, "implement", actor)

    act(services, "implement", "sun.yan")
    with pytest.raises(RuleViolation, match=r"is closed by sun\.yan"):
        act(services, "close", OWNER)
    with pytest.raises(RuleViolation, match="measures of review 1 are not carried out: cut_limit 1"):
        act(services, "close", "sun.yan")
    carried_out(services, "sun.yan")
    act(services, "close", "sun.yan", outcome="confirmed_risk")

    row = review(services)
    assert (row["state"], row["implemented_by"], row["outcome"], open_duties(services)) == (
        "closed",
        "sun.yan",
        "confirmed_risk",
        [],
    )


@pytest.mark.parametrize("person", [OWNER, APPROVER, SECOND])
def test_the_database_refuses_an_implementer_who_proposed_or_approved(services: Services, person: str) -> None:
    approved(services, HIGH)

    with pytest.raises(IntegrityError, match="review_implementer"), services.engine.begin() as connection:
        connection.execute(
            text("UPDATE review SET state = 'implementing', implemented_by = :who, implemented_at = now()"),
            {"who": person},
        )


def test_at_medium_risk_the_proposer_may_carry_it_out_but_no_approver(services: Services) -> None:
    approved(services)

    with pytest.raises(RuleViolation, match="approved this"):
        act(services, "implement", APPROVER)
    act(services, "implement", OWNER)
    act(services, "close", evidence="Limit 500 in the ERP, 09:12")
    assert review(services)["state"] == "closed"


def test_a_review_an_event_opened_is_closed_with_what_it_turned_out_to_be(services: Services) -> None:
    add_customers(services.engine, [{"customer_key": 1, "risk_class": 1}], as_of=JULY)
    raise_signal(services.engine, 1, "sanctions", on=JULY)
    open_due_reviews(services, as_of=JULY, run_id=1)
    proposed(services)
    decided(services, "approve", APPROVER)

    for outcome in (None, "perhaps"):
        with pytest.raises(RuleViolation, match="turned out to be"):
            act(services, "close", outcome=outcome)
    act(services, "close", outcome="false_positive")
    assert review(services)["outcome"] == "false_positive"


def test_an_appeal_is_judged_by_neither_who_rejected_nor_who_appealed(services: Services) -> None:
    opened(services)
    proposed(services)
    decided(services, "reject", BOTH, "No.")
    with pytest.raises(RuleViolation, match="rejected this and cannot appeal"):
        act(services, "appeal", BOTH, reason="I was too harsh.")
    act(services, "appeal", reason="The guarantee was overlooked.")
    assert open_duties(services) == [("review", OWNER), ("review_appeal", APPROVER)]

    with pytest.raises(RuleViolation, match="another person must judge"):
        act(services, "dismiss_appeal", BOTH, reason="No.")
    with pytest.raises(IntegrityError, match="appeal_judge"), services.engine.begin() as connection:
        connection.execute(text("UPDATE review SET appeal_decided_by = decided_by"))
    act(services, "dismiss_appeal", APPROVER, reason="It was not.")
    assert (review(services)["state"], open_duties(services)) == ("rejected", [("review", OWNER)])
    act(services, "appeal", reason="Look at page 3.")
    act(services, "allow_appeal", APPROVER, reason="True.")

    assert (review(services)["state"], open_duties(services)) == ("reopened", [("review", OWNER)])
    act(services, "start_analysis")
    act(services, "recommend", recommendation="Keep the limit.")
    act(services, "submit")
    decided(services, "approve", APPROVER)
    assert review(services)["state"] == "approved"


def test_an_appeal_is_not_judged_by_who_proposed_and_its_judge_is_told_what_to_do(services: Services) -> None:
    opened(services)
    act(services, "reassign", BOTH, to=BOTH, reason="Knows the customer.")
    proposed(services, actor=BOTH)
    decided(services, "reject", APPROVER, "No.")
    act(services, "appeal", OWNER, reason="The guarantee was overlooked.")

    assert open_duties(services) == [("review", BOTH), ("review_appeal", SECOND)]
    assert rows(services.engine, "SELECT audience FROM outbox_event WHERE kind = 'review_appealed'") == [
        {"audience": [SECOND]}
    ]
    with pytest.raises(RuleViolation, match="another person must judge"):
        act(services, "allow_appeal", BOTH, reason="It was.")
    with pytest.raises(IntegrityError, match="appeal_judge"), services.engine.begin() as connection:
        connection.execute(text("UPDATE review SET appeal_decided_by = proposed_by"))
    act(services, "allow_appeal", SECOND, reason="It was.")

    due = rows(services.engine, "SELECT due_at FROM duty WHERE state = 'open'")[0]["due_at"]
    facts = rows(services.engine, "SELECT facts FROM outbox_event WHERE kind = 'review_reopened'")[0]["facts"]
    assert datetime.fromisoformat(facts["due_at"]) == due  # type: ignore[index]  # an object of the database


@pytest.mark.parametrize(("has_left", "owner"), [(False, OWNER), (True, DEPUTY)])
def test_a_closed_review_is_reopened_with_a_reason_and_its_owner_or_who_is_next_has_the_duty_again(
    services: Services, owner: str, *, has_left: bool
) -> None:
    approved(services, measures=())
    act(services, "close")
    with pytest.raises(RuleViolation, match="only"):
        act(services, "reopen", OWNER, reason="x")
    if has_left:
        change_team(services, OWNER, "new.person")

    act(services, "reopen", APPROVER, reason="New statements.")

    assert (review(services)["state"], open_duties(services)) == ("reopened", [("review", owner)])
    act(services, "start_analysis", owner)


def test_a_cancelled_review_has_a_reason_and_no_duty(services: Services) -> None:
    opened(services)

    act(services, "cancel", BOTH, reason="The company was sold to us.")

    assert (review(services)["state"], open_duties(services)) == ("cancelled", [])
    told = rows(
        services.engine, "SELECT audience, facts ->> 'said_by' AS by FROM outbox_event WHERE kind = 'review_cancelled'"
    )
    assert told == [{"audience": [OWNER], "by": BOTH}]


@pytest.mark.parametrize("words", ["", "   \n\t", "x" * 20_001])
def test_an_empty_or_endless_text_and_an_unknown_measure_are_refused(services: Services, words: str) -> None:
    opened(services)
    act(services, "start_analysis")

    with pytest.raises(RuleViolation, match="recommendation"):
        act(services, "recommend", recommendation=words)
    with pytest.raises(RuleViolation, match="no measure"):
        act(services, "recommend", recommendation="x", measures=["shout"])


def test_every_act_is_audited_once_and_the_version_counts_them(services: Services) -> None:
    approved(services, HIGH)
    act(services, "implement", "sun.yan")
    carried_out(services, "sun.yan")
    act(services, "close", "sun.yan")

    events = rows(services.engine, "SELECT count(*) AS n FROM audit_event WHERE subject_type = 'review'")[0]["n"]
    assert version(services) == events

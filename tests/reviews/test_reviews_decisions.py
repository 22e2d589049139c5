"""Deciding a review: somebody proposes, others decide step by step, on exactly what was proposed and on facts that still stand."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.reviews.portfolio import raise_signal, rows
from tests.reviews.working import (
    APPROVER,
    BOTH,
    JULY,
    OWNER,
    SECOND,
    answered,
    change_assessment,
    decided,
    digest,
    opened,
    proposed,
    recommended,
    review,
    version,
)

from riskreview.audit.log import verify
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.errors import Conflict, NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.mechanisms.duty import sweep
from riskreview.reviews import analysis, decisions, finishing
from riskreview.reviews.snapshots import later_changes
from riskreview.reviews.use_cases import open_due_reviews

pytestmark = pytest.mark.database
MEDIUM, HIGH = 2, 3


def states(services: Services) -> list[str]:
    return [
        str(row["state"]) for row in rows(services.engine, "SELECT state FROM review_approval ORDER BY round, step")
    ]


def test_a_review_goes_from_its_owner_to_another_person_and_is_closed(services: Services) -> None:
    number = opened(services)
    proposed(services)

    decided(services, "approve", APPROVER)
    finishing.close(services, review_id=number, version=version(services), actor=OWNER)

    row = review(services)
    assert (row["state"], row["proposed_by"], row["decided_by"]) == ("closed", OWNER, APPROVER)
    assert {row["state"] for row in rows(services.engine, "SELECT state FROM duty")} == {"done"}
    actions = [
        row["action"]
        for row in rows(services.engine, "SELECT action FROM audit_event WHERE subject_type = 'review' ORDER BY seq")
    ]
    assert [name for name in actions if name != "review:checklist_answered"] == [
        "review:opened", "review:analysis_started", "review:recommended", "review:submitted", "review:approved", "review:closed",
    ]  # fmt: skip
    assert row["version"] == len(actions)
    kinds = [row["kind"] for row in rows(services.engine, "SELECT kind FROM outbox_event ORDER BY outbox_id")]
    assert kinds == ["review_opened", "review_in_approval", "review_decided", "review_settled"]
    assert rows(services.engine, "SELECT audience FROM outbox_event WHERE kind = 'review_settled'") == [
        {"audience": [BOTH]}
    ]
    with services.engine.connect() as connection:
        assert verify(connection).problem == ""


@pytest.mark.parametrize(("risk_class", "exposure", "measures", "steps"), [
    (MEDIUM, 1e6, (), 1), (HIGH, 1e6, (), 2), (MEDIUM, 1e6, ("exit",), 2), (MEDIUM, 6e7, (), 3), (HIGH, 6e7, ("cut_limit",), 3),
])  # fmt: skip
def test_class_exposure_and_measure_say_in_how_many_steps_it_is_approved(
    services: Services, risk_class: int, exposure: float, measures: tuple[str, ...], steps: int
) -> None:
    opened(services, risk_class, exposure=exposure)

    proposed(services, measures=measures)

    assert states(services) == ["open", *["waiting"] * (steps - 1)]


def test_each_step_takes_another_person_and_only_the_last_one_approves(services: Services) -> None:
    opened(services, HIGH)
    proposed(services)

    decided(services, "approve", BOTH)
    assert (review(services)["state"], states(services)) == ("in_approval", ["approved", "open"])
    decided(services, "approve", SECOND)

    assert (review(services)["state"], review(services)["decided_by"]) == ("approved", SECOND)
    asked = [
        row["owner"]
        for row in rows(services.engine, "SELECT owner FROM duty WHERE kind LIKE 'review_approval%' ORDER BY duty_id")
    ]
    assert len(set(asked)) == 2
    assert OWNER not in asked


def test_who_is_needed_for_a_later_step_is_neither_asked_nor_let_decide_an_earlier_one(services: Services) -> None:
    away = services.instance.configuration_file("policies", "team.yaml").read_text(encoding="utf-8")
    away = away.replace("absences: []", f"absences: [{{person: {BOTH}, first_day: 2026-06-01, last_day: 2026-07-31}}]")
    (services.instance.home / "policies" / "team.yaml").write_text(away, encoding="utf-8")
    opened(services, exposure=6e7)
    proposed(services)

    assert rows(services.engine, "SELECT asked FROM review_approval WHERE state = 'open'") == [{"asked": BOTH}]
    with pytest.raises(RuleViolation, match=f"{APPROVER} is needed for a later step"):
        decided(services, "approve", APPROVER)
    for person in (BOTH, SECOND, APPROVER):
        decided(services, "approve", person)

    assert review(services)["state"] == "approved"


def test_the_same_person_cannot_approve_two_steps(services: Services) -> None:
    opened(services, HIGH)
    proposed(services)
    decided(services, "approve", APPROVER)

    with pytest.raises(RuleViolation, match="another person must decide the next"):
        decided(services, "approve", APPROVER)
    with pytest.raises(IntegrityError, match="review_four_eyes"), services.engine.begin() as connection:
        connection.execute(text("UPDATE review_approval SET state = 'approved', decided_by = 'yang.li', decided_at = now(), reason = 'x'"
                                " WHERE step = 2"))  # fmt: skip


@pytest.mark.parametrize("is_deputy", [False, True])
def test_the_proposer_cannot_decide_even_with_the_role_or_under_another_name(
    services: Services, *, is_deputy: bool
) -> None:
    number = opened(services)
    if is_deputy:
        with services.engine.begin() as connection:
            connection.execute(text("UPDATE review SET deputy = :name"), {"name": BOTH})
    proposed(services, actor=BOTH)

    for verb in ("approve", "reject", "return"):
        with pytest.raises(RuleViolation, match="another person must"):
            decided(services, verb, BOTH)
    with pytest.raises(RuleViolation, match="another person must"):
        decisions.approve(
            services,
            review_id=number,
            version=version(services),
            actor="u-1003",
            reason="Fine.",
            digest=digest(services),
        )

    assert review(services)["state"] == "in_approval"
    assert rows(services.engine, "SELECT owner FROM duty WHERE kind LIKE 'review_approval%'")[0]["owner"] != BOTH


def test_a_team_without_enough_different_people_is_told_at_submission(services: Services) -> None:
    team = services.instance.configuration_file("policies", "team.yaml").read_text(encoding="utf-8")
    changes = {"roles: [executive, cfo]": "roles: [sales]", "roles: [credit_manager, risk_owner]": "roles: [risk_owner]",
               "cfo: [yang.li, maria.stein]": "cfo: [yang.li]", "executive: [maria.stein, yang.li]": "executive: [yang.li]",
               "credit_manager: [zhao.min, yang.li]": "credit_manager: [yang.li]"}  # fmt: skip
    cut = team
    for old, new in changes.items():
        cut = cut.replace(old, new)
    (services.instance.home / "policies" / "team.yaml").write_text(cut, encoding="utf-8")
    opened(services, HIGH)

    with pytest.raises(RuleViolation, match="2 different approvers"):
        proposed(services)


@pytest.mark.parametrize("change", [
    "recommendation = 'Double it.'", "proposed_by = 'somebody'", "measures = ARRAY['exit']", "state = 'approved'",
    "state = 'approved', decided_by = 'yang.li', decided_at = now(), decision_reason = 'x'",
    "state = 'approved', decided_by = proposed_by, decided_at = now(), decision_reason = 'x'",
    "state = 'approved', approval_steps = 0, decided_by = 'yang.li', decided_at = now(), decision_reason = 'x'",
    "state = 'rejected', decided_by = 'yang.li', decided_at = now(), decision_reason = ' '",
])  # fmt: skip
def test_the_database_refuses_to_change_or_skip_what_is_under_decision(services: Services, change: str) -> None:
    opened(services)
    proposed(services)

    with pytest.raises(IntegrityError), services.engine.begin() as connection:
        connection.execute(text(f"UPDATE review SET {change}"))  # noqa: S608  a fixed list


def test_the_database_refuses_to_approve_what_was_never_submitted(services: Services) -> None:
    opened(services)

    with pytest.raises(IntegrityError, match="not submitted"), services.engine.begin() as connection:
        connection.execute(text(
            "UPDATE review SET state = 'approved', recommendation = 'x', proposed_by = 'a', proposed_at = now(), decided_by = 'b',"
            " decided_at = now(), decision_reason = 'y'"))  # fmt: skip


def test_a_decision_is_bound_to_what_was_read(services: Services) -> None:
    number = opened(services)
    proposed(services)
    other = decisions.proposal_digest(review(services)["snapshot_sha256"], (), "Something else.", "")

    with pytest.raises(Conflict, match="read it again"):
        decisions.approve(
            services, review_id=number, version=version(services), actor=APPROVER, reason="Agreed.", digest=other
        )


@pytest.mark.parametrize("change", ["risk_class = 4", "exposure = 1300", "limit_amount = 5"])
def test_a_material_change_sends_what_was_approved_back_with_the_present_facts_frozen(
    services: Services, change: str
) -> None:
    number = opened(services, HIGH)
    proposed(services)
    decided(services, "approve", APPROVER)
    before = review(services)["snapshot_sha256"]
    change_assessment(services, change)

    with pytest.raises(Conflict, match="changed materially"):
        decided(services, "approve", SECOND)

    row = review(services)
    assert (row["state"], states(services)) == ("in_analysis", ["void", "void"])
    assert row["snapshot_sha256"] != before == row["pack_sha256"]
    assert rows(services.engine, "SELECT owner FROM duty WHERE state = 'open'") == [{"owner": OWNER}]
    told = rows(services.engine, "SELECT audience FROM outbox_event WHERE kind = 'review_voided'")
    assert OWNER in told[0]["audience"]  # type: ignore[operator]  # an array of the database
    analysis.recommend(services, review_id=number, version=version(services), actor=OWNER, recommendation="Stop.")
    analysis.submit(services, review_id=number, version=version(services), actor=OWNER)
    decided(services, "approve", APPROVER)
    decided(services, "approve", SECOND)
    assert review(services)["state"] == "approved"


def test_who_may_not_decide_voids_nothing_and_facts_that_moved_before_are_told_at_submission(
    services: Services,
) -> None:
    number = opened(services, HIGH)
    recommended(services)
    change_assessment(services, "exposure = 1300")

    with pytest.raises(RuleViolation, match="have it reassigned"):
        analysis.submit(services, review_id=number, version=version(services), actor="li.wei")
    assert review(services)["state"] == "recommended"
    with pytest.raises(Conflict, match="recommend again"):
        analysis.submit(services, review_id=number, version=version(services), actor=OWNER)
    assert review(services)["state"] == "in_analysis"

    analysis.recommend(services, review_id=number, version=version(services), actor=OWNER, recommendation="Stop.")
    analysis.submit(services, review_id=number, version=version(services), actor=OWNER)
    change_assessment(services, "exposure = 1900")
    for stranger in (OWNER, "nobody"):
        with pytest.raises(RuleViolation):
            decided(services, "approve", stranger)
    assert review(services)["state"] == "in_approval"


def test_the_daily_pass_voids_too_and_small_changes_only_show_as_a_difference(services: Services) -> None:
    number = opened(services, HIGH)
    proposed(services)
    change_assessment(services, "exposure = 1100, overdue = 50")
    open_due_reviews(services, as_of=JULY, run_id=2)
    assert review(services)["state"] == "in_approval"
    with services.engine.connect() as connection:
        assert later_changes(connection, number, as_of=JULY)["exposure"] == [1000.0, 1100.0]

    raise_signal(services.engine, 1, "insolvency", on=JULY)
    open_due_reviews(services, as_of=JULY, run_id=3)

    voided = rows(services.engine, "SELECT state FROM review WHERE review_id = :n", n=number)
    assert voided == [{"state": "in_analysis"}]
    assert rows(services.engine, "SELECT material FROM review_snapshot") == [{"material": ["emergencies"]}]


def test_nothing_is_ever_approved_by_waiting(services: Services, clock: FixedClock) -> None:
    opened(services)
    proposed(services)

    for _ in range(40):
        clock.moment += timedelta(days=2)
        with services.engine.begin() as connection:
            sweep(connection, now=clock.now())

    assert review(services)["state"] == "in_approval"
    told = {row["kind"] for row in rows(services.engine, "SELECT kind FROM outbox_event")}
    assert {"duty_reminder", "duty_escalated", "duty_exhausted"} <= told


def test_a_returned_review_is_reworked_and_decided_again(services: Services) -> None:
    number = opened(services)
    proposed(services)
    decided(services, "return", APPROVER, "Show the guarantee.")
    assert rows(services.engine, "SELECT state FROM duty WHERE kind = 'review'")[0]["state"] == "open"

    analysis.start_analysis(services, review_id=number, version=version(services), actor=OWNER)
    analysis.recommend(
        services, review_id=number, version=version(services), actor=OWNER, recommendation="The guarantee is worthless."
    )
    analysis.submit(services, review_id=number, version=version(services), actor=OWNER)
    decided(services, "reject", APPROVER, "No.")

    assert (review(services)["state"], states(services)) == ("rejected", ["returned", "rejected"])
    assert rows(services.engine, "SELECT kind FROM duty WHERE state = 'open'") == [{"kind": "review"}]
    assert rows(services.engine, "SELECT count(*) AS n FROM outbox_event WHERE kind = 'review_decided'")[0]["n"] == 2


def test_steps_cannot_be_skipped_and_old_versions_conflict(services: Services) -> None:
    number = opened(services)
    with pytest.raises(RuleViolation, match="must be in_approval"):
        decisions.approve(services, review_id=number, version=1, actor=APPROVER, reason="Yes.", digest="x")
    analysis.start_analysis(services, review_id=number, version=1, actor=OWNER)
    with pytest.raises(Conflict, match="changed meanwhile"):
        analysis.start_analysis(services, review_id=number, version=1, actor="chen.jie")
    with pytest.raises(NotFound):
        analysis.start_analysis(services, review_id=number + 1, version=1, actor=OWNER)


def test_a_checklist_with_an_open_mandatory_question_cannot_be_submitted_not_even_past_us(services: Services) -> None:
    number = opened(services)
    answered(services, but=("statements",))
    analysis.start_analysis(services, review_id=number, version=version(services), actor=OWNER)
    analysis.recommend(services, review_id=number, version=version(services), actor=OWNER, recommendation="Go on.")

    with pytest.raises(RuleViolation, match="first: rework"):
        analysis.answer(
            services, review_id=number, version=version(services), actor=OWNER, item="statements", answer="yes"
        )
    with pytest.raises(
        RuleViolation, match="open mandatory questions: statements; take the recommendation back with rework"
    ):
        analysis.submit(services, review_id=number, version=version(services), actor=OWNER)
    with pytest.raises(IntegrityError, match="open mandatory"), services.engine.begin() as connection:
        connection.execute(text("UPDATE review SET state = 'in_approval'"))


def test_who_approved_a_step_before_it_was_returned_may_propose_anew_on_facts_that_moved(services: Services) -> None:
    opened(services, HIGH)
    proposed(services)
    decided(services, "approve", BOTH)
    decided(services, "return", SECOND, "Say why not less.")
    recommended(services, actor=BOTH, words="A quarter less.")
    change_assessment(services, "exposure = 1900")

    with pytest.raises(Conflict, match="changed materially"):
        analysis.submit(services, review_id=review(services)["review_id"], version=version(services), actor=BOTH)

    assert review(services)["state"] == "in_analysis"
    assert states(services) == ["approved", "returned"]  # what was decided on the proposal before stays

"""What a review recommends is proposed with its amounts, granted with it, void with it, and carried out before it closes."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.reviews.portfolio import raise_signal, rows
from tests.reviews.working import (
    APPROVER,
    BOTH,
    JULY,
    OWNER,
    carried_out,
    change_assessment,
    decided,
    opened,
    proposed,
    recommended,
    review,
    version,
)

from riskreview.foundation.clock import FixedClock
from riskreview.foundation.errors import Conflict, RuleViolation
from riskreview.foundation.instance import Instance, Settings
from riskreview.foundation.services import Services
from riskreview.measures import carrying_out, deciding, ending
from riskreview.measures.expectation import expected_of
from riskreview.measures.passing import pass_day
from riskreview.measures.terms import Terms
from riskreview.policy.measure_policy import load_measure_policy
from riskreview.reviews import analysis, finishing
from riskreview.reviews.pack import thaw

pytestmark = pytest.mark.database
MEDIUM, HIGH = 2, 3
POLICY = load_measure_policy(Instance(Path("nowhere"), Settings()))


def measures(services: Services) -> dict[str, dict[str, object]]:
    """Return the newest measure of each kind."""
    return {str(row["kind"]): dict(row) for row in rows(services.engine, "SELECT * FROM measure ORDER BY measure_id")}


def recommend(services: Services, *wanted: str, words: str = "As proposed.") -> None:
    row = review(services)
    analysis.recommend(
        services, review_id=row["review_id"], version=row["version"], actor=OWNER, recommendation=words, measures=wanted
    )


def test_the_pack_holds_the_strategy_of_the_class_with_every_term_of_the_limit(services: Services) -> None:
    opened(services, HIGH)

    strategy = thaw(bytes(review(services)["pack"]))["strategy"]

    assert [item["kind"] for item in strategy["measures"]] == ["visit", "cut_limit", "shorten_terms", "deposit"]
    assert {"capacity", "need", "history", "limited_by", "base", "class_factor", "secured", "amount"} <= set(
        strategy["limit"]
    )
    assert strategy["limit"]["limited_by"] == "exposure", "a customer nobody knows anything about"


def test_a_named_measure_takes_its_terms_from_the_strategy_and_a_changed_one_keeps_what_was_offered(
    services: Services,
) -> None:
    opened(services, HIGH)
    change_assessment(services, "exposure = exposure * 1.1")  # what is known later is no ground of what is expected

    recommended(services, measures=("shorten_terms", "deposit share_pct=30"))

    found = measures(services)
    assert (found["shorten_terms"]["days"], found["shorten_terms"]["state"]) == (15, "proposed")
    assert (found["deposit"]["share_pct"], found["deposit"]["basis"]["offered"]) == (
        Decimal(30),
        {"share_pct": "25.00"},
    )  # type: ignore[index]  # JSON
    assert found["deposit"]["basis"]["strategy_left_out"] == ["cut_limit", "visit"]  # type: ignore[index]  # JSON
    assert review(services)["measures"] == ["deposit", "shorten_terms"]
    frozen = thaw(bytes(review(services)["pack"]))["strategy"]
    by_rule = expected_of(frozen, POLICY.kind("deposit"), Terms(share_pct=Decimal(30)))
    assert found["deposit"]["basis"]["expected"] == json.loads(json.dumps(by_rule))  # type: ignore[index]  # JSON
    exposure = next(item for item in by_rule["changes"] if item["figure"] == "exposure")
    assert exposure["after"] == frozen["known"]["overdue"] + 0.7 * (exposure["before"] - frozen["known"]["overdue"])
    assert by_rule["missing"] == {"sales": "no_sales", "days_sales": "no_sales"}


@pytest.mark.parametrize(("wanted", "sentence"), [
    (("cut_limit", "freeze_limit"), "contradict each other"), (("cut_limit amount=400", "cut_limit amount=500"), "contradict each other"), (("cut_limit", "extend_terms days=90"), "contradict each other"),
    (("deposit share_pct=200",), "at most 99"), (("raise_limit amount=9",), "while signal"),
])  # fmt: skip
def test_measures_that_contradict_something_are_refused_before_anybody_approves(
    services: Services, wanted: tuple[str, ...], sentence: str
) -> None:
    opened(services)
    raise_signal(services.engine, 1, "P1", on=JULY, severity="alarm")

    with pytest.raises(RuleViolation, match=sentence):
        recommended(services, measures=wanted)


def test_approving_the_review_grants_its_measures_and_the_implementer_carries_them_out(services: Services) -> None:
    opened(services, HIGH)
    proposed(services, measures=("cut_limit amount=400", "visit"))
    decided(services, "approve", APPROVER)
    assert {str(row["state"]) for row in measures(services).values()} == {"proposed"}
    decided(services, "approve", "maria.stein")

    found = measures(services)["cut_limit"]
    assert (found["state"], found["approved_by"], found["implementer"]) == ("approved", "maria.stein", "sun.yan")
    with pytest.raises(RuleViolation, match="begin to carry out review"):
        carrying_out.implement(
            services, measure_id=found["measure_id"], version=found["version"], actor="sun.yan", evidence="x"
        )  # type: ignore[arg-type]  # numbers of the database
    finishing.implement(services, review_id=review(services)["review_id"], version=version(services), actor="sun.yan")
    with pytest.raises(RuleViolation, match="only implementer may"):
        carried_out(services, "maria.stein")
    carried_out(services, "sun.yan")

    assert {str(row["state"]) for row in measures(services).values()} == {"in_force"}


def test_an_approver_of_an_earlier_step_cannot_carry_out_either(services: Services) -> None:
    opened(services, HIGH)
    proposed(services, measures=("visit",))
    decided(services, "approve", BOTH)
    decided(services, "approve", APPROVER)
    finishing.implement(services, review_id=review(services)["review_id"], version=version(services), actor="sun.yan")

    with pytest.raises(IntegrityError, match="approved measure"):
        carried_out(services, BOTH)


@pytest.mark.parametrize("verb", ["return", "reject"])
def test_what_was_sent_back_or_refused_is_withdrawn_and_recommended_anew(services: Services, verb: str) -> None:
    opened(services)
    proposed(services, measures=("cut_limit amount=400",))

    decided(services, verb, APPROVER)

    assert measures(services)["cut_limit"]["state"] == "withdrawn"
    if verb == "return":
        analysis.start_analysis(
            services, review_id=review(services)["review_id"], version=version(services), actor=OWNER
        )
        recommend(services, "cut_limit amount=500")
        assert [(row["amount"], row["state"]) for row in rows(services.engine, "SELECT amount, state FROM measure ORDER BY measure_id")] == [
            (Decimal(400), "withdrawn"), (Decimal(500), "proposed")]  # fmt: skip


def test_when_the_facts_move_the_approved_measures_fall_with_the_approval(services: Services) -> None:
    opened(services)
    proposed(services, measures=("cut_limit amount=400",))
    change_assessment(services, "exposure = 9000")

    with pytest.raises(Conflict, match="changed materially"):
        decided(services, "approve", APPROVER)

    assert measures(services)["cut_limit"]["state"] == "withdrawn"


def test_a_review_whose_measure_lapsed_while_it_waited_goes_back_to_its_owner(
    services: Services, clock: FixedClock
) -> None:
    opened(services)
    proposed(services, measures=("cut_limit amount=400",))
    clock.moment += timedelta(days=400)
    pass_day(services)

    with pytest.raises(Conflict, match="days of what it recommends are over"):
        decided(services, "approve", APPROVER)

    assert (review(services)["state"], measures(services)["cut_limit"]["state"]) == ("in_analysis", "lapsed")


def test_a_decision_is_bound_to_the_amounts_and_the_database_compares_them(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(services)
    recommended(services, measures=("cut_limit amount=400",))
    one = review(services)["terms_sha256"]
    recommend_again = review(services)
    analysis.rework(services, review_id=recommend_again["review_id"], version=version(services), actor=OWNER)
    recommend(services, "cut_limit amount=300", words="Cut the limit by half.")

    assert review(services)["terms_sha256"] != one
    analysis.submit(services, review_id=review(services)["review_id"], version=version(services), actor=OWNER)
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE measure SET state = 'withdrawn', version = version + 1"))
    monkeypatch.setattr(
        "riskreview.reviews.decisions.void_if_moved", lambda *_: None
    )  # as if it changed after that look
    with pytest.raises(IntegrityError, match="not those that were approved"):
        decided(services, "approve", APPROVER)


def test_a_measure_of_a_review_is_decided_and_given_up_with_it_alone(services: Services) -> None:
    opened(services)
    proposed(services, measures=("visit", "cut_limit amount=400"))
    row = measures(services)["visit"]
    said = {"measure_id": row["measure_id"], "version": row["version"], "reason": "x"}

    with pytest.raises(RuleViolation, match="decided with review"):
        deciding.approve(services, **said, actor=APPROVER, digest=row["digest"])  # type: ignore[arg-type]  # values of the database
    with pytest.raises(RuleViolation, match="change what that recommends"):
        ending.withdraw(services, **said, actor=BOTH)  # type: ignore[arg-type]  # see above
    decided(services, "approve", APPROVER)
    finishing.implement(services, review_id=review(services)["review_id"], version=version(services), actor="sun.yan")
    ending.withdraw(services, **{**said, "version": measures(services)["visit"]["version"]}, actor=BOTH)  # type: ignore[arg-type]  # see above
    carried_out(services, "sun.yan")
    finishing.close(services, review_id=review(services)["review_id"], version=version(services), actor="sun.yan")

    assert (review(services)["state"], measures(services)["visit"]["state"]) == ("closed", "withdrawn")

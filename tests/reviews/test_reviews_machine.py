"""Whatever anybody does to a review in whatever order, a plain model and the database agree, and no rule about people is ever broken."""

import contextlib
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text
from tests.machines import play
from tests.reviews.portfolio import add_customers, rows
from tests.reviews.working import JULY, carried_out

from riskreview.audit.log import verify
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.errors import RiskReviewError
from riskreview.foundation.services import Services
from riskreview.mechanisms.duty import sweep
from riskreview.reviews import analysis, assigning, decisions, finishing
from riskreview.reviews.use_cases import open_due_reviews

pytestmark = pytest.mark.database
PEOPLE = ("wang.fang", "chen.jie", "zhao.min", "yang.li", "maria.stein", "sun.yan", "u-1003", "stranger")
NAMED = {"u-1003": "zhao.min"}
"""Who is behind a name of another system."""
WHY = "Because."


def acts(digest: str, today: date, item: str) -> dict[str, tuple[Callable[..., int], dict[str, object]]]:
    """Return every act a person may try, with something sensible to say."""
    said = {"reason": WHY, "digest": digest}
    return {
        "start_analysis": (analysis.start_analysis, {}), "answer": (analysis.answer, {"item": item, "answer": "no", "note": WHY}),
        "request_info": (analysis.request_info, {"question": "Who?", "of": "li.wei"}), "resume": (analysis.resume, {"answer": WHY}),
        "suspend": (analysis.suspend, {"until": today + timedelta(days=5), "reason": WHY}), "wake": (analysis.wake, {}),
        "recommend": (analysis.recommend, {"recommendation": WHY, "measures": ["cut_limit"]}), "rework": (analysis.rework, {}),
        "submit": (analysis.submit, {}), "approve": (decisions.approve, said), "return": (decisions.return_review, said),
        "reject": (decisions.reject, said), "implement": (finishing.implement, {}), "close": (finishing.close, {}),
        "appeal": (finishing.appeal, {"reason": WHY}), "allow_appeal": (finishing.allow_appeal, {"reason": WHY}),
        "dismiss_appeal": (finishing.dismiss_appeal, {"reason": WHY}), "reopen": (finishing.reopen, {"reason": WHY}),
        "reassign": (assigning.reassign, {"to": "li.wei", "reason": WHY}),
    }  # fmt: skip


ANALYSTS = {"wang.fang", "chen.jie", "zhao.min", "u-1003", "yang.li"}
APPROVERS = {"zhao.min", "u-1003", "yang.li", "maria.stein"}
WORKED_ON = ("assigned", "in_analysis", "info_requested", "changes_requested", "reopened")
OWN = {
    "start_analysis",
    "answer",
    "request_info",
    "resume",
    "suspend",
    "wake",
    "recommend",
    "rework",
    "submit",
    "appeal",
}
MODEL: dict[str, tuple[tuple[str, ...], str, set[str]]] = {
    "start_analysis": (("assigned", "changes_requested", "reopened"), "in_analysis", ANALYSTS), "answer": (WORKED_ON, "", ANALYSTS),
    "request_info": (("in_analysis",), "info_requested", ANALYSTS), "resume": (("info_requested",), "in_analysis", ANALYSTS),
    "suspend": (("assigned", "in_analysis", "changes_requested", "reopened"), "suspended", ANALYSTS),
    "wake": (("suspended",), "in_analysis", ANALYSTS), "recommend": (("in_analysis",), "recommended", ANALYSTS),
    "rework": (("recommended",), "in_analysis", ANALYSTS), "submit": (("recommended",), "in_approval", ANALYSTS),
    "approve": (("in_approval",), "approved", APPROVERS), "return": (("in_approval",), "changes_requested", APPROVERS),
    "reject": (("in_approval",), "rejected", APPROVERS), "implement": (("approved",), "implementing", ANALYSTS | {"sun.yan"}),
    "close": (("approved", "implementing", "rejected"), "closed", ANALYSTS | APPROVERS | {"sun.yan"}),
    "appeal": (("rejected",), "appealed", ANALYSTS), "allow_appeal": (("appealed",), "reopened", APPROVERS),
    "dismiss_appeal": (("appealed",), "rejected", APPROVERS), "reopen": (("closed",), "reopened", APPROVERS),
    "reassign": ((*WORKED_ON, "recommended", "suspended", "in_approval", "approved", "rejected", "appealed"), "", ANALYSTS),
}  # fmt: skip
"""The plain model: from which states a verb leads to which ("" for the same), and who of PEOPLE may use it at most."""


class ReviewMachine(RuleBasedStateMachine):
    """Tries acts of anybody; the model says where an act leads and who may act, and counts what went through."""

    services: Services
    clock: FixedClock

    @initialize(risk_class=st.sampled_from([2, 3]))
    def open_one(self, risk_class: int) -> None:
        with self.services.engine.begin() as connection:
            connection.execute(text("TRUNCATE review, measure CASCADE; DELETE FROM duty; TRUNCATE current_assessment;"
                                    " DELETE FROM customer"))  # fmt: skip
        add_customers(self.services.engine, [{"customer_key": 1, "risk_class": risk_class}], as_of=JULY)
        open_due_reviews(self.services, as_of=JULY, run_id=1)
        self.state, self.done = "assigned", 1
        row = self.row()
        items = rows(
            self.services.engine, "SELECT items FROM review_checklist WHERE digest = :d", d=row["checklist_digest"]
        )[0]["items"]
        self.items = [item["id"] for item in items]  # type: ignore[union-attr]  # an array of the database
        self.number = row["review_id"]

    def row(self) -> dict[str, Any]:
        return dict(rows(self.services.engine, "SELECT * FROM review")[0])

    @rule(verb=st.sampled_from(sorted(acts("", JULY, ""))), actor=st.sampled_from(PEOPLE), data=st.data())
    def try_it(self, verb: str, actor: str, data: st.DataObject) -> None:
        self.attempt(verb, actor, data.draw(st.sampled_from(self.items)))

    @rule(actor=st.sampled_from(PEOPLE))
    def try_everything(self, actor: str) -> None:
        """Let one person try every act in a row, since single draws seldom find who may not."""
        for verb in MODEL:
            self.attempt(verb, actor, self.items[0])

    @rule()
    def go_the_usual_way(self) -> None:
        """Take the step most reviews take next, so that the far states are reached often."""
        if self.state == "assigned":
            for item in self.items:
                self.attempt("answer", "wang.fang", item)
        usual = {"assigned": "start_analysis", "changes_requested": "start_analysis", "reopened": "start_analysis", "in_analysis": "recommend",
                 "recommended": "submit", "in_approval": "approve", "approved": "implement", "implementing": "close", "rejected": "close",
                 "info_requested": "resume", "suspended": "wake"}.get(self.state)  # fmt: skip
        asked = rows(self.services.engine, "SELECT owner FROM duty WHERE state = 'open' ORDER BY duty_id DESC LIMIT 1")
        actor = str(asked[0]["owner"]) if asked and usual in {"approve", "implement"} else str(self.row()["owner"])
        if usual == "close" and self.state == "implementing":
            actor = str(self.row()["implemented_by"])
            carried_out(self.services, actor)
        if usual:
            self.attempt(usual, actor, self.items[0])

    @rule()
    def go_to_the_end(self) -> None:
        """Go the usual way until the review is closed, and let everybody who may not open it again try that."""
        for _ in range(12):
            self.go_the_usual_way()
        for actor in (*sorted(ANALYSTS - APPROVERS), "sun.yan", "stranger") if self.state == "closed" else ():
            self.attempt("reopen", actor, self.items[0])

    @rule(appellant=st.sampled_from(sorted(ANALYSTS - {"u-1003"})))
    def go_to_an_appeal(self, appellant: str) -> None:
        """Go the usual way until somebody is asked to decide, have it rejected and appealed against, and let everybody try to judge."""
        for _ in range(6):
            if self.state != "in_approval":
                self.go_the_usual_way()
        for actor, verb in (*((name, "reject") for name in sorted(APPROVERS)), (appellant, "appeal")):
            self.attempt(verb, actor, self.items[0])
        if self.state == "appealed":
            row = self.row()
            for actor in (row["decided_by"], row["proposed_by"], row["appealed_by"], *PEOPLE):
                for verb in ("dismiss_appeal", "allow_appeal"):
                    self.attempt(verb, actor, self.items[0])

    @rule(days=st.integers(1, 20))
    def let_time_pass(self, days: int) -> None:
        self.clock.moment += timedelta(days=days)
        with self.services.engine.begin() as connection:
            sweep(connection, now=self.clock.now())
        assert self.row()["state"] == self.state

    @rule(exposure=st.sampled_from([1000.0, 1100.0, 2000.0]))
    def let_the_facts_move(self, exposure: float) -> None:
        with self.services.engine.begin() as connection:
            before = connection.execute(text("SELECT exposure FROM current_assessment")).scalar_one()
            connection.execute(text("UPDATE current_assessment SET exposure = :e"), {"e": exposure})
        if self.state in {"in_approval", "approved"} and before != exposure:
            with contextlib.suppress(RiskReviewError):
                self.attempt("approve", "stranger", self.items[0])

    def attempt(self, verb: str, actor: str, item: str) -> None:
        row = self.row()
        digest = decisions.proposal_digest(
            row["snapshot_sha256"], row["measures"], row["recommendation"], row["terms_sha256"]
        )
        act, more = acts(digest, self.clock.now().date(), item)[verb]
        try:
            act(self.services, review_id=self.number, version=row["version"], actor=actor, **more)
        except RiskReviewError:
            now = self.row()
            if (
                now["version"] != row["version"]
            ):  # a submission or an approval finds the facts moved and sends the review back
                assert (now["state"], now["version"]) == ("in_analysis", row["version"] + 1)
                assert self.state in {"recommended", "in_approval", "approved"}, (verb, self.state)
                self.state, self.done = "in_analysis", self.done + 1
            else:
                assert now == row
            return
        sources, target, people = MODEL[verb]
        assert self.state in sources, (verb, actor, self.state)
        assert actor in people or actor not in PEOPLE, (verb, actor)
        parties = {row["decided_by"], row["proposed_by"], row["appealed_by"]}
        assert verb not in {"allow_appeal", "dismiss_appeal"} or NAMED.get(actor, actor) not in parties, (verb, actor)
        assert verb not in OWN or actor in {row["owner"], row["deputy"], *APPROVERS}, (verb, actor)
        self.done += 1
        is_more_to_decide = verb == "approve" and self.row()["state"] == "in_approval"
        self.state = self.state if is_more_to_decide else target or self.state

    @invariant()
    def the_model_and_the_database_agree(self) -> None:
        if not hasattr(self, "number"):
            return
        row = self.row()
        audited = rows(self.services.engine, "SELECT count(*) AS n FROM audit_event WHERE subject_type = 'review' AND subject_id = :n",
                       n=str(self.number))[0]["n"]  # fmt: skip
        assert (row["state"], row["version"]) == (self.state, self.done)
        assert row["version"] == audited

    @invariant()
    def proposer_approvers_and_implementer_are_different_people(self) -> None:
        if not hasattr(self, "number"):
            return
        row = self.row()
        steps = rows(self.services.engine, "SELECT * FROM review_approval WHERE round = :r", r=row["approval_round"])
        deciders = [step["decided_by"] for step in steps if step["decided_by"]]
        assert len(deciders) == len(set(deciders))
        assert (
            row["proposed_by"] is None
            or row["state"] in {"in_analysis", "recommended"}
            or row["proposed_by"] not in deciders
        )
        if row["state"] in {"approved", "implementing"}:
            assert [step["state"] for step in steps] == ["approved"] * row["approval_steps"]
        if row["implemented_by"]:
            assert row["implemented_by"] not in deciders
            assert row["risk_class"] in {1, 2} or row["implemented_by"] != row["proposed_by"]

    @invariant()
    def a_review_under_work_is_always_somebody_s_duty(self) -> None:
        if not hasattr(self, "number") or self.state in {"closed", "cancelled"}:
            return
        open_or_late = rows(
            self.services.engine, "SELECT count(*) AS n FROM duty WHERE state IN ('open', 'exhausted')"
        )[0]["n"]
        assert open_or_late, self.state


def test_no_order_of_acts_breaks_a_rule(services: Services, clock: FixedClock) -> None:
    class Machine(ReviewMachine):
        pass

    Machine.services, Machine.clock = services, clock
    play(Machine, examples=6, steps=30)
    with services.engine.connect() as connection:
        assert verify(connection).problem == ""

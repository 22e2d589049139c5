"""Whatever anybody does to measures in whatever order, a plain model and the database agree, and no rule about people is ever broken."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text
from tests.machines import play
from tests.measures.working import customer
from tests.reviews.portfolio import rows

from riskreview.audit.log import verify
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.errors import RiskReviewError
from riskreview.foundation.services import Services
from riskreview.measures import carrying_out, deciding, ending
from riskreview.measures.lifecycle import IN_FORCE, WAITING
from riskreview.measures.passing import PassedCounts, pass_day
from riskreview.measures.proposing import propose
from riskreview.measures.terms import parse_wanted
from riskreview.policy.measure_policy import load_measure_policy

pytestmark = pytest.mark.database
PEOPLE = ("wang.fang", "zhao.min", "yang.li", "maria.stein", "sun.yan", "u-1003", "stranger")
WANTED = (
    "cut_limit amount=400",
    "freeze_limit",
    "raise_limit amount=9000",
    "order_hold",
    "delivery_stop",
    "visit",
    "extend_terms days=90",
)
ACTS: dict[str, tuple[Callable[..., int], dict[str, object]]] = {
    "approve": (deciding.approve, {"reason": "Yes."}), "refuse": (deciding.refuse, {"reason": "No."}),
    "implement": (carrying_out.implement, {"evidence": "Ticket 7"}), "withdraw": (ending.withdraw, {"reason": "No need."}),
    "reverse": (ending.reverse, {"reason": "Pays again."}), "keep": (ending.keep, {"reason": "Not yet."}),
    "undo": (carrying_out.undo, {"evidence": "Ticket 8"}),
}  # fmt: skip
LEADS = {"approve": {"proposed", "approved"}, "refuse": {"refused"}, "implement": {"implemented", "in_force"}, "withdraw": {"withdrawn"},
         "reverse": {"reversal_asked", "reversed"}, "keep": {"in_force"}, "undo": {"expired", "reversed"}}  # fmt: skip
"""States an act may leave a measure in."""


class MeasureMachine(RuleBasedStateMachine):
    """Tries acts of anybody on any measure of one customer; the model is the state of each measure."""

    services: Services
    clock: FixedClock

    @initialize(risk_class=st.sampled_from([2, 3]))
    def begin(self, risk_class: int) -> None:
        with self.services.engine.begin() as connection:
            connection.execute(
                text("TRUNCATE measure CASCADE; DELETE FROM duty; TRUNCATE current_assessment; DELETE FROM customer")
            )
        customer(self.services, risk_class)
        self.model: dict[int, str] = {}

    def row(self, number: int) -> dict[str, Any]:
        return dict(rows(self.services.engine, "SELECT * FROM measure WHERE measure_id = :n", n=number)[0])

    @rule(wanted=st.sampled_from(WANTED), actor=st.sampled_from(PEOPLE))
    def propose(self, wanted: str, actor: str) -> None:
        try:
            made = propose(self.services, customer_key=1, wanted=parse_wanted(wanted, load_measure_policy(self.services.instance)),
                           reason="Late.", actor=actor, although="It grew.")  # fmt: skip
        except RiskReviewError:
            return
        assert made.is_new == (made.measure_id not in self.model)
        self.model.setdefault(made.measure_id, "proposed")

    @rule(verb=st.sampled_from(sorted(ACTS)), actor=st.sampled_from(PEOPLE), data=st.data())
    def act(self, verb: str, actor: str, data: st.DataObject) -> None:
        if self.model:
            self.attempt(verb, actor, data.draw(st.sampled_from(sorted(self.model))))

    @rule()
    def go_the_usual_way(self) -> None:
        """Take the step most measures take next, so that the far states are reached often."""
        for number, state in self.model.items():
            asked = rows(
                self.services.engine,
                "SELECT asked FROM measure_approval WHERE measure_id = :n AND state = 'open'",
                n=number,
            )
            if state == "proposed":
                self.attempt("approve", str(asked[0]["asked"]), number)
            elif state == "approved":
                self.attempt("implement", str(self.row(number)["implementer"]), number)

    def attempt(self, verb: str, actor: str, number: int) -> None:
        before, (act, more) = self.row(number), ACTS[verb]
        if verb in {"approve", "refuse"}:
            more = {**more, "digest": before["digest"]}
        try:
            act(self.services, measure_id=number, version=before["version"], actor=actor, **more)
        except RiskReviewError:
            assert self.row(number) == before
            return
        after = self.row(number)["state"]
        assert after in LEADS[verb]
        self.model[number] = after
        if after == "in_force" and verb == "implement":
            for other in self.model:
                if other != number and self.model[other] in IN_FORCE and self.row(other)["field"] == before["field"]:
                    self.model[other] = "superseded"

    @rule(days=st.integers(1, 60))
    def let_time_pass(self, days: int) -> None:
        self.clock.moment += timedelta(days=days)
        pass_day(self.services)
        assert pass_day(self.services) == PassedCounts()
        today = self.clock.now().date()
        for number, state in self.model.items():
            if state in {*WAITING, *IN_FORCE} and self.row(number)["expires_on"] < today:
                self.model[number] = "lapsed" if state in WAITING else "expired"

    @invariant()
    def the_model_and_the_database_agree(self) -> None:
        if hasattr(self, "model"):
            assert {
                row["measure_id"]: row["state"]
                for row in rows(self.services.engine, "SELECT measure_id, state FROM measure")
            } == self.model

    @invariant()
    def no_two_of_one_field_wait_or_are_in_force(self) -> None:
        for states in (WAITING, IN_FORCE):
            found = rows(self.services.engine, "SELECT field FROM measure WHERE state = ANY(:s)", s=list(states))
            assert len(found) == len({str(row["field"]) for row in found})

    @invariant()
    def proposer_approvers_and_implementer_are_different_people(self) -> None:
        for row in rows(self.services.engine, "SELECT * FROM measure"):
            steps = rows(
                self.services.engine,
                "SELECT decided_by FROM measure_approval WHERE measure_id = :n",
                n=row["measure_id"],
            )
            deciders = [step["decided_by"] for step in steps if step["decided_by"]]
            assert len(deciders) == len(set(deciders))
            assert row["proposed_by"] not in deciders
            assert row["implemented_by"] not in deciders
            assert (
                row["implemented_by"] is None or row["risk_class"] == 2 or row["implemented_by"] != row["proposed_by"]
            )
            if row["state"] == "reversed" and row["effect"] == "constrains":
                assert row["ended_by"] != row["reversal_asked_by"]

    @invariant()
    def what_waits_for_a_person_is_always_somebody_s_duty(self) -> None:
        for number, state in getattr(self, "model", {}).items():
            if state in {"proposed", "approved", "reversal_asked"}:
                assert rows(self.services.engine, "SELECT 1 FROM duty WHERE subject_type = 'measure' AND subject_id = :n"
                                                  " AND state IN ('open', 'exhausted')", n=str(number)), (number, state)  # fmt: skip


def test_no_order_of_acts_breaks_a_rule(services: Services, clock: FixedClock) -> None:
    class Machine(MeasureMachine):
        pass

    Machine.services, Machine.clock = services, clock
    play(Machine, examples=5, steps=25)
    with services.engine.connect() as connection:
        assert verify(connection).problem == ""

"""Whatever anybody does to an emergency plan in whatever order, a plain model and the database agree, and somebody always owes what is next.

``RISKREVIEW_EXAMPLES`` plays so many others, see ``tests/machines.py``.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text
from tests.machines import play
from tests.reviews.portfolio import add_customers, raise_signal, rows

from riskreview.audit.log import verify
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.errors import RiskReviewError
from riskreview.foundation.services import Services
from riskreview.measures import deciding
from riskreview.mechanisms.duty import sweep
from riskreview.playbooks import response
from riskreview.playbooks.drills import start_drill
from riskreview.playbooks.response import AfterAction
from riskreview.playbooks.use_cases import activate_playbooks
from riskreview.policy.playbook import load_playbooks
from riskreview.policy.team import load_team

pytestmark = pytest.mark.database
JULY = date(2026, 7, 1)
RULES = {"PB1": "payment_default", "PB2": "insolvency", "PB5": "order_collapse"}
OTHERS = ("yang.li", "maria.stein", "guo.qiang", "feng.lei", "stranger", "u-1003")
TEXTS = ("As agreed.", "As agreed.", "As agreed.", " ")

PLAN = {
    "acknowledge": (("triggered",), "acknowledged"), "contain": (("acknowledged",), "contained"), "recover": (("contained",), "recovering"),
    "resolve": (("contained", "recovering"), "resolved"), "look_back": (("resolved",), "after_action"), "close": (("after_action",), "closed"),
    "stand_down": (("triggered", "acknowledged", "contained"), "stood_down"),
}  # fmt: skip
"""The plain model of a plan: from which states a verb leads to which."""
STEP = {"acknowledge": (("todo",), "acknowledged"), "start": (("todo", "acknowledged"), "doing"),
        "finish": (("todo", "acknowledged", "doing"), "done"), "refuse": (("todo", "acknowledged", "doing"), "not_doing")}  # fmt: skip
ENDS = ("close", "stand_down")
STEP_ENDED = ("done", "not_doing")


@dataclass
class Step:
    """What the model knows of a step."""

    waits_for: tuple[str, ...]
    people: frozenset[str]
    state: str = "todo"
    version: int = 1


@dataclass
class Plan:
    """What the model knows of a plan: who may do what next, and whose duty that is."""

    owner: str
    deputy: str | None
    approvers: frozenset[str]
    steps: dict[str, Step]
    state: str = "triggered"
    version: int = 1
    led: set[str] = field(default_factory=set)

    @property
    def open_steps(self) -> list[str]:
        return [name for name, step in self.steps.items() if step.state not in STEP_ENDED]

    @property
    def duties(self) -> list[str]:
        """Return the kinds of duty somebody must have for the plan itself."""
        if self.state in {"acknowledged", "contained", "recovering"}:
            return [] if self.open_steps else ["activation_resolve"]
        kind = {
            "triggered": "activation_acknowledge",
            "resolved": "activation_look_back",
            "after_action": "activation_close",
        }
        return [kind[self.state]] if self.state in kind else []

    def may(self, verb: str, actor: str, said: str) -> bool:
        sources, _ = PLAN[verb]
        if self.state not in sources or (verb in {"look_back", "stand_down"} and not said.strip()):
            return False
        if verb == "resolve" and self.open_steps:
            return False
        return actor in self.approvers - {self.owner, *self.led} if verb in ENDS else actor in {self.owner, self.deputy}

    def may_on_step(self, name: str, verb: str, actor: str, said: str) -> bool:
        step = self.steps[name]
        sources, _ = STEP[verb]
        if step.state not in sources or actor not in step.people or (verb in {"finish", "refuse"} and not said.strip()):
            return False
        return verb in {"acknowledge", "refuse"} or all(
            self.steps[other].state in STEP_ENDED for other in step.waits_for
        )


class PlanMachine(RuleBasedStateMachine):
    """Tries acts of anybody on one emergency plan, real or practised."""

    services: Services
    clock: FixedClock

    @initialize(playbook=st.sampled_from(sorted(RULES)), is_drill=st.booleans())
    def begin(self, *, playbook: str, is_drill: bool) -> None:
        with self.services.engine.begin() as connection:
            connection.execute(text("TRUNCATE activation, measure, outbox_event CASCADE; DELETE FROM duty; DELETE FROM signal;"
                                    " TRUNCATE current_assessment; DELETE FROM customer"))  # fmt: skip
        self.playbook, self.today = playbook, self.clock.now().date()
        if is_drill:
            start_drill(self.services, playbook_id=playbook)
        else:
            add_customers(self.services.engine, [{"customer_key": 1, "risk_class": 5}], as_of=self.today)
            raise_signal(self.services.engine, 1, RULES[playbook], on=self.today)
            activate_playbooks(self.services, as_of=self.today, run_id=1)
        row, book = self.row(), next(book for book in load_playbooks(self.services.instance) if book.id == playbook)
        self.number, team = row["activation_id"], load_team(self.services.instance)
        approvers = frozenset(person.id for person in team.persons if set(person.roles) & set(book.duties.approvers))
        found = {step["step_id"]: step for step in self.steps()}
        self.plan = Plan(row["owner"], row["deputy"], approvers, {
            step.id: Step(step.depends_on, frozenset(filter(None, (found[step.id]["owner"], found[step.id]["deputy"], row["owner"]))))
            for step in book.measures.steps})  # fmt: skip
        self.people = sorted(
            {row["owner"], *filter(None, (row["deputy"], *(step["owner"] for step in found.values()))), *OTHERS}
        )

    def row(self) -> dict[str, Any]:
        return dict(rows(self.services.engine, "SELECT * FROM activation")[0])

    def steps(self) -> list[dict[str, Any]]:
        return [dict(row) for row in rows(self.services.engine, "SELECT * FROM step ORDER BY position")]

    @rule(verb=st.sampled_from(sorted(PLAN)), said=st.sampled_from(TEXTS), is_old=st.integers(0, 5), data=st.data())
    def try_on_the_plan(self, verb: str, said: str, is_old: int, data: st.DataObject) -> None:
        self.attempt(verb, data.draw(st.sampled_from(self.people)), said, is_old=is_old == 5)

    @rule(verb=st.sampled_from(sorted(STEP)), said=st.sampled_from(TEXTS), is_old=st.integers(0, 5), data=st.data())
    def try_on_a_step(self, verb: str, said: str, is_old: int, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.plan.steps)))
        self.attempt_step(name, verb, data.draw(st.sampled_from(self.people)), said, is_old=is_old == 5)

    @rule(verb=st.sampled_from(("start", "finish")))
    def try_out_of_turn(self, verb: str) -> None:
        """Let the leader try every step that waits for others, which single draws seldom do."""
        for name in [name for name, step in self.plan.steps.items() if step.waits_for]:
            self.attempt_step(name, verb, self.plan.owner, "As agreed.")

    @rule()
    def work_all_steps_off(self) -> None:
        """End every step as its leader would, so that the far states are reached often."""
        for name in self.plan.open_steps:
            self.attempt_step(
                name, "refuse" if self.is_held_up(name, self.plan.owner) else "finish", self.plan.owner, "As agreed."
            )

    @rule(by_deputy=st.booleans())
    def go_the_usual_way(self, *, by_deputy: bool) -> None:
        usual = next((verb for verb, (sources, _) in PLAN.items() if self.plan.state in sources), None)
        leader = self.plan.deputy if by_deputy and self.plan.deputy else self.plan.owner
        asked = [row["owner"] for row in self.duties_of("activation_close")]
        if usual is not None:
            self.attempt(usual, asked[0] if usual == "close" and asked else leader, "As agreed.")

    @rule(days=st.integers(1, 20))
    def let_time_pass(self, days: int) -> None:
        self.clock.moment += timedelta(days=days)
        with self.services.engine.begin() as connection:
            sweep(connection, now=self.clock.now())

    @rule()
    def let_the_pass_run_again(self) -> None:
        """A rerun of the pass that began the plan begins nothing, whatever became of it."""
        assert activate_playbooks(self.services, as_of=self.clock.now().date(), run_id=2).activated == 0

    @rule(verb=st.sampled_from((deciding.approve, deciding.approve, deciding.refuse)))
    def decide_what_a_step_waits_for(self, verb: Any) -> None:
        """Let who is asked decide the next measure of the plan's steps; what comes of it is the measures room's to say."""
        asked = rows(self.services.engine, "SELECT m.measure_id, m.version, m.digest, d.owner FROM measure AS m INNER JOIN duty AS d"
                     " ON d.subject_type = 'measure' AND d.subject_id = m.measure_id::text AND d.state IN ('open', 'exhausted')"
                     " WHERE m.state = 'proposed' ORDER BY m.measure_id LIMIT 1")  # fmt: skip
        for row in asked:
            verb(
                self.services,
                measure_id=row["measure_id"],
                version=row["version"],
                digest=row["digest"],
                actor=row["owner"],
                reason="Agreed.",
            )

    def is_held_up(self, name: str, actor: str) -> bool:
        """Tell whether the measure of a step waits for its approval, or was approved by who would carry it out."""
        found = rows(self.services.engine, """SELECT m.state, array_agg(a.decided_by) AS deciders FROM measure AS m
            INNER JOIN step USING (step_key) LEFT JOIN measure_approval AS a USING (measure_id)
            WHERE step.step_id = :n AND m.state IN ('proposed', 'approved') GROUP BY m.measure_id""", n=name)  # fmt: skip
        return any(row["state"] == "proposed" or actor in row["deciders"] for row in found)

    def attempt(self, verb: str, actor: str, said: str, *, is_old: bool = False) -> None:
        plan = self.plan
        act: Any = {"acknowledge": response.acknowledge_activation}.get(verb) or getattr(response, verb)
        more: dict[str, Any] = {"look_back": {"record": AfterAction(said)}, "stand_down": {"reason": said}}.get(
            verb, {}
        )
        expected = plan.may(verb, actor, said) and not is_old
        assert self.goes_through(act, version=plan.version - is_old, actor=actor, **more) == expected, (
            verb,
            actor,
            plan.state,
        )
        if expected:
            plan.state, plan.version = PLAN[verb][1], plan.version + 1
            plan.led |= {actor} if verb in {"acknowledge", "look_back"} else set()
            for step in plan.steps.values():
                if verb == "stand_down" and step.state not in STEP_ENDED:
                    step.state, step.version = "not_doing", step.version + 1

    def attempt_step(self, name: str, verb: str, actor: str, said: str, *, is_old: bool = False) -> None:
        step = self.plan.steps[name]
        act: Any = {"refuse": response.not_doing}.get(verb) or getattr(response, verb)
        more = {"finish": {"evidence": said}, "refuse": {"reason": said}}.get(verb, {})
        expected = (
            self.plan.may_on_step(name, verb, actor, said)
            and not is_old
            and not (verb == "finish" and self.is_held_up(name, actor))
        )
        passed = self.goes_through(act, step_id=name, version=step.version - is_old, actor=actor, **more)
        assert passed == expected, (name, verb, actor, step.state)
        if expected:
            step.state, step.version = STEP[verb][1], step.version + 1

    def goes_through(self, act: Any, **given: Any) -> bool:
        try:
            act(self.services, activation_id=self.number, **given)
        except RiskReviewError:
            return False
        return True

    def duties_of(self, kind: str) -> list[dict[str, Any]]:
        return [
            dict(row)
            for row in rows(
                self.services.engine, "SELECT * FROM duty WHERE kind = :k AND state IN ('open', 'exhausted')", k=kind
            )
        ]

    @invariant()
    def the_model_and_the_database_agree(self) -> None:
        row, found = self.row(), self.steps()
        assert (row["state"], row["version"]) == (self.plan.state, self.plan.version)
        assert {step["step_id"]: (step["state"], step["version"]) for step in found} == {
            name: (step.state, step.version) for name, step in self.plan.steps.items()}  # fmt: skip
        audited = {(item["subject_type"], item["subject_id"]): item["n"] for item in rows(
            self.services.engine, "SELECT subject_type, subject_id, count(*) AS n FROM audit_event GROUP BY 1, 2")}  # fmt: skip
        assert audited["activation", str(self.number)] == row["version"]
        assert all(audited.get(("step", str(step["step_key"])), 0) == step["version"] - 1 for step in found)

    @invariant()
    def what_is_next_is_somebody_s_duty_and_nothing_else_is(self) -> None:
        owed = rows(self.services.engine, "SELECT kind, owner, subject_type, subject_id FROM duty"
                    " WHERE state IN ('open', 'exhausted') AND subject_type IN ('activation', 'step')")  # fmt: skip
        keys = {str(step["step_key"]): step["step_id"] for step in self.steps()}
        assert sorted(keys[row["subject_id"]] for row in owed if row["subject_type"] == "step") == sorted(
            self.plan.open_steps
        )
        plan = [row for row in owed if row["subject_type"] == "activation"]
        assert [row["kind"] for row in plan] == self.plan.duties
        assert all(
            row["owner"] not in {self.plan.owner, *self.plan.led} for row in plan if row["kind"] == "activation_close"
        )

    @invariant()
    def every_rung_has_its_message_and_none_comes_after_the_end(self) -> None:
        wrong = rows(self.services.engine, """SELECT duty_id FROM duty WHERE level <> (
            SELECT count(*) FROM outbox_event AS e WHERE e.event_key LIKE 'duty:' || duty_id || ':%' AND (
                duty.state NOT IN ('done', 'cancelled') OR e.created_at <= duty.closed_at))""")  # fmt: skip
        assert not wrong


def test_no_order_of_acts_breaks_an_emergency_plan(services: Services, clock: FixedClock) -> None:
    class Machine(PlanMachine):
        pass

    Machine.services, Machine.clock = services, clock
    play(Machine, examples=4, steps=25)
    with services.engine.connect() as connection:
        assert verify(connection).problem == ""

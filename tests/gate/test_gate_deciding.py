"""A change of policy needs a back-test of exactly these files, two people, and a day; what no longer holds is void."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.facts.batches import customer
from tests.gate.editing import edit, warn_earlier
from tests.gate.planted import TODAY, publish_then

from riskreview.foundation.clock import FixedClock
from riskreview.foundation.errors import Conflict, RuleViolation
from riskreview.foundation.services import Services
from riskreview.gate import deciding, store
from riskreview.gate.backtesting import backtest
from riskreview.gate.installing import differing_files, policy_of
from riskreview.notifications.use_cases import escalate
from riskreview.orchestration import stages
from riskreview.policy.risk_policy import load_policy

PROPOSER, APPROVER = "zhao.min", "maria.stein"
WHY = "Late payers are seen too late."


def later(services: Services, days: int) -> Services:
    return replace(services, clock=FixedClock(services.clock.now() + timedelta(days=days)))


def proposed(services: Services, **more: date) -> int:
    backtest(services, actor=PROPOSER, months=1)
    return deciding.propose(services, actor=PROPOSER, reason=WHY, **more)


def approved(services: Services, number: int, *, actor: str = APPROVER, digest: str | None = None) -> None:
    with services.engine.connect() as connection:
        found = store.read_proposal(connection, number)
    deciding.approve(services, proposal_id=number, version=found["version"], actor=actor, digest=digest or found["bound_digest"], reason=WHY)  # fmt: skip


def state_of(services: Services, number: int) -> str:
    with services.engine.connect() as connection:
        return str(store.read_proposal(connection, number)["state"])


def version_on(services: Services, day: date) -> str:
    return load_policy(policy_of(services, day).instance).version


def test_a_change_comes_into_force_on_its_day_and_every_day_has_its_policy(assessed: Services):
    warn_earlier(assessed.instance.home)
    number = proposed(assessed, effective_from=TODAY + timedelta(days=10))
    approved(assessed, number)

    deciding.activate(assessed, proposal_id=number, version=2, actor=PROPOSER)

    assert [version_on(assessed, TODAY + timedelta(days=days)) for days in (-400, 0, 9, 10, 500)] == ["2026.3", "2026.3", "2026.3", "2026.4", "2026.4"]  # fmt: skip
    assert "2026-07-11" in (differing_files(assessed) or "")
    stages.recompute_risk(assessed, as_of=TODAY + timedelta(days=10))
    stages.recompute_risk(assessed, as_of=TODAY - timedelta(days=30), triggered_by="backfill:test")
    with assessed.engine.connect() as connection:
        used = connection.execute(text("SELECT as_of, pins ->> 'policies' FROM run WHERE stage = 'recompute_risk' ORDER BY run_id")).all()  # fmt: skip
    assert used[1][1] != used[0][1] == used[2][1]
    assert differing_files(later(assessed, 10)) is None


def test_nothing_is_proposed_without_a_back_test_of_exactly_these_files(assessed: Services):
    warn_earlier(assessed.instance.home)
    backtest(assessed, actor=PROPOSER, months=1)
    edit(assessed.instance.home, "reviews.yaml", "spread_from: 3", "spread_from: 2")

    with pytest.raises(RuleViolation, match="exactly these files"):
        deciding.propose(assessed, actor=PROPOSER, reason=WHY)


def test_a_report_with_hindsight_supports_no_proposal(assessed: Services):
    warn_earlier(assessed.instance.home)
    backtest(assessed, actor=PROPOSER, months=1, is_point_in_time=False)

    with pytest.raises(RuleViolation, match="exactly these files"):
        deciding.propose(assessed, actor=PROPOSER, reason=WHY)


def test_the_proposer_does_not_approve_nor_does_the_database_let_it(assessed: Services):
    warn_earlier(assessed.instance.home)
    number = proposed(assessed)

    with pytest.raises(RuleViolation, match="another person"):
        approved(assessed, number, actor=PROPOSER)
    statement = "UPDATE policy_proposal SET state = 'approved', decided_by = proposed_by, decided_at = now(), decision_reason = 'x', decided_digest = bound_digest"  # fmt: skip
    with pytest.raises(DBAPIError, match="four_eyes"), assessed.engine.begin() as connection:
        connection.execute(text(statement))
    with pytest.raises(RuleViolation, match="none of the roles"):
        approved(assessed, number, actor="wang.fang")
    assert state_of(assessed, number) == "proposed"


def test_an_approval_is_bound_to_the_report_that_was_read(assessed: Services):
    warn_earlier(assessed.instance.home)
    number = proposed(assessed)

    with pytest.raises(RuleViolation, match="what was read"):
        approved(assessed, number, digest="0" * 64)
    unbound = (
        "UPDATE policy_proposal SET state = 'approved', decided_by = 'x', decided_at = now(), decision_reason = 'x'"
    )
    with pytest.raises(DBAPIError, match="bound"), assessed.engine.begin() as connection:
        connection.execute(text(unbound))


def test_nothing_unapproved_comes_into_force_by_any_way(assessed: Services):
    warn_earlier(assessed.instance.home)
    number = proposed(assessed)

    with pytest.raises(RuleViolation, match="must be approved"):
        deciding.activate(assessed, proposal_id=number, version=1, actor=PROPOSER)
    with assessed.engine.connect() as connection:
        digest = store.read_proposal(connection, number)["set_digest"]
    with pytest.raises(DBAPIError, match="only an approved set"), assessed.engine.begin() as connection:
        store.insert_activation(connection, {"digest": digest, "effective_from": TODAY, "proposal_id": number, "person": "x", "at": assessed.clock.now()})  # fmt: skip


def test_a_proposal_is_void_once_its_back_test_is_old(assessed: Services):
    warn_earlier(assessed.instance.home)
    number = proposed(assessed)

    with pytest.raises(RuleViolation, match="another person than the proposer"):
        approved(later(assessed, 40), number, actor=PROPOSER)
    assert state_of(assessed, number) == "proposed"
    with pytest.raises(RuleViolation, match="is void"):
        approved(later(assessed, 40), number)
    assert state_of(assessed, number) == "void"


def test_a_proposal_is_void_once_the_portfolio_is_another_one(assessed: Services):
    warn_earlier(assessed.instance.home)
    number = proposed(assessed)
    approved(assessed, number)
    publish_then(assessed, {"customers": [customer("c9")]}, date(2026, 6, 30), hour=14)
    stages.recompute_risk(assessed, as_of=TODAY)

    with pytest.raises(RuleViolation, match="number of customers of the portfolio went from 4 to 5"):
        deciding.activate(assessed, proposal_id=number, version=2, actor=PROPOSER)
    assert state_of(assessed, number) == "void"
    assert version_on(assessed, TODAY) == "2026.3"


def test_going_back_is_a_new_activation_by_two_people_and_deletes_nothing(assessed: Services):
    warn_earlier(assessed.instance.home)
    number = proposed(assessed)
    approved(assessed, number)
    deciding.activate(assessed, proposal_id=number, version=2, actor=PROPOSER)
    assert version_on(assessed, TODAY) == "2026.4"

    back = deciding.go_back(assessed, wanted="1", actor=PROPOSER, reason="Too many alerts came of it.")
    with pytest.raises(RuleViolation, match="another person"):
        approved(assessed, back, actor=PROPOSER)
    approved(assessed, back)
    deciding.activate(assessed, proposal_id=back, version=2, actor=APPROVER)

    with assessed.engine.connect() as connection:
        versions = store.list_activations(connection, on_day=TODAY)
    assert version_on(assessed, TODAY) == "2026.3"
    assert [(row["risk_version"], row["kind"]) for row in versions] == [("2026.3", "rollback"), ("2026.4", "change"), ("2026.3", None)]  # fmt: skip


def test_what_never_was_in_force_is_not_gone_back_to(assessed: Services):
    warn_earlier(assessed.instance.home)
    tried = backtest(assessed, actor=PROPOSER, months=1)

    with pytest.raises(RuleViolation, match="never was in force"):
        deciding.go_back(assessed, wanted=tried.set_digest[:12], actor=PROPOSER, reason=WHY)


def test_the_past_keeps_its_policy_and_one_set_is_proposed_once(assessed: Services):
    warn_earlier(assessed.instance.home)

    with pytest.raises(RuleViolation, match="today at the earliest"):
        proposed(assessed, effective_from=TODAY - timedelta(days=1))
    proposed(assessed)
    with pytest.raises(Conflict, match="wait as a proposal"):
        deciding.propose(assessed, actor="wang.fang", reason=WHY)


def test_a_version_does_not_come_into_force_before_its_own_date(assessed: Services):
    warn_earlier(assessed.instance.home)
    edit(assessed.instance.home, "risk_policy.yaml", "effective_from: 2000-01-01", "effective_from: 2026-08-01")

    with pytest.raises(RuleViolation, match="from 2026-08-01"):
        proposed(assessed, effective_from=TODAY)
    number = deciding.propose(assessed, actor=PROPOSER, reason=WHY)
    approved(assessed, number)
    deciding.activate(assessed, proposal_id=number, version=2, actor=PROPOSER)

    assert [version_on(assessed, day) for day in (date(2026, 7, 31), date(2026, 8, 1))] == ["2026.3", "2026.4"]


def test_the_gate_in_force_decides_not_the_one_that_wants_to_pass(assessed: Services):
    warn_earlier(assessed.instance.home)
    shipped = "approvers: [credit_manager, cfo, executive]"
    path = assessed.instance.home / "policies" / "gate.yaml"
    path.write_text(assessed.instance.configuration_file("policies", "gate.yaml").read_text("utf-8").replace(shipped, "approvers: [sales]"), "utf-8")  # fmt: skip
    number = proposed(assessed)

    with pytest.raises(RuleViolation, match="none of the roles"):
        approved(assessed, number, actor="li.wei")


def duties_of(services: Services, number: int) -> list[tuple[str, str, str]]:
    with services.engine.connect() as connection:
        found = connection.execute(text("SELECT kind, owner, state FROM duty WHERE subject_type = 'policy_proposal'"
                                        " AND subject_id = :n ORDER BY duty_id"), {"n": str(number)}).all()  # fmt: skip
    return [(row.kind, row.owner, row.state) for row in found]


def test_a_proposal_is_somebody_s_duty_until_it_is_in_force(assessed: Services):
    warn_earlier(assessed.instance.home)
    number = proposed(assessed)
    asked = duties_of(assessed, number)
    escalated = escalate(later(assessed, 30))
    approved(assessed, number)
    waiting = duties_of(assessed, number)
    deciding.activate(assessed, proposal_id=number, version=2, actor=PROPOSER)

    with assessed.engine.connect() as connection:
        told = dict(connection.execute(text("SELECT kind, audience FROM outbox_event WHERE kind LIKE 'policy%'")).all())  # fmt: skip
    assert asked == [("policy_decision", "yang.li", "open")]
    assert escalated.reminded + escalated.escalated == 1
    assert waiting == [("policy_decision", "yang.li", "done"), ("policy_activation", PROPOSER, "open")]
    assert [state for _, _, state in duties_of(assessed, number)] == ["done", "done"]
    assert told["policy_proposed"][0] == "yang.li"
    assert PROPOSER not in told["policy_proposed"]
    assert told["policy_decided"] == [PROPOSER]


@pytest.mark.parametrize(
    ("verb", "actor", "state"), [("reject", APPROVER, "done"), ("withdraw", PROPOSER, "cancelled")]
)
def test_what_is_not_wanted_any_more_is_nobody_s_duty(assessed: Services, verb: str, actor: str, state: str):
    warn_earlier(assessed.instance.home)
    number = proposed(assessed)

    getattr(deciding, verb)(assessed, proposal_id=number, version=1, actor=actor, reason=WHY)

    assert duties_of(assessed, number) == [("policy_decision", "yang.li", state)]


def test_a_firm_of_one_is_told_whom_to_name_before_it_waits_for_nobody(assessed: Services):
    people = {
        "persons": [{"id": PROPOSER, "name": "Zhao Min", "roles": ["credit_manager", "executive"]}],
        "final_duty_role": "executive",
    }
    (assessed.instance.home / "policies" / "team.yaml").write_text(json.dumps(people), "utf-8")
    warn_earlier(assessed.instance.home)

    with pytest.raises(
        RuleViolation, match=r"nobody but zhao.min may decide; give another person the role .* in policies/team.yaml"
    ):
        proposed(assessed)

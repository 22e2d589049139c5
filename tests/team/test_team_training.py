"""Compliance training: asked for by policy, recorded by another person, renewed in time; who let it lapse cannot approve."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.reviews.portfolio import rows
from tests.reviews.working import APPROVER, digest, opened, proposed, review, version

from riskreview.foundation.clock import FixedClock
from riskreview.foundation.errors import Conflict, RuleViolation
from riskreview.foundation.services import Services
from riskreview.mechanisms.duty import sweep
from riskreview.mechanisms.staffing import Staff
from riskreview.mechanisms.training import check_trained
from riskreview.orchestration.lifecycle_docs import LIFECYCLES
from riskreview.policy.team import load_team
from riskreview.reviews import decisions
from riskreview.team.training import assign_trainings, record_training
from riskreview.team.workload import workloads

pytestmark = pytest.mark.database
LEARNERS, KEEPER, OTHER_KEEPER = ("zhao.min", "yang.li"), "xu.ning", "guo.qiang"
POLICY = """
version: "1.0"
courses:
  - {id: approving, title: {en: Approving, zh: 审批}, roles: [credit_manager], valid_months: 12, first_within_days: 20, mandatory: %s}
renew_before_days: 30
ladder:
  - {before_days: 7, to: [owner]}
  - {before_days: 1, to: [owner]}
  - {after: 1wd, to: [owner, compliance]}
"""


def ask(services: Services, *, mandatory: bool = True) -> None:
    path = services.instance.home / "policies" / "training.yaml"
    path.write_text(POLICY % str(mandatory).lower(), encoding="utf-8")


def recorded(services: Services, on: date, *, person: str = APPROVER, actor: str = KEEPER) -> date:
    return record_training(
        services, person=person, course_id="approving", completed_on=on, evidence="certificate 4711", actor=actor
    )


def trainings(services: Services) -> list[dict[str, Any]]:
    return [dict(row) for row in rows(services.engine, "SELECT * FROM training ORDER BY person, round")]


def approve(services: Services) -> int:
    number = int(review(services)["review_id"])
    return decisions.approve(
        services,
        review_id=number,
        version=version(services),
        actor=APPROVER,
        reason="Well argued.",
        digest=digest(services),
    )


def refused(services: Services, person: str = APPROVER) -> str:
    with services.engine.connect() as connection, pytest.raises(RuleViolation) as refusal:
        check_trained(connection, person, at=services.clock.now())
    return str(refusal.value)


def test_without_courses_nobody_is_asked_and_everybody_approves(services: Services) -> None:
    assert assign_trainings(services).assigned == 0
    opened(services)
    proposed(services)
    approve(services)
    assert review(services)["state"] == "approved"


def test_a_course_is_assigned_once_with_duty_and_message(services: Services) -> None:
    ask(services)
    assert (assign_trainings(services).assigned, assign_trainings(services).assigned) == (2, 0)
    assert {row["person"] for row in trainings(services)} == set(LEARNERS)
    told = rows(services.engine, "SELECT audience FROM outbox_event WHERE kind = 'training_assigned'")
    assert sorted(row["audience"][0] for row in told) == sorted(LEARNERS)
    duty = rows(services.engine, "SELECT ladder, due_at FROM duty WHERE owner = 'yang.li'")[0]
    first = datetime.fromisoformat(duty["ladder"][0]["at"])
    assert timedelta(days=4) < duty["due_at"] - first <= timedelta(days=7)


def test_whoever_let_a_mandatory_training_lapse_cannot_approve_until_it_is_recorded(
    services: Services, clock: FixedClock
) -> None:
    ask(services)
    assign_trainings(services)
    clock.moment += timedelta(days=25)
    opened(services)
    proposed(services)
    assert assign_trainings(services).lapsed == 2
    with pytest.raises(RuleViolation, match=r"yang\.li cannot approve: the mandatory training approving lapsed on"):
        approve(services)
    assert review(services)["state"] == "in_approval"
    assert next(item for item in workloads(services) if item.person == APPROVER).lapsed == ("approving",)
    recorded(services, date(2026, 7, 20))
    approve(services)
    assert review(services)["state"] == "approved"
    assert rows(services.engine, "SELECT state FROM duty WHERE kind = 'training' AND owner = 'yang.li'") == [
        {"state": "done"}
    ]


def test_whoever_cannot_approve_is_asked_only_where_nobody_else_is_there(services: Services, clock: FixedClock) -> None:
    def asked() -> str:
        return Staff.of(services).decider(["credit_manager"], but=())

    ask(services)
    first = asked()
    assign_trainings(services)
    clock.moment += timedelta(days=25)
    assert (first, asked()) == ("zhao.min", "zhao.min")  # nobody took it: the order stays
    recorded(services, date(2026, 7, 20), person="yang.li")
    assert asked() == "yang.li"


def test_a_training_that_is_not_mandatory_stops_nobody(services: Services, clock: FixedClock) -> None:
    ask(services, mandatory=False)
    assign_trainings(services)
    clock.moment += timedelta(days=25)
    with services.engine.connect() as connection:
        check_trained(connection, APPROVER, at=clock.now())


def test_a_training_is_renewed_before_it_lapses_and_lapses_even_when_no_pass_ran(
    services: Services, clock: FixedClock
) -> None:
    ask(services)
    assign_trainings(services)
    assert recorded(services, date(2026, 6, 30)) == date(2027, 6, 30)
    clock.moment = datetime(2027, 5, 30, tzinfo=UTC)
    assert assign_trainings(services).assigned == 0
    clock.moment = datetime(2027, 6, 30, 12, tzinfo=UTC)
    assert "lapsed on 2027-06-30" in refused(services)  # although the renewal was never assigned
    clock.moment = datetime(2027, 6, 1, tzinfo=UTC)
    assert assign_trainings(services).assigned == 1
    with services.engine.connect() as connection:
        check_trained(connection, APPROVER, at=clock.now())
    assert recorded(services, date(2027, 6, 1)) == date(2028, 6, 1)


def test_nobody_records_their_own_training_and_a_stranger_none(services: Services) -> None:
    ask(services)
    with pytest.raises(RuleViolation, match="another person must"):
        recorded(services, date(2026, 7, 1), actor=APPROVER)
    with pytest.raises(RuleViolation, match="only compliance, audit or executive"):
        recorded(services, date(2026, 7, 1), actor="wang.fang")
    with pytest.raises(RuleViolation, match="when it is over"):
        recorded(services, date(2026, 7, 2))
    recorded(services, date(2026, 7, 1))
    with pytest.raises(Conflict, match="recorded already"):
        recorded(services, date(2026, 7, 1), actor=OTHER_KEEPER)
    with pytest.raises(IntegrityError, match="training_is_recorded_by_another"), services.engine.begin() as connection:
        connection.execute(text("UPDATE training SET recorded_by = person"))


def test_a_course_nobody_asks_for_any_more_ends_with_its_ladder(services: Services, clock: FixedClock) -> None:
    ask(services)
    assign_trainings(services)
    (services.instance.home / "policies" / "training.yaml").write_text('version: "1.1"\n', encoding="utf-8")
    assert assign_trainings(services).ended == 2
    clock.moment += timedelta(days=60)
    with services.engine.begin() as connection:
        check_trained(connection, APPROVER, at=clock.now())
        assert sweep(connection, now=clock.now()).total == 0


def test_every_verb_that_approves_is_marked_so_in_every_lifecycle() -> None:
    granting = {"approve", "approve_step", "allow_appeal", "agree"}
    rows_ = [(item.name, row) for item in LIFECYCLES for row in item.transitions]
    assert not [(name, row.verb) for name, row in rows_ if row.verb in granting and not row.approves]
    assert not [(name, row.verb) for name, row in rows_ if row.approves and "system" in row.roles]


def test_an_alias_has_no_roles_so_that_one_person_cannot_be_two(services: Services) -> None:
    team = load_team(services.instance)
    assert team.roles_of("zhao.min")
    assert team.person("u-1003") == team.person("zhao.min")
    assert team.roles_of("u-1003") == ()


def test_the_workload_shows_what_falls_due_against_what_somebody_can_take(
    services: Services, clock: FixedClock
) -> None:
    clock.moment = datetime(2026, 7, 1, tzinfo=UTC)
    opened(services, risk_class=4)
    load = {item.person: item for item in workloads(services)}
    owner = load[str(review(services)["owner"])]
    assert (owner.reviews, owner.approvals, owner.overdue, owner.room_soon) == (1, 0, 0, 50)
    proposed(services)
    assert sum(item.approvals for item in workloads(services)) == 1
    clock.moment += timedelta(days=60)
    assert {item.person: item.overdue for item in workloads(services)}[owner.person] == 1

"""Working off an activation: steps end with evidence or a reason, the end needs another person, and duties follow."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.reviews.portfolio import add_customers, raise_signal, rows

from riskreview.foundation.errors import Conflict, NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.playbooks import response
from riskreview.playbooks.use_cases import activate_playbooks

pytestmark = pytest.mark.database
JULY = date(2026, 7, 1)
LEAD, OTHER = "zhao.min", "yang.li"  # incident owner of PB1; cfo, who may end it


@pytest.fixture
def activation(services: Services) -> int:
    add_customers(services.engine, [{"customer_key": 1, "risk_class": 5}], as_of=JULY)
    raise_signal(services.engine, 1, "payment_default", on=JULY)
    activate_playbooks(services, as_of=JULY, run_id=1)
    return int(rows(services.engine, "SELECT activation_id FROM activation")[0]["activation_id"])


def step(services: Services, name: str) -> dict[str, object]:
    return dict(rows(services.engine, "SELECT * FROM step WHERE step_id = :name", name=name)[0])


def duty_of(services: Services, name: str) -> dict[str, object]:
    return dict(
        rows(
            services.engine,
            "SELECT * FROM duty WHERE kind = 'step' AND subject_id = :key",
            key=str(step(services, name)["step_key"]),
        )[0]
    )


def end_all_steps(services: Services, activation: int) -> None:
    for row in rows(services.engine, "SELECT step_id, version FROM step ORDER BY position"):
        response.finish(
            services,
            activation_id=activation,
            step_id=row["step_id"],
            version=row["version"],
            actor=LEAD,
            evidence="Done, see file 7.",
        )


def test_a_step_is_acknowledged_started_and_finished_with_evidence(services: Services, activation: int) -> None:
    owner = str(step(services, "confirm_balance")["owner"])
    before = duty_of(services, "confirm_balance")["next_at"]

    version = response.acknowledge(
        services, activation_id=activation, step_id="confirm_balance", version=1, actor=owner
    )
    assert duty_of(services, "confirm_balance")["next_at"] != before
    version = response.start(
        services, activation_id=activation, step_id="confirm_balance", version=version, actor=owner
    )
    response.finish(
        services,
        activation_id=activation,
        step_id="confirm_balance",
        version=version,
        actor=owner,
        evidence="Signed letter.",
    )

    found = step(services, "confirm_balance")
    assert (found["state"], found["evidence"], found["ended_by"], found["version"]) == (
        "done",
        "Signed letter.",
        owner,
        4,
    )
    assert duty_of(services, "confirm_balance")["state"] == "done"
    actions = [
        row["action"]
        for row in rows(services.engine, "SELECT action FROM audit_event WHERE subject_type = 'step' ORDER BY seq")
    ]
    assert actions == ["step:acknowledged", "step:started", "step:done"]


def test_a_step_waits_for_the_ones_it_depends_on(services: Services, activation: int) -> None:
    owner = str(step(services, "call_and_demand")["owner"])

    with pytest.raises(RuleViolation, match="waits for confirm_balance"):
        response.start(services, activation_id=activation, step_id="call_and_demand", version=1, actor=owner)
    with pytest.raises(RuleViolation, match="waits for confirm_balance"):
        response.finish(
            services, activation_id=activation, step_id="call_and_demand", version=1, actor=owner, evidence="x"
        )
    response.not_doing(
        services,
        activation_id=activation,
        step_id="confirm_balance",
        version=1,
        actor=LEAD,
        reason="Confirmed last week.",
    )

    assert response.start(services, activation_id=activation, step_id="call_and_demand", version=1, actor=owner) == 2


@pytest.mark.parametrize("words", ["", "  \n"])
def test_evidence_and_reasons_are_not_blank(services: Services, activation: int, words: str) -> None:
    with pytest.raises(RuleViolation, match="evidence is empty"):
        response.finish(
            services, activation_id=activation, step_id="hold_orders", version=1, actor=LEAD, evidence=words
        )
    with pytest.raises(RuleViolation, match="reason is empty"):
        response.not_doing(
            services, activation_id=activation, step_id="hold_orders", version=1, actor=LEAD, reason=words
        )


@pytest.mark.parametrize(
    "change",
    ["state = 'done'", "state = 'done', evidence = ' '", "state = 'not_doing', ended_by = 'a', ended_at = now()"],
)
def test_the_database_refuses_an_ended_step_without_evidence_or_reason(
    services: Services, activation: int, change: str
) -> None:
    with pytest.raises(IntegrityError), services.engine.begin() as connection:
        connection.execute(text(f"UPDATE step SET {change}"))  # noqa: S608  a fixed list


def test_a_step_is_only_for_its_owner_its_deputy_and_the_leader(services: Services, activation: int) -> None:
    found = step(services, "notify_insurer")

    with pytest.raises(RuleViolation, match="only owner, deputy or leader"):
        response.acknowledge(services, activation_id=activation, step_id="notify_insurer", version=1, actor="feng.lei")
    for actor in (found["owner"], found["deputy"], LEAD):
        version = int(str(step(services, "notify_insurer")["version"]))
        with services.engine.begin() as connection:
            connection.execute(text("UPDATE step SET state = 'todo' WHERE step_id = 'notify_insurer'"))
        assert (
            response.acknowledge(
                services, activation_id=activation, step_id="notify_insurer", version=version, actor=str(actor)
            )
            == version + 1
        )


def test_an_ended_step_an_old_version_and_an_unknown_step_are_refused(services: Services, activation: int) -> None:
    response.finish(services, activation_id=activation, step_id="hold_orders", version=1, actor=LEAD, evidence="List.")

    with pytest.raises(RuleViolation, match="that is done"):
        response.start(services, activation_id=activation, step_id="hold_orders", version=2, actor=LEAD)
    with pytest.raises(Conflict):
        response.start(services, activation_id=activation, step_id="hold_orders", version=1, actor=LEAD)
    with pytest.raises(NotFound):
        response.start(services, activation_id=activation, step_id="dance", version=1, actor=LEAD)


def test_an_activation_runs_from_acknowledgement_to_its_end_by_another_person(
    services: Services, activation: int
) -> None:
    version = response.acknowledge_activation(services, activation_id=activation, version=1, actor=LEAD)
    assert rows(services.engine, "SELECT state FROM duty WHERE kind = 'activation_acknowledge'") == [{"state": "done"}]
    version = response.contain(services, activation_id=activation, version=version, actor=LEAD)
    version = response.recover(services, activation_id=activation, version=version, actor=LEAD)
    with pytest.raises(RuleViolation, match="6 steps are neither done nor refused"):
        response.resolve(services, activation_id=activation, version=version, actor=LEAD)
    end_all_steps(services, activation)
    version = response.resolve(services, activation_id=activation, version=version, actor=LEAD)
    record = response.AfterAction(
        "Ask for the guarantee first.", Decimal(250_000), "Guarantees are asked for at 60 days."
    )
    version = response.look_back(services, activation_id=activation, version=version, actor=LEAD, record=record)
    with pytest.raises(RuleViolation, match="only approver"):
        response.close(services, activation_id=activation, version=version, actor=LEAD)

    response.close(services, activation_id=activation, version=version, actor=OTHER)

    assert rows(
        services.engine, "SELECT state, version, loss_avoided, loss_currency, policy_change FROM activation"
    ) == [
        {
            "state": "closed",
            "version": 7,
            "loss_avoided": Decimal(250_000),
            "loss_currency": "CNY",
            "policy_change": record.policy_change,
        }
    ]
    told = rows(services.engine, "SELECT audience, facts FROM outbox_event WHERE kind = 'activation_looked_back'")
    assert [(row["audience"], row["facts"]["proposes_change"]) for row in told] == [(["yang.li", "maria.stein"], True)]
    assert {row["state"] for row in rows(services.engine, "SELECT state FROM duty")} == {"done"}


def test_standing_down_ends_the_open_steps_and_their_duties_and_tells_whose_they_were(
    services: Services, activation: int
) -> None:
    assigned = {row["owner"] for row in rows(services.engine, "SELECT owner FROM step WHERE step_id <> 'hold_orders'")}
    response.finish(services, activation_id=activation, step_id="hold_orders", version=1, actor=LEAD, evidence="List.")
    with pytest.raises(RuleViolation, match="only approver"):
        response.stand_down(services, activation_id=activation, version=1, actor=LEAD, reason="Paid.")

    response.stand_down(services, activation_id=activation, version=1, actor=OTHER, reason="The money arrived.")

    states = {row["step_id"]: (row["state"], row["reason"]) for row in rows(services.engine, "SELECT * FROM step")}
    assert states.pop("hold_orders") == ("done", None)
    assert set(states.values()) == {("not_doing", "The money arrived.")}
    left = [row["kind"] for row in rows(services.engine, "SELECT kind FROM duty WHERE state = 'open'")]
    assert [kind.rpartition("_")[0] for kind in left] == [
        "measure_reversal"
    ]  # what is held already is another person's to reverse
    told = rows(services.engine, "SELECT audience, facts FROM outbox_event WHERE kind = 'activation_stood_down'")
    assert len(told) == 1
    assert set(told[0]["audience"]) == (assigned | {LEAD}) - {OTHER}
    assert told[0]["facts"]["said_by"] == OTHER


def test_the_end_of_a_plan_that_is_nobody_s_duty_becomes_one_with_the_next_pass(
    services: Services, activation: int
) -> None:
    response.acknowledge_activation(services, activation_id=activation, version=1, actor=LEAD)
    end_all_steps(services, activation)
    with services.engine.begin() as connection:
        connection.execute(text("DELETE FROM duty"))  # as an older version left it

    for _ in range(2):
        activate_playbooks(services, as_of=JULY, run_id=2)

    assert rows(services.engine, "SELECT kind, owner, state FROM duty") == [
        {"kind": "activation_resolve", "owner": LEAD, "state": "open"}
    ]
    assert len(rows(services.engine, "SELECT FROM outbox_event WHERE kind = 'activation_steps_ended'")) == 1


def test_a_deputy_who_took_the_lead_does_not_end_the_plan_alone(services: Services, activation: int) -> None:
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE activation SET deputy = :d"), {"d": OTHER})
    response.acknowledge_activation(services, activation_id=activation, version=1, actor=OTHER)

    with pytest.raises(RuleViolation, match="only approver"):
        response.stand_down(services, activation_id=activation, version=2, actor=OTHER, reason="Paid.")
    with pytest.raises(IntegrityError, match="four_eyes"), services.engine.begin() as connection:
        connection.execute(text("UPDATE activation SET ended_by = acknowledged_by"))
    assert response.stand_down(services, activation_id=activation, version=2, actor="maria.stein", reason="Paid.") == 3

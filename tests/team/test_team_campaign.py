"""A quarter is signed off by one person on counted figures; never while a duty is overdue that nobody excepted with a reason."""

from datetime import UTC, date, datetime
from typing import Any
from unittest.mock import Mock

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.foundation.parting import part_for_a_worker
from tests.reviews.portfolio import add_customers, rows

from riskreview.audit.log import verify
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.errors import Conflict, NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.mechanisms.duty import close_duties
from riskreview.reviews.use_cases import open_due_reviews
from riskreview.team import campaign

pytestmark = pytest.mark.database
SIGNER, OTHER, EXCEPTS = "yang.li", "maria.stein", "zhao.min"
QUARTER, DAY = "2026Q3", date(2026, 10, 9)


@pytest.fixture
def quarter(services: Services, clock: FixedClock) -> Services:
    """Three reviews opened in July: one done in time, two left until October."""
    customers: list[dict[str, object]] = [{"customer_key": key, "risk_class": 3} for key in (1, 2, 3)]
    add_customers(services.engine, customers, as_of=date(2026, 7, 1))
    open_due_reviews(services, as_of=date(2026, 7, 1), run_id=1)
    with services.engine.begin() as connection:
        close_duties(connection, "review", "review", ["1"], at=clock.now())
    clock.moment = datetime(2026, 10, 9, 2, tzinfo=UTC)
    return services


def overdue(found: campaign.Campaign) -> list[int]:
    return [int(item["duty_id"]) for item in found.figures.overdue]


def owed(services: Services) -> list[tuple[object, object]]:
    """Return what is open about the quarter itself, and whose it is: that of which a message told."""
    found = rows(services.engine, """SELECT DISTINCT regexp_replace(duty.kind, '_\\d+$', '') AS kind, owner FROM duty
        INNER JOIN outbox_event AS told ON duty.owner = told.audience[1] AND duty.facts = told.facts
        WHERE duty.subject_type = 'campaign' AND state = 'open' AND told.subject_type = 'campaign'""")  # fmt: skip
    return [(row["kind"], row["owner"]) for row in found]


def counts(found: campaign.Campaign) -> dict[str, Any]:
    return {name: number for name, number in found.figures.totals.items() if number}


def test_a_quarter_is_counted_once_and_its_signer_told(quarter: Services) -> None:
    found = campaign.count(quarter, as_of=DAY)
    assert campaign.count(quarter, as_of=DAY) == found
    assert (found.period, found.state) == (QUARTER, "counted")
    assert counts(found) == {"due": 3, "opened": 3, "done_in_time": 1, "overdue": 2}
    told = rows(quarter.engine, "SELECT audience FROM outbox_event WHERE kind = 'campaign_counted'")
    assert [row["audience"] for row in told] == [[SIGNER]]


def test_nobody_signs_while_an_overdue_duty_is_unexplained(quarter: Services) -> None:
    found = campaign.count(quarter, as_of=DAY)
    first, second = overdue(found)
    with pytest.raises(
        RuleViolation, match=f"2 overdue duties of {QUARTER} are neither done nor excepted: {first}, {second}"
    ):
        campaign.sign(quarter, period=QUARTER, digest=found.digest, actor=SIGNER)
    campaign.except_duty(
        quarter, period=QUARTER, duty_id=first, reason="The customer is in liquidation.", actor=EXCEPTS
    )
    with quarter.engine.begin() as connection:
        connection.execute(text("UPDATE duty SET state = 'done', closed_at = :at WHERE duty_id = :id"), {"at": quarter.clock.now(), "id": second})  # fmt: skip
    found = campaign.count(quarter, as_of=DAY)
    signed = campaign.sign(quarter, period=QUARTER, digest=found.digest, actor=SIGNER)
    assert (signed.state, signed.decided_by) == ("signed", SIGNER)
    assert counts(signed)["done_late"] == 1
    assert signed.figures.overdue[0]["reason"] == "The customer is in liquidation."
    with quarter.engine.connect() as connection:
        assert verify(connection).first_bad is None
    assert rows(quarter.engine, "SELECT count(*) AS n FROM audit_event WHERE action = 'campaign:signed'")[0]["n"] == 1
    assert rows(quarter.engine, "SELECT DISTINCT state FROM duty WHERE kind LIKE 'campaign%'") == [{"state": "done"}]


def test_a_quarter_nobody_signed_is_no_overdue_duty_of_the_next_one(quarter: Services) -> None:
    campaign.count(quarter, as_of=date(2026, 7, 9))
    with quarter.engine.begin() as connection:
        sql = "UPDATE duty SET opened_at = '2026-07-09', due_at = '2026-07-15' WHERE subject_type = 'campaign'"
        assert connection.execute(text(sql)).rowcount == 1

    found = campaign.count(quarter, as_of=DAY)

    assert (set(found.figures.kinds), len(overdue(found))) == ({"review"}, 2)


def test_whoever_excepted_a_duty_cannot_sign_not_even_past_the_code(quarter: Services) -> None:
    found = campaign.count(quarter, as_of=DAY)
    for duty in overdue(found):
        found = campaign.except_duty(
            quarter, period=QUARTER, duty_id=duty, reason="Agreed with the bank.", actor=SIGNER
        )
    with pytest.raises(RuleViolation, match="another person must"):
        campaign.sign(quarter, period=QUARTER, digest=found.digest, actor=SIGNER)
    cheat = "UPDATE campaign SET state = 'signed', decided_by = 'yang.li', decided_at = now()"
    with pytest.raises(IntegrityError, match="excepted duties"), quarter.engine.begin() as connection:
        connection.execute(text(cheat))
    assert campaign.sign(quarter, period=QUARTER, digest=found.digest, actor=OTHER).state == "signed"


def test_figures_that_moved_after_they_were_read_cannot_be_signed(quarter: Services) -> None:
    found = campaign.count(quarter, as_of=DAY)
    for duty in overdue(found):
        campaign.except_duty(quarter, period=QUARTER, duty_id=duty, reason="Agreed.", actor=EXCEPTS)
    with pytest.raises(Conflict, match="others than you read"):
        campaign.sign(quarter, period=QUARTER, digest=found.digest, actor=SIGNER)


def test_what_is_signed_is_final_and_what_is_returned_is_asked_again(quarter: Services) -> None:
    found = campaign.count(quarter, as_of=DAY)
    with pytest.raises(RuleViolation, match="say the reason"):
        campaign.return_campaign(quarter, period=QUARTER, actor=SIGNER, reason=" ")
    assert campaign.return_campaign(quarter, period=QUARTER, actor=SIGNER, reason="Two are wrong.").state == "returned"
    assert owed(quarter) == [("campaign_repair", EXCEPTS)]
    assert campaign.count(quarter, as_of=DAY).state == "counted"
    assert owed(quarter) == [("campaign_decision", SIGNER)]
    for duty in overdue(found):
        found = campaign.except_duty(quarter, period=QUARTER, duty_id=duty, reason="Agreed.", actor=EXCEPTS)
    campaign.sign(quarter, period=QUARTER, digest=found.digest, actor=SIGNER)
    with quarter.engine.begin() as connection:
        close_duties(connection, "review", "review", ["2"], at=quarter.clock.now())
    assert campaign.count(quarter, as_of=DAY).digest == found.digest
    with pytest.raises(RuleViolation, match="nothing of it changes"):
        campaign.except_duty(quarter, period=QUARTER, duty_id=2, reason="Late.", actor=EXCEPTS)


def test_strangers_and_quarters_that_are_not_over_are_refused(quarter: Services, clock: FixedClock) -> None:
    with pytest.raises(NotFound, match="were not counted"):
        campaign.sign(quarter, period=QUARTER, digest="", actor=SIGNER)
    found = campaign.count(quarter, as_of=DAY)
    with pytest.raises(RuleViolation, match="only cfo or executive"):
        campaign.sign(quarter, period=QUARTER, digest=found.digest, actor=EXCEPTS)
    with pytest.raises(RuleViolation, match="is none of them"):
        campaign.except_duty(quarter, period=QUARTER, duty_id=2, reason="Why not.", actor="wang.fang")
    with pytest.raises(RuleViolation, match="not among the overdue"):
        campaign.except_duty(quarter, period=QUARTER, duty_id=1, reason="Why not.", actor=EXCEPTS)
    clock.moment = datetime(2026, 9, 30, 2, tzinfo=UTC)
    with pytest.raises(RuleViolation, match="signed off afterwards"):
        campaign.count(quarter, as_of=DAY)


@pytest.mark.airflow
def test_an_answer_in_airflow_is_carried_out_as_the_person_the_login_is(
    quarter: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    from riskreview.console.grants import grant
    from riskreview.orchestration.sign_off import settle, shown, signing

    worker = part_for_a_worker(quarter, monkeypatch)
    found = campaign.count(quarter, as_of=DAY)
    counted = shown(worker, as_of=DAY)
    assert f"- {overdue(found)[0]}: review of review:2" in counted["told"]
    answer: dict[str, Any] = {
        "chosen_options": [signing(counted["digest"])],
        "params_input": {},
        "responded_by_user": {"id": "7", "name": "yang"},
    }
    assert counted["logins"] == []
    with pytest.raises(RuleViolation, match="no person of the team"):
        settle(worker, counted, answer)
    grant(quarter, user_id="7", person=SIGNER, roles=["approver"], actor="qian.bo")
    grant(quarter, user_id="8", person=EXCEPTS, roles=["approver"], actor="qian.bo")
    assert shown(worker, as_of=DAY)["logins"] == [{"id": "7", "name": SIGNER}], (
        "whoever may not sign cannot end the question"
    )
    with pytest.raises(RuleViolation, match=r"neither done nor excepted.*Trigger sign_off_quarter again"):
        settle(worker, counted, answer)
    assert settle(worker, counted, {"chosen_options": ["Leave open"], "responded_by_user": None}) == "counted"
    for duty in overdue(found):
        campaign.except_duty(quarter, period=QUARTER, duty_id=duty, reason="Agreed.", actor=EXCEPTS)
    counted = shown(worker, as_of=DAY)
    with pytest.raises(RuleViolation, match="the page showed other figures"):
        settle(worker, counted, answer)  # of before, as Airflow shows it again after the task was cleared
    answer["chosen_options"] = [signing(counted["digest"])]
    assert settle(worker, counted, answer) == settle(worker, counted, answer) == "signed"


@pytest.mark.airflow
def test_airflow_lets_those_answer_alone_who_may_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.providers.standard.operators.hitl import HITLOperator

    from riskreview.orchestration.sign_off import FiguresOperator, signing

    asked: list[HITLOperator] = []
    monkeypatch.setattr(HITLOperator, "execute", lambda operator, _context: asked.append(operator))
    logins = [{"id": "7", "name": SIGNER}]
    for counted in ({"logins": logins}, {"logins": []}):
        task = Mock(xcom_pull=Mock(return_value=counted))
        FiguresOperator(task_id="ask", digest="0123456789", subject="Sign", options=["Sign"]).execute({"ti": task})

    assert [(operator.options[0], operator.assigned_users) for operator in asked] == [
        (signing("0123456789"), logins),
        (signing("0123456789"), None),
    ]


@pytest.mark.airflow
def test_a_quarter_in_which_nothing_fell_due_says_so(services: Services, clock: FixedClock) -> None:
    from riskreview.orchestration.sign_off import shown

    clock.moment = datetime(2026, 10, 9, 2, tzinfo=UTC)
    campaign.count(services, as_of=DAY)

    told = shown(services, as_of=DAY)["told"]
    assert "No duty was opened or fell due in it, and none is overdue." in told
    assert "|" not in told

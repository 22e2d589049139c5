"""Drills begin on their day, once, about no customer, on the path of a real activation; the report says what they showed."""

import json
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import text
from tests.reviews.portfolio import add_customers, raise_signal, rows
from typer.testing import CliRunner

from riskreview.cli.app import app
from riskreview.foundation.clock import FixedClock, midnight_utc
from riskreview.foundation.errors import BadInput, NotFound, RuleViolation
from riskreview.foundation.instance import Instance
from riskreview.foundation.services import Services
from riskreview.notifications.content import EventView
from riskreview.notifications.rendering import speak
from riskreview.notifications.words import Speaker
from riskreview.orchestration import stages
from riskreview.playbooks import response
from riskreview.playbooks.drills import drill_report, start_drill, start_due_drills
from riskreview.playbooks.results import DrillCounts
from riskreview.playbooks.use_cases import activate_playbooks
from riskreview.policy.calendars import load_calendars
from riskreview.policy.drill_policy import DrillPolicy, load_drill_policy
from riskreview.policy.playbook import load_playbooks

pytestmark = pytest.mark.database
BEFORE, SEPTEMBER = date(2026, 8, 31), date(2026, 9, 1)
LEAD, OTHER = "zhao.min", "yang.li"  # incident owner of PB1; cfo, who may end it


@pytest.fixture
def running(services: Services, clock: FixedClock) -> Services:
    """An instance whose passes began in July, and where all plans are practised on the same days."""
    (services.instance.home / "policies" / "drills.yaml").write_text("apart_days: 0\n", encoding="utf-8")
    with services.engine.begin() as connection:
        connection.execute(text(
            "INSERT INTO run (stage, business_key, as_of, state, code_version, triggered_by, started_at)"
            " VALUES ('activate_playbooks', 'first', '2026-07-01', 'finished', 'test', 'test', '2026-07-01')"))  # fmt: skip
    clock.moment = midnight_utc(SEPTEMBER) + timedelta(hours=1)  # nine in Shanghai
    return services


def pb1(services: Services) -> int:
    found = rows(services.engine, "SELECT activation_id FROM activation WHERE playbook_id = 'PB1' AND is_drill")
    return int(found[-1]["activation_id"])


def count(services: Services) -> int:
    return int(rows(services.engine, "SELECT count(*) AS n FROM activation WHERE is_drill")[0]["n"])


def test_every_playbook_is_practised_on_its_day_and_once(running: Services) -> None:
    books = load_playbooks(running.instance)

    assert start_due_drills(running, as_of=BEFORE, run_id=1) == DrillCounts(0, 0)
    first = start_due_drills(running, as_of=SEPTEMBER, run_id=2)
    again = start_due_drills(running, as_of=SEPTEMBER + timedelta(days=40), run_id=3)

    assert first == DrillCounts(len(books), sum(len(book.measures.steps) for book in books))
    assert again == DrillCounts(0, 0)


def test_a_day_that_was_missed_is_practised_later_and_only_the_latest(running: Services) -> None:
    counts = start_due_drills(running, as_of=date(2027, 4, 20), run_id=1)  # two drills have passed unbegun

    assert counts.drills == len(load_playbooks(running.instance))
    assert {row["trigger_key"] for row in rows(running.engine, "SELECT trigger_key FROM activation")} == {
        "drill:2027-03-01"
    }


def test_plans_are_practised_one_after_the_other_and_each_once_in_a_round(running: Services) -> None:
    (running.instance.home / "policies" / "drills.yaml").unlink()
    passes = (BEFORE, SEPTEMBER, date(2026, 9, 21), date(2026, 9, 22), date(2027, 2, 26))

    begun = [start_due_drills(running, as_of=day, run_id=1).drills for day in passes]

    assert begun == [
        2,
        1,
        0,
        1,
        6,
    ]  # two of the spring, since the first pass was in July; the last one catches up on those that were missed
    (running.instance.home / "policies" / "drills.yaml").write_text("apart_days: 7\n", encoding="utf-8")
    assert start_due_drills(running, as_of=date(2027, 2, 28), run_id=1).drills == 0
    assert start_due_drills(running, as_of=date(2027, 3, 1), run_id=1).drills == 1


def test_a_drill_by_hand_is_none_of_the_round(running: Services, clock: FixedClock) -> None:
    (running.instance.home / "policies" / "drills.yaml").unlink()
    clock.moment += timedelta(days=3)
    start_drill(running, playbook_id="PB2")

    start_due_drills(running, as_of=date(2026, 9, 22), run_id=1)

    days = rows(running.engine, "SELECT trigger_key FROM activation WHERE playbook_id = 'PB2' ORDER BY trigger_key")
    assert [row["trigger_key"] for row in days] == ["drill:2026-09-04", "drill:2026-09-22"]


def test_the_shipped_policy_practises_every_plan_twice_a_year_and_never_two_within_a_fortnight(
    instance: Instance,
) -> None:
    books, policy = [book.id for book in load_playbooks(instance)], load_drill_policy(instance)
    calendar = load_calendars(instance)["cn"]

    found = {
        (name, item.day)
        for number in range(730)
        for name, item in policy.latest(books, date(2026, 1, 1) + timedelta(days=number), calendar).items()
        if item.day.year == 2026
    }

    assert {name: sum(other == name for other, _ in found) for name in books} == dict.fromkeys(books, 2)
    days = sorted(day for _, day in found)
    assert min(after - day for day, after in pairwise(days)) > timedelta(days=14)
    assert all(calendar.is_business_day(day) for day in days)


def test_an_instance_does_not_catch_up_on_drills_from_before_its_first_pass(services: Services) -> None:
    assert start_due_drills(services, as_of=SEPTEMBER, run_id=1).drills == 1  # the others come one after the other
    with services.engine.begin() as connection:
        connection.execute(text("TRUNCATE activation, step, measure CASCADE"))
        connection.execute(text(
            "INSERT INTO run (stage, business_key, as_of, state, code_version, triggered_by, started_at)"
            " VALUES ('activate_playbooks', 'first', '2026-09-02', 'finished', 'test', 'test', now())"))  # fmt: skip

    assert start_due_drills(services, as_of=date(2026, 9, 20), run_id=1) == DrillCounts(0, 0)


def test_the_stage_begins_drills_and_a_backfill_does_not(running: Services) -> None:
    looked_back = stages.activate(running, as_of=SEPTEMBER, triggered_by=f"{stages.BACKFILL}x")
    assert ("drills" in looked_back.counts, count(running)) == (False, 0)

    assert stages.activate(running, as_of=SEPTEMBER).counts["drills"] == 8


def test_a_drill_leaves_the_real_emergency_alone_and_the_other_way_round(running: Services) -> None:
    start_due_drills(running, as_of=SEPTEMBER, run_id=1)
    add_customers(running.engine, [{"customer_key": 1, "risk_class": 5}], as_of=SEPTEMBER)
    raise_signal(running.engine, 1, "payment_default", on=SEPTEMBER)

    assert activate_playbooks(running, as_of=SEPTEMBER, run_id=2).activated == 1
    assert start_drill(running, playbook_id="PB1") == DrillCounts(0, 0)  # practised today already
    with pytest.raises(NotFound, match="no playbook PB99"):
        start_drill(running, playbook_id="PB99")


def test_the_report_measures_a_drill_against_its_goals(running: Services, clock: FixedClock) -> None:
    start_due_drills(running, as_of=SEPTEMBER, run_id=1)
    number = pb1(running)
    given_up = next(record for record in drill_report(running) if record.playbook_id == "PB5")
    response.stand_down(running, activation_id=given_up.activation_id, version=1, actor="yang.li", reason="No time.")
    goals = {record.playbook_id: (record.acknowledge_goal, record.contain_goal) for record in drill_report(running)}
    assert (goals["PB2"], goals["PB5"]) == (("open", "open"), ("missed", "missed"))
    clock.moment += timedelta(hours=1)
    response.acknowledge_activation(running, activation_id=number, version=1, actor=LEAD)
    clock.moment += timedelta(days=3)
    response.contain(running, activation_id=number, version=2, actor=LEAD)
    response.finish(running, activation_id=number, step_id="provision", version=1, actor=LEAD, evidence="Voucher 1.")
    response.finish(running, activation_id=number, step_id="hold_orders", version=1, actor=LEAD, evidence="Late list.")

    found = {record.playbook_id: record for record in drill_report(running)}

    mine, other = found["PB1"], found["PB2"]
    assert (mine.planned_on, mine.acknowledged_after, mine.acknowledge_goal) == (SEPTEMBER, 3600, "reached")
    assert (mine.contained_after, mine.contain_goal) == (3600 + 3 * 86400, "missed")  # two working days were given
    assert (mine.steps, mine.steps_in_time, mine.steps_refused) == (6, 1, 0)
    assert (other.acknowledged_after, other.acknowledge_goal, other.contain_goal) == (None, "missed", "missed")


def test_a_drill_claims_no_avoided_loss(running: Services) -> None:
    start_due_drills(running, as_of=SEPTEMBER, run_id=1)
    number = pb1(running)
    version = response.acknowledge_activation(running, activation_id=number, version=1, actor=LEAD)
    version = response.contain(running, activation_id=number, version=version, actor=LEAD)
    for row in rows(running.engine, "SELECT step_id FROM step WHERE activation_id = :n ORDER BY position", n=number):
        response.not_doing(
            running, activation_id=number, step_id=row["step_id"], version=1, actor=LEAD, reason="Drill."
        )
    version = response.resolve(running, activation_id=number, version=version, actor=LEAD)

    with pytest.raises(RuleViolation, match="a drill avoids no loss"):
        response.look_back(
            running, activation_id=number, version=version, actor=LEAD, record=response.AfterAction("x", Decimal(1))
        )
    response.look_back(
        running,
        activation_id=number,
        version=version,
        actor=LEAD,
        record=response.AfterAction("The deputy's number was wrong."),
    )


def test_every_message_of_a_drill_says_so_in_both_languages(running: Services) -> None:
    start_due_drills(running, as_of=SEPTEMBER, run_id=1)

    for row in rows(
        running.engine,
        "SELECT kind, subject_type, subject_id, urgency, facts FROM outbox_event WHERE kind <> 'nobody_available'",
    ):
        event = EventView(row["kind"], row["subject_type"], row["subject_id"], row["urgency"], row["facts"])
        english, chinese = (speak(event, Speaker(language, "Asia/Shanghai", "https://x")) for language in ("en", "zh"))
        assert english.subject.startswith("[Drill] ")
        assert english.line.startswith("[Drill] ")
        assert "This is a drill" in english.happened
        assert chinese.subject.startswith("【演练】")
        assert "这是一次演练" in chinese.happened


def test_a_playbook_can_have_its_own_months_or_none(instance: Instance) -> None:
    calendar = load_calendars(instance)["cn"]
    policy = DrillPolicy(months=(3,), playbooks={"PB3": (10,), "PB4": ()})

    found = {
        name: item.day for name, item in policy.latest(("PB1", "PB3", "PB4"), date(2026, 10, 31), calendar).items()
    }

    assert found == {"PB1": date(2026, 3, 2), "PB3": date(2026, 10, 8)}  # a Sunday; the national holiday


@pytest.mark.parametrize("months", [(3, 9), (1, 4, 7, 10), (5,), tuple(range(1, 13))])
def test_the_drills_of_a_round_begin_before_the_next_one(instance: Instance, months: tuple[int, ...]) -> None:
    calendar = load_calendars(instance)["de"]
    policy, books = DrillPolicy(months=months), [f"PB{number}" for number in range(20)]

    for item in policy.latest(books, date(2026, 12, 31), calendar).values():
        following = min(date(item.period_began.year + more, month, 1) for more in (0, 1) for month in months
                        if date(item.period_began.year + more, month, 1) > item.period_began)  # fmt: skip
        assert item.period_began <= item.day <= calendar.next_business_day(following)


@pytest.mark.parametrize("wrong", ["months: [13]", "apart_days: -1", "contain_within: '5'", "playbooks: {PB1: [0]}"])
def test_a_wrong_drill_policy_names_its_line(running: Services, wrong: str) -> None:
    (running.instance.home / "policies" / "drills.yaml").write_text(f"{wrong}\n", encoding="utf-8")

    with pytest.raises(BadInput) as caught:
        load_drill_policy(running.instance)
    assert caught.value.line == 1


def test_an_activation_is_worked_off_from_the_command_line(
    running: Services, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RISKREVIEW_HOME", str(running.instance.home))
    monkeypatch.setenv("RISKREVIEW_DATABASE_URL", database_url)

    def call(*arguments: str) -> Any:
        found = CliRunner().invoke(app, ["playbook", *arguments, "--json"], catch_exceptions=False)
        return json.loads(found.stdout)

    assert call("drill", "PB1") == {"drills": 1, "drill_steps": 6}
    number = str(pb1(running))
    call("move", number, "acknowledge", "--as", LEAD)
    call("step", number, "hold_orders", "finish", "--as", LEAD, "--text", "List 5.")
    call("step", number, "provision", "refuse", "--as", LEAD, "--text", "Drill.")
    shown = {item["step_id"]: item["state"] for item in call("steps", number)["steps"]}
    assert (shown["hold_orders"], shown["provision"], shown["confirm_balance"]) == ("done", "not_doing", "todo")
    assert [(row["is_drill"], row["steps"], row["steps_ended"]) for row in call("board")] == [(True, 6, 2)]
    call("stand-down", number, "--as", OTHER, "--reason", "Enough practised.")
    assert call("board") == []
    assert [row["state"] for row in call("drills")] == ["stood_down"]

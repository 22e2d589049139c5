"""Faults that hit duties and their messages: stopped workers, clocks that jump, channels that are down, people who collide."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, text
from tests.notifications.conftest import chat_service, mail_server, team_and_channels  # noqa: F401  fixtures
from tests.notifications.loopback import ChatService, MailServer, event, told
from tests.notifications.test_notifications_crash import CHILD
from tests.reviews.portfolio import add_customers, rows
from tests.reviews.working import APPROVER, BOTH, DEPUTY, JULY, OWNER, SECOND, digest, opened, proposed, review, version

from riskreview.foundation.clock import FixedClock
from riskreview.foundation.errors import Conflict, RiskReviewError, RuleViolation
from riskreview.foundation.services import Services
from riskreview.gate.installing import install
from riskreview.mechanisms.duty import NewDuty, Rung, open_duties, pause_duties, sweep
from riskreview.notifications.use_cases import deliver, escalate
from riskreview.orchestration import stages
from riskreview.policy.calendars import country_calendar
from riskreview.policy.ladder import LadderRung, climb
from riskreview.reviews import decisions, opening
from riskreview.reviews.analysis import start_analysis
from riskreview.reviews.assigning import reassign

pytestmark = pytest.mark.database
ROOT = Path(__file__).parents[2]
LADDER = tuple(Rung(hours, ("owner",), level) for hours, level in ((-24, 0), (24, 1), (72, 2)))


def add_duty(services: Services, number: int, *, owner: str = "anna", due: datetime | None = None) -> None:
    due_at = due or services.clock.now() + timedelta(days=2)
    with services.engine.begin() as connection:
        duty = NewDuty(
            "review", "review", str(number), "risk_owner", owner, None, due_at, LADDER, {"review_id": number}
        )
        open_duties(connection, [duty], at=services.clock.now())


def levels(services: Services) -> list[int]:
    return [int(str(row["level"])) for row in rows(services.engine, "SELECT level FROM duty ORDER BY duty_id")]


def test_f16_a_dispatcher_that_was_stopped_past_its_lease_records_nothing_when_it_goes_on(
    team_and_channels: Services,  # noqa: F811  a fixture
    mail_server: MailServer,  # noqa: F811  a fixture
    clock: FixedClock,
) -> None:
    told(team_and_channels, event(1, urgency="high"))
    mail_server.delay = 1.5
    url = team_and_channels.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", CHILD, str(team_and_channels.instance.home), url, clock.now().isoformat()]
    child = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT / "plugins")}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    wanted, deadline = "SELECT 1 FROM message_attempt", time.monotonic() + 120
    while not rows(team_and_channels.engine, wanted) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(child.pid, signal.SIGSTOP)
    mail_server.delay = 0.0
    clock.moment += timedelta(minutes=5)
    deliver(team_and_channels)
    clock.moment += timedelta(minutes=5)
    deliver(team_and_channels)
    os.kill(child.pid, signal.SIGCONT)
    child.wait(timeout=120)
    found = rows(team_and_channels.engine, "SELECT state, attempts FROM message")
    outcomes = rows(team_and_channels.engine, "SELECT outcome FROM message_attempt ORDER BY attempt")
    assert found == [{"state": "accepted", "attempts": 2}]
    assert [row["outcome"] for row in outcomes] == ["unknown", "accepted"]
    assert len({mail["X-Riskreview-Ref"] for mail in mail_server.mails}) == 1
    assert len(mail_server.mails) <= 2


def test_f25_policy_files_exchanged_while_a_pass_runs_change_nothing_of_it(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_customers(services.engine, [{"customer_key": number, "risk_class": 3} for number in (1, 2)], as_of=JULY)
    install(services)
    shipped, own = ROOT / "include" / "policies" / "reviews.yaml", services.instance.home / "policies"
    plan = opening.plan

    def exchange_then_plan(*given: Any, **named: Any) -> Any:  # what the planning is asked and answers
        text = shipped.read_text(encoding="utf-8").replace("high: 20wd", "high: 4wd")
        (own / "reviews.yaml").write_text(text, encoding="utf-8")
        (own / "checklists.yaml").write_text("items: [{id: only, text: {en: x, zh: x}}]\n", encoding="utf-8")
        return plan(*given, **named)

    monkeypatch.setattr(opening, "plan", exchange_then_plan)
    stages.open_reviews(services, as_of=JULY)

    days = rows(services.engine, "SELECT DISTINCT due_on FROM review")
    asked = rows(services.engine, "SELECT jsonb_array_length(items) AS n FROM review_checklist")
    assert [row["due_on"] for row in days] == [date(2026, 7, 29)], "twenty working days, as it was approved"
    assert [row["n"] > 1 for row in asked] == [True]  # type: ignore[operator]  # a number of the database


def test_f27_a_clock_that_steps_back_moves_no_duty_twice_and_skips_no_rung(
    services: Services, clock: FixedClock
) -> None:
    add_duty(services, 1)
    moments = [timedelta(hours=hours) for hours in (25, 24, 25, 73, 72, 74, 121, 120, 122)]
    start, seen = clock.moment, []
    for moment in moments:
        clock.moment = start + moment
        escalate(services)
        seen.append(levels(services)[0])
    assert seen == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    keys = [row["event_key"] for row in rows(services.engine, "SELECT event_key FROM outbox_event ORDER BY outbox_id")]
    assert len(keys) == len(set(keys)) == 3


def test_f46_after_two_hours_without_any_channel_everything_arrives_once_and_what_was_overtaken_is_left_out(
    team_and_channels: Services,  # noqa: F811  a fixture
    mail_server: MailServer,  # noqa: F811  a fixture
    chat_service: ChatService,  # noqa: F811  a fixture
    clock: FixedClock,
) -> None:
    path = team_and_channels.instance.home / "policies" / "channels.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("[1, 5]", "[1, 5, 15, 60, 240]"), encoding="utf-8")
    mail_server.busy = True
    chat_service.say({"errcode": 45009}, wait=0.0)
    add_duty(team_and_channels, 7, due=clock.now() + timedelta(hours=25))
    for number in range(24):
        told(team_and_channels, event(number, urgency="high" if number % 8 == 0 else "normal"))
        escalate(team_and_channels)
        deliver(team_and_channels)
        clock.moment += timedelta(minutes=5)
    assert mail_server.mails == []
    assert levels(team_and_channels) == [1], "the ladder is climbed while no message gets through"
    with team_and_channels.engine.begin() as connection:
        connection.execute(text("UPDATE duty SET state = 'done', closed_at = :at"), {"at": clock.now()})
    mail_server.busy = False
    chat_service.say({"errcode": 0})
    for _ in range(8):
        clock.moment += timedelta(minutes=45)
        deliver(team_and_channels)
    untold = """SELECT event_key FROM outbox_event AS e WHERE kind NOT LIKE 'duty%' AND NOT EXISTS (
        SELECT 1 FROM message_item AS i INNER JOIN message AS m USING (message_id) WHERE i.outbox_id = e.outbox_id AND m.state = 'accepted')"""
    assert rows(team_and_channels.engine, untold) == []
    refs = [(mail["X-Riskreview-Ref"], mail["To"]) for mail in mail_server.mails]
    assert len(refs) == len(set(refs))
    assert len([to for _, to in refs if "anna" in str(to)]) < 24
    assert not [
        mail
        for mail in mail_server.mails
        if "Reminder" in str(mail["Subject"]) + mail.get_body(("plain",)).get_content()
    ]  # type: ignore[union-attr]  # every mail has one
    states = rows(team_and_channels.engine, "SELECT DISTINCT state FROM message")
    assert {row["state"] for row in states} <= {"accepted", "overtaken"}


def test_f49_an_acknowledgement_and_a_sweep_at_the_same_instant_have_one_outcome(
    services: Services, clock: FixedClock
) -> None:
    for number in (1, 2):
        add_duty(services, number)
    clock.moment += timedelta(hours=25)

    def acknowledge(connection: Connection, number: int) -> int:
        return pause_duties(connection, "review", str(number), person="anna", at=clock.now(), expires=timedelta(days=3))

    with services.engine.begin() as connection:
        connection.execute(text("SELECT 1 FROM duty WHERE subject_id = '1' FOR UPDATE"))
        escalate(services)  # leaves what is being acknowledged alone, and waits for nobody
        acknowledge(connection, 1)
    escalate(services)
    assert levels(services) == [0, 1]

    add_duty(services, 3, due=clock.now() + timedelta(hours=23))
    done: list[int] = []

    def in_another_session() -> None:
        with services.engine.begin() as connection:
            done.append(acknowledge(connection, 3))

    thread = threading.Thread(target=in_another_session)
    with services.engine.begin() as connection:
        sweep(connection, now=clock.now())
        thread.start()
        thread.join(0.2)
        assert done == [], "an acknowledgement waits for the sweep that is under way"
    thread.join()
    clock.moment += timedelta(days=2)
    escalate(services)

    assert (done, levels(services)) == ([1], [0, 2, 1])
    assert rows(services.engine, "SELECT count(*) AS n FROM outbox_event")[0]["n"] == 3


def test_f51_the_last_rung_is_told_again_as_often_as_the_ladder_says(services: Services) -> None:
    calendar = country_calendar("de")
    assert calendar is not None
    start, due = datetime(2026, 7, 6, 8, tzinfo=UTC), datetime(2026, 7, 10, 16, tzinfo=UTC)
    rung = LadderRung.model_validate({"after": "1wd", "to": ["executive"], "times": 3, "every": "2wd"})
    early = LadderRung.model_validate({"before_days": 30, "to": ["owner"]})
    late = LadderRung.model_validate({"before_days": 1, "to": ["owner"]})
    found = climb([early, late, rung], start=start, due_at=due, calendar=calendar, zone=ZoneInfo("Europe/Berlin"), people_of=lambda _: ("maria",))  # fmt: skip
    assert [f"{item.at:%m-%d} {item.audience[0]}" for item in found] == [
        "07-09 owner",
        "07-13 maria",
        "07-15 maria",
        "07-17 maria",
    ]


def test_f55_of_two_approvers_at_once_one_decides(services: Services) -> None:
    opened(services)
    proposed(services)
    said = {
        "review_id": review(services)["review_id"],
        "version": version(services),
        "reason": "Agreed.",
        "digest": digest(services),
    }
    results: list[str] = []
    together = threading.Barrier(3)

    def approve(person: str) -> None:
        together.wait(timeout=60)
        try:
            decisions.approve(services, actor=person, **said)
            results.append("approved")
        except RiskReviewError as error:
            results.append(type(error).__name__)

    threads = [threading.Thread(target=approve, args=(person,)) for person in (BOTH, APPROVER, BOTH)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results).count("approved") == 1
    assert rows(services.engine, "SELECT count(*) AS n FROM audit_event WHERE action = 'review:approved'")[0]["n"] == 1


def test_f56_an_owner_exchanged_between_reading_and_acting_changes_nothing(services: Services) -> None:
    number, read = opened(services), version(services)
    reassign(services, review_id=number, version=read, actor=BOTH, to=DEPUTY, reason="Away for the week.")

    with pytest.raises(Conflict):
        start_analysis(services, review_id=number, version=read, actor=OWNER)
    assert (review(services)["owner"], review(services)["state"]) == (DEPUTY, "assigned")


def test_f56_a_role_taken_between_reading_and_deciding_decides_nothing(services: Services) -> None:
    opened(services)
    proposed(services)
    team = (ROOT / "include" / "policies" / "team.yaml").read_text(encoding="utf-8")
    said = {
        "review_id": review(services)["review_id"],
        "version": version(services),
        "reason": "Agreed.",
        "digest": digest(services),
    }
    assert "roles: [executive, cfo]" in team
    (services.instance.home / "policies" / "team.yaml").write_text(
        team.replace("roles: [executive, cfo]", "roles: [sales]")
        .replace("[yang.li, maria.stein]", "[yang.li]")
        .replace("[maria.stein, yang.li]", "[yang.li]"),
        encoding="utf-8",
    )
    with pytest.raises(RuleViolation, match="only credit_manager, cfo or executive"):
        decisions.approve(services, actor=SECOND, **said)
    assert review(services)["state"] == "in_approval"

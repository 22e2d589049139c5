"""A link says "I have seen it" once, for its recipient alone, and only when used on purpose."""

import re
import stat
from datetime import timedelta

import pytest
from itsdangerous import URLSafeSerializer
from sqlalchemy import text
from tests.notifications.loopback import MailServer, told

from riskreview.audit.log import verify as verify_log
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.mechanisms.duty import NewDuty, Rung, close_duties, open_duties
from riskreview.mechanisms.outbox import OutboxEvent
from riskreview.notifications.acknowledgement import link_maker, signing_keys
from riskreview.notifications.use_cases import acknowledge, deliver, escalate, verify

pytestmark = pytest.mark.database


def open_duty(services: Services, *, subject: str = "9", facts: dict[str, object] | None = None) -> None:
    at = services.clock.now()
    ladder = (Rung(-24, ("owner",), 0), Rung(8, ("it",), 1))
    duty = NewDuty(
        "review", "review", subject, "risk_owner", "anna", None, at + timedelta(hours=24), ladder, facts or {}
    )
    with services.engine.begin() as connection:
        open_duties(connection, [duty], at=at)


def mailed_token(server: MailServer) -> str:
    body = server.mails[-1].get_body(("plain",))
    assert body is not None
    found = re.search(r"/acknowledge/(\S+)", body.get_content())
    assert found is not None
    return found.group(1)


@pytest.fixture
def token(team_and_channels: Services, mail_server: MailServer) -> str:
    open_duty(team_and_channels)
    assert escalate(team_and_channels).reminded == 1
    assert deliver(team_and_channels).accepted == 1
    return mailed_token(mail_server)


def test_an_acknowledgement_stops_the_ladder_and_is_in_the_log(
    team_and_channels: Services, token: str, clock: FixedClock
) -> None:
    done = acknowledge(team_and_channels, token=token, person="anna")
    assert (done.duties, done.repeated) == (1, False)
    clock.moment += timedelta(hours=40)
    assert escalate(team_and_channels).escalated == 0
    clock.moment += timedelta(hours=60)
    assert escalate(team_and_channels).escalated == 1
    with team_and_channels.engine.connect() as connection:
        actions = connection.execute(
            text("SELECT action FROM audit_event WHERE action LIKE '%acknowledged' ORDER BY action")
        )
        assert list(actions.scalars()) == ["duty:acknowledged", "message:acknowledged"]
        assert verify_log(connection).first_bad is None


def test_a_reminder_whose_duty_was_done_before_it_left_is_not_sent(
    team_and_channels: Services, mail_server: MailServer
) -> None:
    open_duty(team_and_channels)
    escalate(team_and_channels)
    with team_and_channels.engine.begin() as connection:
        close_duties(connection, "review", "review", ["9"], at=team_and_channels.clock.now())
    assert deliver(team_and_channels).suppressed == 1
    assert mail_server.mails == []
    with team_and_channels.engine.connect() as connection:
        reason = connection.execute(text("SELECT suppressed_reason FROM outbox_event")).scalar_one()
    assert reason == "the duty was done meanwhile"


def test_looking_at_a_link_changes_nothing(team_and_channels: Services, token: str, clock: FixedClock) -> None:
    for _ in range(3):
        ticket = verify(team_and_channels, token=token)
    assert (ticket.recipient, ticket.subjects, ticket.used_by) == ("anna", (("review", "9"),), None)
    clock.moment += timedelta(hours=40)
    assert escalate(team_and_channels).escalated == 1


def test_a_link_works_once_and_says_so_the_second_time(
    team_and_channels: Services, token: str, clock: FixedClock
) -> None:
    first = acknowledge(team_and_channels, token=token, person="anna")
    clock.moment += timedelta(hours=1)
    second = acknowledge(team_and_channels, token=token, person="anna")
    assert second.repeated
    assert (second.at, second.duties) == (first.at, first.duties)
    assert verify(team_and_channels, token=token).used_by == "anna"


def test_a_link_of_somebody_else_a_forged_an_old_and_a_lost_one_are_refused(
    team_and_channels: Services, token: str, clock: FixedClock
) -> None:
    with pytest.raises(RuleViolation, match="somebody else"):
        acknowledge(team_and_channels, token=token, person="li")
    nonce = link_maker(team_and_channels.instance).nonce(token)
    of_another_purpose = URLSafeSerializer(signing_keys(team_and_channels.instance), salt="a form").dumps(nonce)
    for forged in (token[:-2] + "xx", of_another_purpose):
        with pytest.raises(RuleViolation, match="not valid"):
            acknowledge(team_and_channels, token=forged, person="anna")
    with pytest.raises(NotFound):
        acknowledge(team_and_channels, token=link_maker(team_and_channels.instance).token("unknown"), person="anna")
    clock.moment += timedelta(days=15)
    with pytest.raises(RuleViolation, match="expired"):
        acknowledge(team_and_channels, token=token, person="anna")


def test_the_key_is_private_and_links_survive_its_rotation(team_and_channels: Services, token: str) -> None:
    path = team_and_channels.instance.home / "keys" / "acknowledgement.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text(path.read_text(encoding="ascii") + "a-new-key-that-signs-from-now-on\n", encoding="ascii")
    assert len(signing_keys(team_and_channels.instance)) == 2
    assert acknowledge(team_and_channels, token=token, person="anna").duties == 1
    assert link_maker(team_and_channels.instance).token("n") != token


def test_acknowledging_an_activation_stops_the_ladders_of_its_steps_too(
    team_and_channels: Services, mail_server: MailServer
) -> None:

    open_duty(team_and_channels, facts={"activation_id": 5})
    told(team_and_channels, OutboxEvent("x", "step_assigned", "activation", "5", "high", ("anna",), {}))
    deliver(team_and_channels)
    assert acknowledge(team_and_channels, token=mailed_token(mail_server), person="anna").duties == 1


def test_a_rung_told_to_somebody_absent_reaches_a_present_person_besides(
    team_and_channels: Services, mail_server: MailServer
) -> None:
    path = team_and_channels.instance.home / "policies" / "team.yaml"
    second = "  - {id: olga, name: Olga, language: en, channels: {mail: olga@demo.example}, roles: [executive]}\n"
    path.write_text(
        path.read_text("utf-8")
        + second
        + "absences:\n  - {person: anna, first_day: 2026-07-01, last_day: 2026-07-09}\n",
        "utf-8",
    )
    open_duty(team_and_channels)

    escalate(team_and_channels)
    deliver(team_and_channels)

    bodies = {
        mail["To"].split("@")[0].rpartition("<")[2]: mail.get_body(("plain",)).get_content()
        for mail in mail_server.mails
    }
    assert set(bodies) == {"anna", "olga"}
    assert "Anna is away, so you hear of it: Anna is asked" in bodies["olga"]
    assert "You are asked" in bodies["anna"]

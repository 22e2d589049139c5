"""Events reach people through their channels: singly or in a digest, none twice in the database, none lost."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from icalendar import Calendar, Event
from sqlalchemy import text
from tests.notifications.loopback import ChatService, MailServer, event, rewrite_channels, told

from riskreview.audit.log import verify
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.services import Services
from riskreview.mechanisms.outbox import OutboxEvent
from riskreview.notifications.use_cases import deliver

pytestmark = pytest.mark.database


def states(services: Services) -> dict[str, int]:
    with services.engine.connect() as connection:
        rows = connection.execute(text("SELECT state, count(*) AS messages FROM message GROUP BY state"))
        return {row.state: row.messages for row in rows}


def attempts(services: Services) -> list[tuple[str, str]]:
    with services.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT channel, outcome FROM message_attempt ORDER BY channel, message_id, attempt")
        )
        return [(row.channel, row.outcome) for row in rows]


def test_an_urgent_event_comes_singly_by_mail_and_chat_in_the_persons_language(
    team_and_channels: Services, mail_server: MailServer, chat_service: ChatService
) -> None:
    told(team_and_channels, event(1, urgency="critical", audience=("li",)))
    counts = deliver(team_and_channels)
    assert (counts.queued, counts.accepted, counts.waiting) == (2, 2, 0)
    (mail,) = mail_server.mails
    assert mail["To"] == "li@demo.example"
    assert "C-1" in mail["Subject"]
    plain = mail.get_body(("plain",))
    rich = mail.get_body(("html",))
    assert plain is not None
    assert rich is not None
    assert "您需要做什么" in plain.get_content()
    assert mail["X-Riskreview-Ref"] in plain.get_content()
    assert "您需要做什么" in rich.get_content()
    ((path, post),) = chat_service.posts
    assert path.endswith("key=secret-key")
    assert mail["X-Riskreview-Ref"] in str(post)


def test_normal_events_of_a_tick_are_one_digest_that_lists_them_all(
    team_and_channels: Services, mail_server: MailServer
) -> None:
    told(team_and_channels, *(event(number) for number in range(7)))
    counts = deliver(team_and_channels)
    assert (counts.queued, counts.digested, counts.accepted) == (1, 7, 1)
    body = mail_server.mails[0].get_body(("plain",))
    assert body is not None
    assert all(f"C-{number}" in body.get_content() for number in range(7))


def test_a_second_digest_waits_for_its_window_and_is_not_lost(
    team_and_channels: Services, mail_server: MailServer, clock: FixedClock
) -> None:
    told(team_and_channels, event(1), event(2))
    deliver(team_and_channels)
    told(team_and_channels, event(3), event(4))
    assert deliver(team_and_channels).waiting == 2
    clock.moment += timedelta(minutes=16)
    assert deliver(team_and_channels).digested == 2
    assert len(mail_server.mails) == 2


@pytest.mark.parametrize(("urgency", "in_a_window"), [("normal", 1), ("high", 3 + 1)])
def test_alerts_that_trickle_in_one_by_one_are_grouped_too(
    team_and_channels: Services, mail_server: MailServer, clock: FixedClock, urgency: str, in_a_window: int
) -> None:
    for number in range(45):
        told(team_and_channels, event(number, urgency=urgency))
        deliver(team_and_channels)
        clock.moment += timedelta(minutes=1)
    clock.moment += timedelta(minutes=16)
    assert deliver(team_and_channels).waiting == 0

    assert len(mail_server.mails) <= 4 * in_a_window
    bodies = "".join(str(mail.get_body(("plain",)).get_content()) for mail in mail_server.mails)  # type: ignore[union-attr]  # each has one
    assert all(f"C-{number}" in bodies for number in range(45))


def test_urgent_events_beyond_the_cap_are_grouped_with_the_critical_ones_first(
    team_and_channels: Services, mail_server: MailServer
) -> None:
    told(team_and_channels, *(event(number, urgency="high") for number in range(6)))
    told(team_and_channels, *(event(number, urgency="critical") for number in range(10, 14)))
    counts = deliver(team_and_channels)
    assert (counts.queued, counts.digested, counts.accepted) == (4, 7, 4)
    digest = next(mail for mail in mail_server.mails if "7" in mail["Subject"])
    body = digest.get_body(("plain",))
    assert body is not None
    assert body.get_content().index("C-13") < body.get_content().index("C-0")


def test_ten_thousand_alerts_in_a_minute_are_a_handful_per_person_and_none_is_lost(
    team_and_channels: Services, mail_server: MailServer, clock: FixedClock
) -> None:
    for tick in range(4):
        told(team_and_channels, *(
            event(tick * 2500 + number, urgency=("critical", "high", "normal", "low")[number % 4], audience=("anna", "li"))
            for number in range(2500)
        ))  # fmt: skip
        deliver(team_and_channels)
        clock.moment += timedelta(seconds=15)
    clock.moment += timedelta(minutes=16)
    assert deliver(team_and_channels).waiting == 0
    per_person = [sum(mail["To"].startswith(name) for mail in mail_server.mails) for name in ("anna", "li")]
    assert all(count <= 3 + 4 + 1 for count in per_person)
    with team_and_channels.engine.connect() as connection:
        told_items = "SELECT count(DISTINCT outbox_id) FROM message_item JOIN message USING (message_id) WHERE state = 'accepted'"
        assert connection.execute(text(told_items)).scalar_one() == 10_000
        assert verify(connection).first_bad is None


def test_delivering_again_sends_nothing_again(team_and_channels: Services, mail_server: MailServer) -> None:
    told(team_and_channels, event(1, urgency="high"))
    told(team_and_channels, event(1, urgency="high"))
    deliver(team_and_channels)
    assert deliver(team_and_channels).queued == 0
    assert len(mail_server.mails) == 1


def test_a_suppressed_event_is_recorded_and_not_sent(team_and_channels: Services, mail_server: MailServer) -> None:
    told(team_and_channels, event(1, urgency="critical", suppressed="backfill"))
    counts = deliver(team_and_channels)
    assert (counts.suppressed, counts.queued) == (1, 0)
    assert mail_server.mails == []


def test_a_stranger_is_told_through_the_final_duty_and_a_person_without_channel_is_visible(
    team_and_channels: Services, mail_server: MailServer
) -> None:
    told(team_and_channels, event(1, urgency="high", audience=("gone",)), event(2, urgency="high", audience=("mute",)))
    counts = deliver(team_and_channels)
    assert (counts.queued, counts.accepted, counts.dead) == (2, 1, 1)
    assert mail_server.mails[0]["To"] == "anna@demo.example"


def test_a_refused_message_is_retried_given_up_and_alarmed_through_another_channel(
    team_and_channels: Services, chat_service: ChatService, mail_server: MailServer, clock: FixedClock
) -> None:
    chat_service.say({"errcode": 93000, "errmsg": "invalid webhook url"})
    told(team_and_channels, event(1, urgency="high", audience=("li",)))
    assert deliver(team_and_channels).refused == 1
    assert deliver(team_and_channels).refused == 0
    clock.moment += timedelta(minutes=1)
    assert deliver(team_and_channels).refused == 1
    clock.moment += timedelta(minutes=5)
    assert deliver(team_and_channels).dead == 1
    assert attempts(team_and_channels)[:3] == [("chat", "refused")] * 3
    alarm = next(mail for mail in mail_server.mails if mail["To"] == "it@demo.example")
    assert "chat" in alarm["Subject"]
    assert len(chat_service.posts) == 3  # the channel that fails is not asked to tell of it


def test_a_rate_limit_pauses_the_channel_and_never_kills_a_message(
    team_and_channels: Services, chat_service: ChatService, clock: FixedClock
) -> None:
    chat_service.say({"errcode": 45009, "errmsg": "api freq out of limit"})
    told(team_and_channels, event(1, urgency="high", audience=("li",)))
    for _ in range(5):
        deliver(team_and_channels)
        clock.moment += timedelta(seconds=61)
    chat_service.say({"errcode": 0})
    deliver(team_and_channels)
    assert states(team_and_channels) == {"accepted": 2}
    assert len(chat_service.posts) == 6


def test_a_channels_rate_is_kept_and_the_rest_waits(
    team_and_channels: Services, mail_server: MailServer, chat_service: ChatService, clock: FixedClock
) -> None:
    path = team_and_channels.instance.home / "policies" / "channels.yaml"
    slow = path.read_text(encoding="utf-8").replace("rate_per_minute: 6000", "rate_per_minute: 2", 1)
    path.write_text(slow, encoding="utf-8")
    told(team_and_channels, *(event(number, urgency="high") for number in range(3)))
    counts = deliver(team_and_channels)
    assert (counts.accepted, counts.waiting) == (2, 1)
    clock.moment += timedelta(seconds=61)
    assert deliver(team_and_channels).accepted == 1


def test_quiet_hours_hold_everything_but_critical_messages(
    team_and_channels: Services, mail_server: MailServer, chat_service: ChatService, clock: FixedClock
) -> None:
    home = team_and_channels.instance.home
    rewrite_channels(home, mail_server.port, chat_service.url, extra='quiet_hours: {begin: "00:00", end: "07:00"}')
    told(team_and_channels, event(1, urgency="high"), event(2, urgency="critical"))
    assert deliver(team_and_channels).accepted == 1  # it is 02:00 in Berlin
    for number in range(3, 13):
        clock.moment += timedelta(minutes=20)
        told(team_and_channels, event(number))
        assert (deliver(team_and_channels).accepted, len(mail_server.mails)) == (0, 1)
    clock.moment += timedelta(hours=2)
    assert (deliver(team_and_channels).accepted, len(mail_server.mails)) == (2, 3)  # the night is one digest


def test_an_unset_variable_is_said_in_the_ledger(team_and_channels: Services) -> None:
    path = team_and_channels.instance.home / "policies" / "channels.yaml"
    path.write_text('channels: {mail: {kind: mail, url: "${MAIL_URL}"}}', encoding="utf-8")
    told(team_and_channels, event(1))
    assert deliver(team_and_channels, environment={}).refused == 1
    with team_and_channels.engine.connect() as connection:
        problem = connection.execute(text("SELECT problem FROM message")).scalar_one()
    assert problem == "E-CHANNEL-UNSET the variable MAIL_URL is not set"


def test_nothing_about_a_person_or_a_secret_is_in_the_ledger(
    team_and_channels: Services, chat_service: ChatService
) -> None:
    chat_service.say(b"<html>login</html>")
    told(team_and_channels, event(1, urgency="high", audience=("li",)))
    deliver(team_and_channels)
    with team_and_channels.engine.connect() as connection:
        ledger = (
            "SELECT string_agg(m::text || a::text, '') FROM message AS m JOIN message_attempt AS a USING (message_id)"
        )
        stored = connection.execute(text(ledger)).scalar_one()
        bodies = connection.execute(
            text("SELECT string_agg(convert_from(body, 'UTF8'), '') FROM audit_event")
        ).scalar_one()
    assert "demo.example" not in stored + bodies
    assert "secret-key" not in stored + bodies


PEOPLE = """
final_duty_role: executive
persons:
  - {id: nora, name: Nora, language: en, channels: {mail: no.box@demo.example, chat: nora}, roles: [legal],
     preferences: {from_urgency: {chat: critical}}}
  - {id: otto, name: Otto, language: en, time_zone: UTC, channels: {mail: otto@demo.example}, roles: [executive],
     preferences: {quiet_hours: {begin: "00:00", end: "09:00"}, singles: 1, digest_minutes: 60}}
"""


def have(services: Services, people: str) -> None:
    (services.instance.home / "policies" / "team.yaml").write_text(people, encoding="utf-8")


def test_a_message_that_cannot_be_delivered_goes_through_another_channel_of_the_person(
    team_and_channels: Services, chat_service: ChatService, clock: FixedClock
) -> None:
    have(team_and_channels, PEOPLE)
    told(team_and_channels, event(1, audience=("nora",)))
    for minutes in (1, 5):
        assert deliver(team_and_channels).refused == 1
        clock.moment += timedelta(minutes=minutes)
    assert chat_service.posts == []

    last = deliver(team_and_channels)

    assert (last.dead, last.accepted) == (1, 1)
    assert "C-1" in str(chat_service.posts)
    with team_and_channels.engine.connect() as connection:
        assert verify(connection).first_bad is None


def test_an_urgent_message_takes_the_other_channel_while_the_first_is_tried_on(
    team_and_channels: Services, chat_service: ChatService, clock: FixedClock
) -> None:
    have(team_and_channels, PEOPLE)
    told(team_and_channels, event(1, urgency="high", audience=("nora",)))
    assert (deliver(team_and_channels).refused, len(chat_service.posts)) == (1, 0)
    clock.moment += timedelta(minutes=1)

    second = deliver(team_and_channels)

    assert (second.refused, second.accepted, len(chat_service.posts)) == (1, 1, 1)
    clock.moment += timedelta(minutes=5)
    assert deliver(team_and_channels).dead == 1
    assert len(chat_service.posts) == 1  # not a second time


def test_a_person_has_own_quiet_hours_and_an_own_number_of_single_messages(
    team_and_channels: Services, mail_server: MailServer, clock: FixedClock
) -> None:
    have(team_and_channels, PEOPLE)  # the clock says midnight
    told(team_and_channels, *(event(number, urgency="high", audience=("otto",)) for number in range(4)))
    told(team_and_channels, event(9, urgency="critical", audience=("otto",)))

    assert deliver(team_and_channels).accepted == 1  # the critical one
    clock.moment += timedelta(hours=9)
    deliver(team_and_channels)

    assert len(mail_server.mails) == 3  # of the four others one singly, the rest as one
    told(team_and_channels, event(20, audience=("otto",)))
    clock.moment += timedelta(minutes=59)
    assert deliver(team_and_channels).waiting == 1  # an hour from one digest to the next
    clock.moment += timedelta(minutes=2)
    assert deliver(team_and_channels).accepted == 1


def test_a_mail_about_a_duty_carries_its_due_time_as_a_calendar_entry(
    team_and_channels: Services, mail_server: MailServer, clock: FixedClock
) -> None:
    facts = {"customer_id": "C-7", "due_at": "2026-07-10T09:00:00+00:00"}
    opened = OutboxEvent("opened:7", "review_opened", "review", "7", "high", ("anna",), facts)
    reminded = OutboxEvent("duty:7:1", "duty_reminder", "review", "7", "high", ("anna",), facts)
    told(team_and_channels, opened, reminded)
    deliver(team_and_channels)

    first, second = sorted(
        mail_server.mails, key=lambda mail: not mail.is_multipart() or mail.get_content_subtype() != "mixed"
    )
    (attached,) = first.iter_attachments()
    entry = Calendar.from_ical(attached.get_content()).walk("VEVENT")[0]
    assert (attached.get_content_type(), attached["Content-Type"].params["method"]) == ("text/calendar", "PUBLISH")
    assert entry["dtend"].dt == datetime(2026, 7, 10, 9, tzinfo=UTC)
    assert (str(entry["organizer"]), "attendee" in entry) == ("mailto:risk@demo.example", False)  # RFC 5546, 3.2.1
    assert "C-7" in entry["summary"]
    assert first.get_body(("plain",)) is not None
    assert list(second.iter_attachments()) == []


def entries(mail: EmailMessage) -> list[tuple[str, Event]]:
    """Return what the calendar files of a mail ask for: method and entry."""
    files = [Calendar.from_ical(part.get_content()) for part in mail.iter_attachments()]
    return [(str(file["method"]), entry) for file in files for entry in file.walk("VEVENT")]


def test_a_digest_carries_the_entries_of_all_its_duties_and_what_is_moved_or_passed_on_changes_its_own(
    team_and_channels: Services, mail_server: MailServer, clock: FixedClock
) -> None:
    for number in ("7", "8"):
        facts = {"customer_id": f"宁波海天 {number}", "due_on": "2026-07-10"}
        told(
            team_and_channels,
            OutboxEvent(f"opened:{number}", "review_opened", "review", number, "normal", ("anna",), facts),
        )
    deliver(team_and_channels)
    later = {
        "7": ("review_reopened", {"due_at": "2026-07-20T09:00:00+00:00"}),
        "8": ("passed_on", {"duty_kind": "review"}),
    }
    for number, (kind, facts) in later.items():
        clock.moment += timedelta(hours=1)
        told(team_and_channels, OutboxEvent(f"{kind}:{number}", kind, "review", number, "high", ("anna",), facts))
        deliver(team_and_channels)

    clock.moment += timedelta(hours=1)
    ended = [
        OutboxEvent(f"off:{number}", kind, "review", number, "normal", ("anna",), {})
        for number, kind in (("7", "review_cancelled"), ("8", "activation_stood_down"))
    ]
    told(team_and_channels, *ended)
    deliver(team_and_channels)

    digest, moved, passed, both = (entries(mail) for mail in mail_server.mails)

    assert [(method, entry["dtstart"].dt.isoformat()) for method, entry in digest] == [("PUBLISH", "2026-07-10")] * 2
    assert [(method, entry["dtend"].dt) for method, entry in moved] == [
        ("PUBLISH", datetime(2026, 7, 20, 9, tzinfo=UTC))
    ]
    assert [(method, entry["status"]) for method, entry in passed] == [("CANCEL", "CANCELLED")]
    assert [(method, entry["status"]) for method, entry in both] == [("PUBLISH", "CANCELLED")] * 2
    assert [entry["uid"] for _, entry in digest] == [entry["uid"] for _, entry in (*moved, *passed)]
    assert all(new["sequence"] > old["sequence"] for (_, old), (_, new) in zip(digest, (*moved, *passed), strict=True))

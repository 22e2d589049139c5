"""Dispatchers may be killed, doubled or too slow: no message is lost, and one sent again carries the same Ref."""

import os
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.notifications.loopback import ChatService, MailServer, event, told

from riskreview.foundation.clock import FixedClock
from riskreview.foundation.services import Services
from riskreview.notifications.content import Answer
from riskreview.notifications.ledger import claim, settle
from riskreview.notifications.use_cases import deliver
from riskreview.policy.channels import load_channels

pytestmark = pytest.mark.database

CHILD = """
import sys
from datetime import datetime
from pathlib import Path
from sqlalchemy import create_engine
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.instance import open_instance
from riskreview.foundation.progress import LogProgress
from riskreview.foundation.services import Services
from riskreview.notifications.use_cases import deliver
home, url, moment = sys.argv[1:]
deliver(Services(open_instance(Path(home)), create_engine(url), FixedClock(datetime.fromisoformat(moment)), LogProgress()))
"""


def killed_delivery(services: Services, failpoint: str) -> int:
    url = services.engine.url.render_as_string(hide_password=False)
    plugins = Path(__file__).parents[2] / "plugins"
    environment = {**os.environ, "PYTHONPATH": str(plugins), "RISKREVIEW_FAILPOINT": failpoint}
    command = [sys.executable, "-c", CHILD, str(services.instance.home), url, services.clock.now().isoformat()]
    return subprocess.run(command, env=environment, check=False, timeout=300, capture_output=True).returncode


def outcomes(services: Services) -> list[str | None]:
    with services.engine.connect() as connection:
        query = "SELECT outcome FROM message_attempt ORDER BY message_id, attempt"
        return list(connection.execute(text(query)).scalars())


@pytest.mark.parametrize(
    ("failpoint", "mails_before", "mails_after"),
    [("notifications.queued:1:kill", 0, 1), ("notifications.intent:1:kill", 0, 1), ("notifications.sent:1:kill", 1, 2)],
)
def test_a_killed_dispatcher_loses_nothing_and_repeats_only_what_was_in_the_send_window(
    team_and_channels: Services,
    mail_server: MailServer,
    clock: FixedClock,
    failpoint: str,
    mails_before: int,
    mails_after: int,
) -> None:
    told(team_and_channels, event(1, urgency="high"))
    assert killed_delivery(team_and_channels, failpoint) == -9
    assert len(mail_server.mails) == mails_before
    for _ in range(3):
        clock.moment += timedelta(minutes=2)
        deliver(team_and_channels)
    assert len(mail_server.mails) == mails_after
    assert len({mail["X-Riskreview-Ref"] for mail in mail_server.mails}) == 1
    assert len({mail["Message-ID"] for mail in mail_server.mails}) == 1
    assert outcomes(team_and_channels) == (["accepted"] if "queued" in failpoint else ["unknown", "accepted"])


def test_eight_dispatchers_at_once_send_each_message_once(
    team_and_channels: Services, mail_server: MailServer, chat_service: ChatService
) -> None:
    path = team_and_channels.instance.home / "policies" / "channels.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("singles: 3", "singles: 100"), encoding="utf-8")
    told(team_and_channels, *(event(number, urgency="high", audience=("anna", "li")) for number in range(40)))
    results: list[int] = []
    threads = [threading.Thread(target=lambda: results.append(deliver(team_and_channels).accepted)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(results) == len(mail_server.mails) + len(chat_service.posts)
    refs = Counter((mail["To"], mail["X-Riskreview-Ref"]) for mail in mail_server.mails)
    assert len(refs) == 80
    assert set(refs.values()) == {1}
    with team_and_channels.engine.connect() as connection:
        left = connection.execute(text("SELECT count(*) FROM message WHERE state <> 'accepted'")).scalar_one()
    assert left == 0


def test_a_writer_whose_lease_was_lost_changes_nothing(team_and_channels: Services, clock: FixedClock) -> None:
    told(team_and_channels, event(1, urgency="high"))
    channels = load_channels(team_and_channels.instance)
    engine, delivery = team_and_channels.engine, channels.delivery
    assert deliver(team_and_channels, seconds=-1).queued == 1
    with engine.begin() as connection:
        (slow,) = claim(connection, "mail", channels.channels["mail"], delivery, now=clock.now(), limit=4)
    clock.moment += timedelta(minutes=5)
    deliver(team_and_channels)
    clock.moment += timedelta(minutes=5)
    deliver(team_and_channels)
    with engine.begin() as connection:
        late = settle(connection, slow, Answer("refused", "late"), delivery, now=clock.now(), alarm_to=())
    assert late == "late"
    assert outcomes(team_and_channels) == ["unknown", "accepted"]


def test_an_event_committed_late_with_a_low_number_is_still_found(
    team_and_channels: Services, mail_server: MailServer
) -> None:
    with team_and_channels.engine.connect() as slow, slow.begin():
        slow.execute(text("SELECT nextval(pg_get_serial_sequence('outbox_event', 'outbox_id'))"))
        told(team_and_channels, event(2, urgency="high"))
        deliver(team_and_channels)
        query = """INSERT INTO outbox_event (outbox_id, event_key, kind, subject_type, subject_id, urgency, audience, created_at)
            OVERRIDING SYSTEM VALUE VALUES (1, 'late', 'signal_raised', 'signal', '1', 'high', ARRAY['anna'], now())"""
        slow.execute(text(query))
    deliver(team_and_channels)
    assert len(mail_server.mails) == 2

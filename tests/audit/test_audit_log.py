"""The event log refuses change and shows what a superuser did to it all the same."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from riskreview.audit.log import AuditEvent, append, verify
from riskreview.foundation.services import Services

pytestmark = pytest.mark.database


def write(services: Services, count: int) -> None:
    events = [AuditEvent("review:opened", "review", str(number), "system:reviews") for number in range(count)]
    with services.engine.begin() as connection:
        append(connection, events, at=services.clock.now())


def tamper(services: Services, statement: str) -> None:
    with services.engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_event DISABLE TRIGGER ALL"))
        connection.execute(text(statement))
        connection.execute(text("ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_event_rows"))


def test_events_are_numbered_without_gaps_and_verify(services: Services):
    write(services, 3)
    write(services, 2)

    with services.engine.connect() as connection:
        found = verify(connection)
        numbers = [row[0] for row in connection.execute(text("SELECT seq FROM audit_event ORDER BY seq"))]

    assert numbers == [1, 2, 3, 4, 5]
    assert (found.events, found.verified, found.first_bad) == (5, 5, None)


def test_a_rolled_back_transaction_leaves_no_event_and_no_gap(services: Services):
    with pytest.raises(ZeroDivisionError), services.engine.begin() as connection:
        append(connection, [AuditEvent("a:b", "x", "1", "me")], at=services.clock.now())
        raise ZeroDivisionError
    write(services, 1)

    with services.engine.connect() as connection:
        assert connection.execute(text("SELECT max(seq), count(*) FROM audit_event")).one() == (1, 1)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor = 'somebody'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "SET session_replication_role = replica; DELETE FROM audit_event",
        "SET session_replication_role = replica; TRUNCATE audit_event",
    ],
)
def test_the_database_refuses_every_change(services: Services, statement: str):
    write(services, 2)

    with pytest.raises(DBAPIError, match="append-only"), services.engine.begin() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "first_bad"),
    [
        ("UPDATE audit_event SET body = replace(encode(body, 'escape'), 'review', 'rewiev')::bytea WHERE seq = 4", 4),
        ("DELETE FROM audit_event WHERE seq = 3", 3),
        ("DELETE FROM audit_event WHERE seq = 6", 6),
        ("UPDATE audit_event SET seq = CASE seq WHEN 2 THEN -5 ELSE seq END", 1),
        ("UPDATE audit_event SET recorded_at = recorded_at - INTERVAL '40 days' WHERE seq = 5", 5),
        ("UPDATE audit_event SET subject_id = '999' WHERE seq = 4", 4),
        ("UPDATE audit_event SET subject_type = 'measure' WHERE seq = 4", 4),
        ("UPDATE audit_event SET actor = 'li.wei' WHERE seq = 3", 3),
        ("UPDATE audit_event SET action = 'review:closed' WHERE seq = 2", 2),
    ],
)
def test_verification_names_the_first_event_that_was_tampered_with(services: Services, statement: str, first_bad: int):
    write(services, 6)
    tamper(services, statement)

    with services.engine.connect() as connection:
        assert verify(connection).first_bad == first_bad

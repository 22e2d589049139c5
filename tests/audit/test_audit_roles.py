"""On a server of one's own the program's role cannot change the log, nor make itself able to."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.foundation.parting import part

from riskreview.audit.checkpoints import bring_out, make_checkpoint
from riskreview.audit.log import AuditEvent, append
from riskreview.audit.verification import verify_whole
from riskreview.foundation.rights import RIGHTS
from riskreview.foundation.roles import DatabaseRole
from riskreview.foundation.services import Services

REFUSED = {"42501", "P0001"}
"""No privilege, or a trigger's refusal."""
TABLES = ("audit_event", "audit_head", "audit_block", "audit_checkpoint", "audit_export", "audit_key")


@pytest.fixture
def app(services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """The services as the role that may all the working ones may, on a database whose roles are parted."""
    found = part(services, monkeypatch)
    yield found
    found.engine.dispose()


def test_the_program_s_role_works_and_changes_nothing_that_was_written(app: Services):
    events = [AuditEvent("review:opened", "review", "1", "li.wei", cause={"reason": "A few words"})] * 300
    with app.engine.begin() as connection:
        append(connection, events, at=app.clock.now())
    make_checkpoint(app)
    bring_out(app)
    with app.engine.begin() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE of_its_own (number integer) ON COMMIT DROP"))
        assert verify_whole(connection).problem == ""
        connection.execute(text("DELETE FROM audit_opening"))

    attempts = [statement.format(table) for table in TABLES for statement in (
        "DELETE FROM {0}", "TRUNCATE {0} CASCADE", "DROP TABLE {0} CASCADE", "ALTER TABLE {0} DISABLE TRIGGER ALL", "CREATE RULE lost AS ON INSERT TO {0} DO INSTEAD NOTHING")]  # fmt: skip
    attempts += [
        "UPDATE audit_event SET actor = 'somebody'", "UPDATE audit_checkpoint SET size = 0", "UPDATE audit_head SET seq = seq - 1",
        "SET session_replication_role = replica", "ALTER TABLE audit_event OWNER TO riskreview_app", "SET ROLE riskreview_migrate", "UPDATE audit_opening SET value = 'x'",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'", "DROP SCHEMA public CASCADE",
    ]  # fmt: skip
    assert {
        statement: refusal(app, statement) for statement in attempts if refusal(app, statement) not in REFUSED
    } == {}


def test_nobody_writes_into_the_log_that_a_thing_was_decided_which_he_may_not_change(app: Services):
    decided = ("review", "measure", "opinion", "campaign", "policy proposal", "erasure", "console_user")
    written = {}
    for role in (DatabaseRole.INGEST, DatabaseRole.SCORE, DatabaseRole.DISPATCH, DatabaseRole.CONSOLE):
        for subject in decided:
            written[role, subject] = appends(app.acting(role), AuditEvent(f"{subject}:decided", subject, "1", "li.wei"))
        assert appends(app.acting(role), AuditEvent("batch:published", "batch", "1", "system:facts"))

    rights = {key: RIGHTS[key[0]].get(key[1].replace(" ", "_"), ()) for key in written}
    assert written == {key: bool({"INSERT", "UPDATE"} & set(held)) for key, held in rights.items()}
    assert {role for (role, _), was in written.items() if was} == {DatabaseRole.SCORE, DatabaseRole.CONSOLE}


def appends(services: Services, event: AuditEvent) -> bool:
    """Tell whether a role may append an event."""
    try:
        with services.engine.begin() as connection:
            append(connection, [event], at=services.clock.now())
    except DBAPIError as error:
        return getattr(error.orig, "pgcode", "") != "42501"
    return True


def refusal(app: Services, statement: str) -> str:
    """Return the code by which PostgreSQL refuses a statement, nothing when it does not."""
    try:
        with app.engine.begin() as connection:
            connection.exec_driver_sql(statement)
    except DBAPIError as error:
        return str(getattr(error.orig, "pgcode", ""))
    return ""

"""Each role of the database may do what the table says and nothing else, and says in one sentence what it may not."""

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from tests.foundation.parting import address, part

from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.granting import ADMINISTRATOR, part_roles, part_roles_of, part_roles_where_administered
from riskreview.foundation.rights import RIGHTS, TABLE, reference_page
from riskreview.foundation.roles import DatabaseRole
from riskreview.foundation.schema import migrate, newest
from riskreview.foundation.services import Services, open_reader, open_services

HELD = """SELECT role.rolname, relation.relname, item.privilege_type
    FROM pg_class AS relation CROSS JOIN LATERAL aclexplode(relation.relacl) AS item INNER JOIN pg_roles AS role ON item.grantee = role.oid
    WHERE relation.relnamespace = 'public'::regnamespace AND item.grantee <> relation.relowner"""
OWN = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') ORDER BY relname"
REFUSED = {
    DatabaseRole.INGEST: ("SELECT 1 FROM review", "INSERT INTO message (channel) VALUES ('x')", "DELETE FROM assessed_line", "SELECT begin_next_assessment()"),
    DatabaseRole.SCORE: ("UPDATE account SET name = 'x'", "SELECT 1 FROM console_token", "UPDATE message SET state = 'accepted'", "DROP TABLE current_assessment",
                         "SELECT grant_as_before('customer', 'message')"),
    DatabaseRole.DISPATCH: ("UPDATE current_assessment SET risk_class = 1", "SELECT 1 FROM opinion", "INSERT INTO signal_outcome DEFAULT VALUES"),
    DatabaseRole.CONSOLE: ("UPDATE current_assessment SET risk_class = 1", "DELETE FROM review", "SELECT 1 FROM crm_token", "INSERT INTO class_change DEFAULT VALUES"),
    DatabaseRole.AUDITOR: ("UPDATE review SET state = 'closed'", "INSERT INTO audit_event DEFAULT VALUES", "SELECT 1 FROM console_token", "DELETE FROM audit_opening"),
}  # fmt: skip
FOR_NOBODY = ("CREATE TABLE public.own (number integer)", "CREATE FUNCTION public.own() RETURNS integer LANGUAGE sql AS 'SELECT 1'", "TRUNCATE customer CASCADE",
              "ALTER TABLE review DISABLE TRIGGER ALL", "SET session_replication_role = replica", "SET ROLE riskreview_migrate", "DELETE FROM audit_event")  # fmt: skip


@pytest.fixture
def parted(services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """The services on a database whose roles are parted."""
    found = part(services, monkeypatch)
    yield found
    found.engine.dispose()


def test_the_table_is_what_postgresql_holds_and_parting_again_changes_nothing(parted: Services, services: Services):
    with services.engine.begin() as connection:
        database = connection.execute(text("SELECT quote_ident(current_database())")).scalar_one()
        connection.execute(text(f"GRANT CONNECT ON DATABASE {database} TO PUBLIC"))
        connection.execute(text("GRANT DELETE ON review TO riskreview_console"))
        connection.execute(text("REVOKE SELECT ON review FROM riskreview_score"))
        assert part_roles(connection) == (
            f"REVOKE CONNECT, TEMPORARY ON DATABASE {database} FROM PUBLIC",
            "GRANT SELECT ON TABLE review TO riskreview_score",
            "REVOKE DELETE ON TABLE review FROM riskreview_console",
        )
        assert part_roles(connection) == ()
        held = {tuple(row) for row in connection.execute(text(HELD))}
        tables = connection.execute(text(OWN)).scalars().all()

    wanted = {(role.login, name, right) for role, given in RIGHTS.items() for name, rights in given.items() for right in rights}  # fmt: skip
    assert held == wanted
    named = {line.split()[0] for line in TABLE.splitlines() if line.strip()}
    assert [name for name in tables if name not in named] == []
    assert all(f"| `{name}` |" in reference_page() for name in tables)


def test_a_role_is_refused_what_is_not_its_own(parted: Services):
    taken = {}
    for role, statements in REFUSED.items():
        engine = create_engine(address(parted.engine, role.login))
        for statement in (*statements, *FOR_NOBODY):
            if refusal(engine, statement) != "42501":
                taken[role, statement] = refusal(engine, statement)
        engine.dispose()

    assert taken == {}


def test_sessions_have_their_settings_without_being_told(parted: Services):
    engine = create_engine(address(parted.engine, DatabaseRole.SCORE.login))
    with engine.connect() as connection:
        found = [connection.execute(text(f"SHOW {name}")).scalar_one() for name in ("timezone", "lock_timeout", "idle_in_transaction_session_timeout")]  # fmt: skip
    engine.dispose()

    assert found == ["UTC", "1min", "10min"]


def test_what_a_role_may_not_is_one_sentence(parted: Services):
    refused = pytest.raises(RuleViolation, match="permission denied for table review: the role of this component")
    with refused, open_services(parted.instance.home, role=DatabaseRole.INGEST) as services, services.engine.connect() as connection:  # fmt: skip
        connection.execute(text("SELECT 1 FROM review"))


def test_only_the_migrating_role_migrates_and_what_is_new_gets_its_rights(
    parted: Services, monkeypatch: pytest.MonkeyPatch
):
    def upgrade(config: Config, _target: str) -> None:
        connection = config.attributes["connection"]
        connection.execute(text("REVOKE ALL ON review FROM riskreview_score"))  # as if the table were new
        connection.execute(text("UPDATE schema_version SET version_num = :newest"), {"newest": newest()})

    monkeypatch.setattr(command, "upgrade", upgrade)
    owner = create_engine(address(parted.engine, DatabaseRole.MIGRATE.login))
    with owner.begin() as connection:
        connection.execute(text("UPDATE schema_version SET version_num = '0001'"))
    owner.dispose()
    with pytest.raises(RuleViolation, match="the role riskreview_app does not migrate it; run riskreview database migrate"):  # fmt: skip
        migrate(parted.engine)
    with pytest.raises(RuleViolation, match="the database is at schema 0001, this program needs"), open_reader(parted.instance.home):  # fmt: skip
        pytest.fail("a reader reads what it does not know")

    with open_services(parted.instance.home, role=DatabaseRole.SCORE) as services, services.engine.connect() as connection:  # fmt: skip
        assert connection.execute(text("SELECT count(*) FROM review")).scalar_one() == 0
        assert connection.execute(text("SELECT version_num FROM schema_version")).scalar_one() == newest()


def test_a_rehearsal_says_what_would_be_done_and_does_nothing(services: Services, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RISKREVIEW_DATABASE_URL", address(services.engine, "postgres"))
    home = services.instance.home

    first = part_roles_of(home, is_rehearsal=True)

    assert any(statement.startswith("ALTER TABLE public.review OWNER TO riskreview_migrate") for statement in first)
    assert part_roles_of(home, is_rehearsal=True) == first
    monkeypatch.setenv("RISKREVIEW_DATABASE_URL", address(services.engine, "riskreview_auditor"))
    with pytest.raises(RuleViolation, match="RISKREVIEW_DATABASE_URL_ADMINISTRATOR"):
        part_roles_of(home)


def test_each_role_gets_the_password_of_its_address_and_no_log_has_it(
    services: Services, monkeypatch: pytest.MonkeyPatch
):
    home, engine = services.instance.home, services.engine
    assert part_roles_where_administered(home) == (), "nobody asked for it"
    monkeypatch.setenv(ADMINISTRATOR, address(engine, "postgres"))
    monkeypatch.setenv(DatabaseRole.SCORE.variable, address(engine, "riskreview_score", "first"))
    monkeypatch.setenv("RISKREVIEW_DATABASE_URL", address(engine, "somebody_else", "other"))

    done = part_roles_where_administered(home)

    assert [line for line in done if "PASSWORD" in line] == ["ALTER ROLE riskreview_score PASSWORD '…'"]
    with engine.connect() as connection:
        kept = dict(connection.execute(text("SELECT rolname, rolpassword FROM pg_authid WHERE rolname LIKE 'riskreview%'")).all())  # fmt: skip
    assert kept.pop("riskreview_score").startswith("SCRAM-SHA-256$")
    assert set(kept.values()) == {None}


def refusal(engine, statement: str) -> str:
    """Return the code by which PostgreSQL refuses a statement, nothing when it does not."""
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
    except DBAPIError as error:
        return str(getattr(error.orig, "pgcode", ""))
    return ""

"""A start brings the database to the newest schema, and only looks where it is there already."""

import pytest
from alembic import command
from sqlalchemy import text

from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.schema import migrate
from riskreview.foundation.services import Services


@pytest.fixture
def upgrades(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The targets of upgrades that were begun instead of being done."""
    begun: list[str] = []
    monkeypatch.setattr(command, "upgrade", lambda _config, target: begun.append(target))
    return begun


def test_a_database_at_the_newest_schema_is_left_alone(services: Services, upgrades: list[str]) -> None:
    migrate(services.engine)

    assert upgrades == []


@pytest.mark.parametrize("statement", ["UPDATE schema_version SET version_num = '0001'", "DROP TABLE schema_version"])
def test_a_database_that_is_behind_or_empty_is_upgraded(
    services: Services, upgrades: list[str], statement: str
) -> None:
    with services.engine.begin() as connection:
        connection.execute(text(statement))

    migrate(services.engine)

    assert upgrades == ["head"]


def test_a_database_that_is_newer_than_the_program_is_refused_in_one_sentence(
    services: Services, upgrades: list[str]
) -> None:
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE schema_version SET version_num = '9999'"))

    with pytest.raises(RuleViolation, match="the database is at schema 9999, newer than"):
        migrate(services.engine)
    assert upgrades == []

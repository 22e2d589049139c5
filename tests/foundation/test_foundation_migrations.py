"""A start brings the database to the newest schema, and only looks where it is there already."""

import pytest
from alembic import command
from sqlalchemy import text

from riskreview.foundation.database import migrate
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

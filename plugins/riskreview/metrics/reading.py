"""Owns reading the metrics: one consistent view of the database, a statement for each group, nothing written."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

from riskreview import __version__
from riskreview.foundation.errors import BadInput
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.metrics.families import (
    FEED_AGE,
    FEED_LATE,
    FEED_STATE,
    FEED_STATES,
    INFO,
    MAPPINGS_REFUSED,
    STATEMENTS,
    WRITTEN,
    Family,
    Statement,
)
from riskreview.policy.mapping import Mapping
from riskreview.policy.mapping_checks import load_mapping
from riskreview.policy.risk_terms import RiskClass
from riskreview.validation.feeds import states_of


@dataclass(frozen=True, slots=True)
class Sample:
    """One figure of one metric, with the values of its labels."""

    family: Family
    labels: tuple[str, ...]
    value: float


def read_metrics(services: Services) -> tuple[Sample, ...]:
    """Return every metric as it is now."""
    engine = services.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with engine.connect() as connection:
        connection.execute(text(sql("metrics", "limit_statement")))
        return samples(services, connection)


def samples(services: Services, connection: Connection) -> tuple[Sample, ...]:
    """Return every metric as a transaction sees it."""
    found = [*_feeds(services, connection)]
    for statement in STATEMENTS:
        found.extend(_read(services, connection, statement))
    now = services.clock.now().timestamp()
    return (*found, Sample(INFO, (__version__,), 1), Sample(WRITTEN, (), now))


def _read(services: Services, connection: Connection, statement: Statement) -> Iterator[Sample]:
    values = {"now": services.clock.now(), "today": services.today, "classes": [item.name for item in RiskClass]}
    rows = connection.execute(text(sql("metrics", statement.name)), values).mappings().all()
    for family in statement.families:
        for row in rows:
            if row[family.name] is not None:
                yield Sample(family, tuple(str(row[name]) for name in statement.labels), float(row[family.name]))


def _feeds(services: Services, connection: Connection) -> Iterator[Sample]:
    """Compare what each feed brought with what its mapping promises; a mapping that cannot be read is counted and hides no other."""
    mappings, refused = _mappings(services)
    today = services.today
    states = states_of(connection, mappings, as_of=today)
    yield from (
        Sample(FEED_AGE, (item.source_id,), (today - item.last_good_as_of).days)
        for item in states
        if item.last_good_as_of is not None
    )
    yield from (
        Sample(FEED_LATE, (item.source_id,), max((today - item.due_on).days, 0)) for item in states if item.due_on is not None
    )  # fmt: skip
    yield from (Sample(FEED_STATE, (item.source_id, name), item.state == name) for item in states for name in FEED_STATES)  # fmt: skip
    yield Sample(MAPPINGS_REFUSED, (), refused)


def _mappings(services: Services) -> tuple[list[Mapping], int]:
    found, refused = [], 0
    for path in services.instance.configuration("mappings"):
        try:
            found.append(load_mapping(path))
        except BadInput:
            refused += 1
    return found, refused

"""Owns reading a database with a mapping's query: the result becomes JSON lines, an extract like any other."""

import json
import os
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import Instance
from riskreview.intake.inbox import SourceUnreachable
from riskreview.policy.mapping import Mapping, Query

DRIVERS = {"postgres": "postgresql+psycopg2", "postgresql": "postgresql+psycopg2"}
BATCH = 5000


def write_query(instance: Instance, mapping: Mapping, *, read_on: date | None) -> Path | None:
    """Run the mapping's query and write its rows to a file of JSON lines; values are text as the database gives them.

    A result that has not changed since it was last read is the same bytes, and so the same batch.
    A query for what changed gives None when nothing did.

    :param read_on: the day its newest published batch was read; an interrupted or held one does not count, so nothing is lost.

    :raises BadInput: when no connection of that name is configured.
    :raises SourceUnreachable: when the database does not answer or refuses the query.
    """
    query = mapping.read.query
    if query is None:
        raise BadInput("E-QUERY", f"the source {mapping.source} has no query", "Add read.query to the mapping")
    folder = instance.staging / "queries"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{mapping.source}.jsonl"
    engine = create_engine(connection_url(query.connection))
    try:
        with (
            engine.connect().execution_options(stream_results=True, yield_per=BATCH) as connection,
            target.open("w", encoding="utf-8") as file,
        ):
            result = connection.execute(text(query.sql), _bound(query, read_on))
            names = list(result.keys())
            for row in result:
                record = {name: _as_text(value) for name, value in zip(names, row, strict=True)}
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
    except SQLAlchemyError as error:
        target.unlink(missing_ok=True)
        raise SourceUnreachable(f"the query of the source {mapping.source} failed: {type(error).__name__}") from error
    finally:
        engine.dispose()
    if query.since is not None and not target.stat().st_size:
        target.unlink()
        return None
    return target


def _bound(query: Query, read_on: date | None) -> dict[str, date]:
    if query.since is None:
        return {}
    return {"since": query.since.first if read_on is None else read_on - timedelta(days=query.since.overlap_days)}


def connection_url(name: str) -> URL:
    """Return the URL of a connection: an environment variable, else an Airflow connection's ``AIRFLOW_CONN_<NAME>``.

    :raises BadInput: E-CONNECTION when there is none, or it is no database.
    """
    given = os.environ.get(name) or os.environ.get(f"AIRFLOW_CONN_{name.upper()}")
    if not given:
        raise BadInput(
            "E-CONNECTION", f"no connection {name} is configured", f"Set {name} or AIRFLOW_CONN_{name.upper()}"
        )
    try:
        url = _airflow_json(given) if given.lstrip().startswith("{") else make_url(given)
    except (ArgumentError, ValueError, KeyError) as error:
        raise BadInput(
            "E-CONNECTION", f"the connection {name} is no SQLAlchemy URL", "Write dialect+driver://user@host/database"
        ) from error
    return url.set(drivername=DRIVERS.get(url.drivername, url.drivername))


def _airflow_json(given: str) -> URL:
    fields = json.loads(given)
    return URL.create(
        fields["conn_type"],
        fields.get("login"),
        fields.get("password"),
        fields.get("host"),
        fields.get("port"),
        fields.get("schema"),
    )


def _as_text(value: object) -> str | bool | None:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bytes | memoryview):
        raise BadInput("E-QUERY", "a column of the query holds bytes", "Select text, numbers and dates only")
    return str(value)

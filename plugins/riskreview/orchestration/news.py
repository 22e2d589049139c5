"""Owns what was published and is not judged yet: by an assessment of everybody, or by a pass over events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql

INGESTS = ("ingest", "ingest_crm", "ingest_finance")
"""The names an ingest is recorded under; they share one lock."""
REGISTER = "accounts"


@dataclass(frozen=True, slots=True)
class News:
    """What one batch says of one data set.

    :param batch_id: None where people changed the register of customers.
    """

    batch_id: int | None
    dataset: str
    rows: int
    as_of: date | None


def facts_wait(services: Services) -> bool:
    """Tell whether facts were published by which nobody was judged.

    Compares versions rather than counting what this pass did: a pass that was killed after publishing did it too.
    """
    return bool(_unjudged(services))


def waiting_day(services: Services) -> date | None:
    """Return the newest business date that calls for an assessment of everybody; None when nothing calls for one.

    That of what waits, of the ingests people asked for, and of the current assessment, for what is late is judged as of today.
    """
    news = _unjudged(services)
    with services.engine.connect() as connection:
        found = connection.execute(text(sql("orchestration", "asked_day")), {"stages": list(INGESTS)}).one()
    if not news and found.asked_for is None:
        return None
    days = (*(item.as_of for item in news), found.current, found.asked_for)
    return max((day for day in days if day is not None), default=None)


def small_batches(services: Services, sources: Sequence[str], *, at_most: int) -> set[int]:
    """Return the batches of some sources with at most so many rows that speak of customers who were not judged since."""
    rows: dict[int, int] = {}
    for item in _unjudged(services, sources):
        if item.batch_id is not None and item.dataset in _spoken():
            rows[item.batch_id] = rows.get(item.batch_id, 0) + item.rows
    return {batch_id for batch_id, number in rows.items() if 1 <= number <= at_most}


def _unjudged(services: Services, sources: Sequence[str] | None = None) -> list[News]:
    values = {"spoken": _spoken(), "sources": None if sources is None else list(sources)}
    with services.engine.connect() as connection:
        rows = connection.execute(text(sql("orchestration", "unjudged")), values).all()
    return [News(row.batch_id, row.dataset, int(row.rows_appended), row.as_of) for row in rows]


def _spoken() -> list[str]:
    """Return the data sets that speak of customers, and so are judged with those."""
    from riskreview.facts.statements import has_account
    from riskreview.policy.datasets import DATASETS

    return [REGISTER, *(name for name, dataset in DATASETS.items() if has_account(dataset))]

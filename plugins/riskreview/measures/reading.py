"""Owns reading measures for people: what waits or is in force for a customer or a review, with state, amounts and clock.

For the command line and the console. ``list_measures`` answers rows as plain mappings: ``measure_id``, ``customer_id``, ``kind``,
``state``, ``version``, the parameters ``amount`` with ``currency``, ``days``, ``share_pct`` and ``stage`` (None where the kind has none),
``starts_on``, ``expires_on`` and ``days_left``, who is asked (``decider``, ``implementer`` until ``implement_by``) and who acted.
``show_measure`` adds the terms the amounts come from, the steps of the approval and the measured effect. An act needs ``version``, a
decision also ``digest``; the acts are ``proposing.propose``, ``deciding.approve`` and ``refuse``, ``carrying_out.implement`` and ``undo``,
``ending.withdraw``, ``reverse``, ``keep`` and ``renew``. Names of kinds in both languages: ``MeasurePolicy.kind(...).name``.
"""

import math
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from riskreview.foundation.errors import NotFound
from riskreview.foundation.sql import SORTED_BY, paged, sql
from riskreview.measures.lifecycle import MEASURE

Document = dict[str, Any]  # a row of the database by column
NEWEST_FIRST = {"sort": "newest", "is_down": True, "no_number": -math.inf, "no_text": "", "after_number": None, "after_text": None,
                "after_key": None}  # fmt: skip
"""The order of a list: by which column, which way, what stands for the unknown, and after which row it begins."""


def list_measures(connection: Connection, *, on_day: date, how_many: int = 200, **wanted: object) -> list[Document]:
    """Return measures, those that wait or are in force first.

    :param wanted: ``customer_key``, ``review_id``, ``state``, ``kind``, ``person`` (owner, implementer or who is asked), ``is_open``,
        ``owner_users`` with ``seen_by`` (only what somebody may see), and another order and place to begin at, see ``NEWEST_FIRST``; then rows also
        say what they were sorted by.
    """
    values = {"customer_key": None, "review_id": None, "state": None, "kind": None, "person": None, "measure_id": None, "owner_users": None, "seen_by": None,
              "is_open": False, **NEWEST_FIRST, **wanted, "on_day": on_day, "how_many": how_many}  # fmt: skip
    hidden = frozenset() if "sort" in wanted else SORTED_BY
    found = connection.execute(text(paged("measures", "list_measures")), values).mappings()
    return [{name: value for name, value in row.items() if name not in hidden} for row in found]


def measures_of_customer(connection: Connection, customer_key: int, *, on_day: date) -> list[Document]:
    """Return the measures of a customer that wait or are in force."""
    return list_measures(connection, on_day=on_day, customer_key=customer_key, is_open=True)


def measures_of_review(connection: Connection, review_id: int, *, on_day: date) -> list[Document]:
    """Return every measure a review recommended, the present ones first."""
    return list_measures(connection, on_day=on_day, review_id=review_id)


def show_measure(connection: Connection, measure_id: int, *, on_day: date) -> Document:
    """Return everything about one measure, with the verbs its state allows.

    :raises NotFound: when there is none.
    """
    found = list_measures(connection, on_day=on_day, measure_id=measure_id, how_many=1)
    if not found:
        raise NotFound(f"there is no measure {measure_id}")
    more = connection.execute(text(sql("measures", "measure_details")), {"measure_id": measure_id}).mappings().one()
    verbs = [item.verb for item in MEASURE.transitions if found[0]["state"] in item.sources]
    return {**found[0], **more, "verbs": verbs}

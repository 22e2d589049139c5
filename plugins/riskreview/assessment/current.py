"""Owns reading the current assessment back, whole or one customer, in the shape in which it was judged."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import Connection, text

from riskreview.assessment.conditions import Judged
from riskreview.assessment.positions import Bits, Bools, Positions, day_number
from riskreview.foundation.binary_copy import copy_out
from riskreview.foundation.errors import NotFound
from riskreview.foundation.sql import sql
from riskreview.policy.risk_policy import Policy
from riskreview.policy.risk_terms import INDICATOR_IDS, RiskClass

KINDS = {
    "customer_key": "int8", "risk_class": "int2", "previous_class": "int2", "valid_until": "date", "model_class": "int2",
    "challenger_class": "int2", "late_data": "int8", "line_set": "int8", "flags": "int4",
    "warnings": "int8", "alarms": "int8", "exposure": "float8", "overdue": "float8", "limit_amount": "float8", "unapplied": "float8",
    **{name.lower(): "float4" for name in INDICATOR_IDS},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The current assessment of every customer, ascending by key, as it is acted on at one day.

    :param late: one bit per data set that was late when a customer was judged; what reads it may not end.
    :param is_expired: not judged again in time; nothing may end because of it.
    """

    judged: Judged
    late: Bits
    is_expired: Bools


def read_portfolio(connection: Connection, policy: Policy, *, on_day: date) -> Portfolio:
    """Return the current assessment of every customer, judged by ``policy``; a ``low`` that is out of date is ``unknown``."""
    rows = copy_out(connection, sql("assessment", "read_portfolio"), KINDS)
    order = np.argsort(rows["customer_key"], kind="stable")
    ordered = {name: column[order] for name, column in rows.items()}
    values = {name: ordered[name.lower()] for name in policy.indicator_ids}
    positions = Positions(
        ordered["customer_key"],
        values,
        ordered["exposure"],
        ordered["overdue"],
        ordered["limit_amount"],
        ordered["flags"],
        ordered["line_set"],
        ordered["unapplied"],
    )
    expired = ordered["valid_until"] < day_number(on_day)
    risk_class = np.where(expired & (ordered["risk_class"] == RiskClass.low), RiskClass.unknown, ordered["risk_class"])
    judged = Judged(positions, ordered["warnings"], ordered["alarms"], risk_class.astype(np.int16), ordered["previous_class"],
                    ordered["model_class"], ordered["challenger_class"])  # fmt: skip
    return Portfolio(judged, ordered["late_data"], expired)


def read_customer(connection: Connection, *, customer_key: int) -> dict[str, object]:
    """Return the row of one customer.

    :raises NotFound: when the customer is not in the current assessment.
    """
    row = (
        connection.execute(text(sql("assessment", "read_customer")), {"customer_key": customer_key})
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise NotFound(f"customer {customer_key} is not in the current assessment")
    return dict(row)

"""Owns reading who is assessed: all customers known at a moment, by binary COPY, because a million rows must not cost seconds."""

import numpy as np

from riskreview.facts.register import see_register
from riskreview.facts.results import Customers, Pins, Span
from riskreview.foundation.binary_copy import copy_out
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.indicators.blocks import Population

KINDS = {"customer_key": "int8", "onboarded_on": "date"}
POSTGRES_EPOCH = np.datetime64("2000-01-01", "D")
UNKNOWN = np.datetime64("1000-01-01", "D")
EVERYBODY = Span(0, 2**63 - 1)


def read_population(services: Services, *, pins: Pins, customers: Customers | None = None) -> Population:
    """Return every customer that, as far as was known under ``pins``, has accounts; or those of them among ``customers``."""
    span = EVERYBODY if customers is None else customers
    chosen: dict[str, object]
    if isinstance(span, Span):
        name, chosen = "population", {"low": span.low, "high": span.high}
    else:
        name, chosen = "population_of", {"customers": span.tolist()}
    with services.engine.begin() as connection:
        see_register(connection, pins)
        rows = copy_out(connection, sql("indicators", name), KINDS, {"known_at": pins.known_at, **chosen})
    order = np.argsort(rows["customer_key"], kind="stable")
    days = POSTGRES_EPOCH + rows["onboarded_on"][order].astype("timedelta64[D]")
    return Population(rows["customer_key"][order], np.where(days == UNKNOWN, np.datetime64("NaT"), days))

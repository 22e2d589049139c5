"""Owns reading who is assessed: all customers known at a moment, by binary COPY, because a million rows must not cost seconds."""

import io

import numpy as np
from sqlalchemy import text

from riskreview.facts.register import see_register
from riskreview.facts.results import Customers, Pins, Span
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.indicators.blocks import Population

HEADER_BYTES = 19
TRAILER_BYTES = 2
ROW = np.dtype([("fields", ">i2"), ("key_size", ">i4"), ("key", ">i8"), ("day_size", ">i4"), ("day", ">i4")])
POSTGRES_EPOCH = np.datetime64("2000-01-01", "D")
UNKNOWN = np.datetime64("1000-01-01", "D")


def read_population(services: Services, *, pins: Pins, customers: Customers | None = None) -> Population:
    """Return every customer that, as far as was known under ``pins``, has accounts; or those of them among ``customers``."""
    buffer = io.BytesIO()
    with services.engine.begin() as connection:
        see_register(connection, pins)
        if customers is None:
            connection.execute(text(sql("indicators", "population")), {"known_at": pins.known_at})
        elif isinstance(customers, Span):
            given = {"known_at": pins.known_at, "low": customers.low, "high": customers.high}
            connection.execute(text(sql("indicators", "population_between")), given)
        else:
            given = {"known_at": pins.known_at, "customers": customers.tolist()}
            connection.execute(text(sql("indicators", "population_of")), given)
        cursor = connection.connection.cursor()
        cursor.copy_expert("COPY population TO STDOUT (FORMAT binary)", buffer)
        cursor.close()
    body = buffer.getbuffer()[HEADER_BYTES:-TRAILER_BYTES]
    rows = np.frombuffer(body, dtype=ROW)
    days = POSTGRES_EPOCH + rows["day"].astype("timedelta64[D]")
    return Population(rows["key"].astype(np.int64), np.where(days == UNKNOWN, np.datetime64("NaT"), days))

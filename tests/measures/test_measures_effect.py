"""What became of customers is measured once per interval, beside untreated customers of the same class, and only where there are enough."""

from datetime import date, timedelta

import numpy as np
import pytest
from sqlalchemy import text
from tests.measures.working import JULY, customer, days_later, in_force
from tests.reviews.portfolio import rows

from riskreview.assessment.history import HistoryKey, append_history
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.services import Services
from riskreview.measures.effect import effects

pytestmark = pytest.mark.database
PEERS = 30


def remember(services: Services, day: date, run_id: int, *, exposure: float, risk_class: int) -> None:
    """Keep an assessment of the treated customer and of others of its class, whose exposure is half of what the treated one's was."""
    keys = np.arange(1, PEERS + 2, dtype=np.int64)
    columns = {"customer_key": keys, "risk_class": np.full(len(keys), risk_class, dtype=np.int16),
               "exposure": np.full(len(keys), exposure), "overdue": np.full(len(keys), exposure / 10)}  # fmt: skip
    append_history(services.instance, HistoryKey(day, run_id, "1", "d" * 64, f"{run_id}" * 64), columns)


def move_on(services: Services, day: date, *, exposure: float, risk_class: int) -> None:
    """Assess the customer anew, on old figures: a class that is out of date is no better one."""
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE current_assessment SET as_of = :day, exposure = :e, overdue = 50, risk_class = :c,"
                                " valid_until = CAST(:day AS date) - 1"),
                           {"day": day, "e": exposure, "c": risk_class})  # fmt: skip


def test_an_effect_is_measured_once_after_each_interval_beside_untreated_customers(
    services: Services, clock: FixedClock
) -> None:
    customer(services)
    remember(services, JULY, 1, exposure=500.0, risk_class=2)
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE current_assessment SET overdue = 100"))
    number = in_force(services)
    assert days_later(services, clock, 29).effects_measured == 0
    assert days_later(services, clock, 1).effects_measured == 0, "the assessment is still that of the first day"

    day = JULY + timedelta(days=31)
    move_on(services, day, exposure=600.0, risk_class=3)
    remember(services, day, 2, exposure=550.0, risk_class=2)
    assert days_later(services, clock, 1).effects_measured == 1
    assert days_later(services, clock, 0).effects_measured == 0

    (found,) = rows(services.engine, "SELECT * FROM measure_effect")
    assert (found["measure_id"], found["after_days"], found["measured_on"], found["peers"]) == (number, 30, day, PEERS)
    with services.engine.connect() as connection:
        (table,) = effects(connection, least_peers=PEERS)
        (few,) = effects(connection, least_peers=PEERS + 1)
    assert (table["kind"], float(table["exposure_pct"]), float(table["overdue_pct"]), float(table["class_steps"])) == (
        "cut_limit",
        -40,
        -50,
        1,
    )
    assert (float(table["peer_exposure_pct"]), float(table["peer_class_steps"])) == (10.0, 0.0)
    assert (few["compared"], few["peer_exposure_pct"]) == (0, None)

"""Owns what became of customers after measures took effect: exposure, overdue and class, beside untreated customers of the same class.

This is observation, not proof: who gets a measure is no accident.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from riskreview.assessment import history
from riskreview.foundation.database import transaction
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.measures import store
from riskreview.measures.desk import Desk

TOLD = ("customer_key", "risk_class", "exposure", "overdue")
Peers = Mapping[int, Mapping[str, Any]]  # by class: what one statement says


def measure_effects(desk: Desk) -> int:
    """Measure every effect whose day has come and that was not measured yet; returns how many.

    The current assessment counts; where it is older than the day, the effect waits for the next one.
    """
    days = list(desk.policy.effect.after_days)
    with desk.services.engine.connect() as connection:
        due = store.chosen(connection, "effects_due", after_days=days, on_day=desk.today)
        treated = [row.customer_key for row in store.chosen(connection, "treated")] if due else []
    if not due:
        return 0
    peers = {
        began: _peers(desk.services, began, treated, until=desk.today) for began in {row.in_force_on for row in due}
    }
    rows = [_row(row, peers[row.in_force_on].get(row.before_class, {})) for row in due]
    with transaction(desk.services.engine) as connection:
        return connection.execute(
            text(sql("measures", "insert_effects")), [{**row, "at": desk.staff.now} for row in rows]
        ).rowcount


def effects(connection: Connection, *, least_peers: int) -> list[dict[str, Any]]:
    """Return, by kind and days after, how customers changed, and by how much more or less than untreated ones of their class.

    :param least_peers: a comparison with fewer untreated customers is left out.
    """
    return [
        dict(row)
        for row in connection.execute(text(sql("measures", "effects")), {"least_peers": least_peers}).mappings()
    ]


def _row(due: store.Found, peers: Mapping[str, Any]) -> dict[str, object]:
    return {"measure_id": due.measure_id, "after_days": due.after_days, "measured_on": due.measured_on, "exposure": due.exposure,
            "overdue": due.overdue, "risk_class": due.risk_class, "index_points": due.index_points, "peers": peers.get("peers", 0),
            "peer_exposure_pct": peers.get("exposure_pct"), "peer_overdue_pct": peers.get("overdue_pct"),
            "peer_class_steps": peers.get("class_steps")}  # fmt: skip


def _peers(services: Services, began: date, treated: Sequence[int], *, until: date) -> Peers:
    """Return how untreated customers changed between two days, by their class on the first one."""
    import duckdb

    runs = dict(history.stored_runs(services.instance))
    before, after = (max((day for day in runs if day <= last), default=None) for last in (began, until))
    if before is None or after is None or before == after:
        return {}
    with duckdb.connect() as database:
        database.register("before", history.read_run(services.instance, before, runs[before], columns=TOLD))
        database.register("after", history.read_run(services.instance, after, runs[after], columns=TOLD))
        rows = database.execute(sql("measures", "peers"), {"treated": list(treated)}).fetchall()
    return {
        int(row[0]): dict(zip(("peers", "exposure_pct", "overdue_pct", "class_steps"), row[1:], strict=True))
        for row in rows
    }

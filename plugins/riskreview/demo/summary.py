"""Owns the summary of a demo run: figures from the database, compared with what was planted."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from riskreview.audit.log import verify
from riskreview.demo.mail_server import received
from riskreview.demo.outcomes import CLASSES, Outcomes, compare
from riskreview.demo.rendering import render_summary
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql

__all__ = ["collect_summary", "render_summary"]


def collect_summary(
    services: Services, expected_path: Path, mail_dir: Path, seconds: Mapping[str, float], events: Mapping[str, float]
) -> dict[str, Any]:
    """Collect the figures of ``summary.json``.

    :param mail_dir: folder of the demo's mail server.
    :param seconds: ``setup``, ``start``, ``loop`` and ``events``.
    :param events: ``sent``, ``evaluated``, ``passes`` and ``p95_seconds`` of the notices that came after the loop.
    """
    with services.engine.connect() as connection:
        figures = dict(connection.execute(text(sql("demo", "figures"))).mappings().one())
        rows = dict(connection.execute(text(sql("demo", "row_counts"))).mappings().one())
        classes = {
            int(row.risk_class): int(row.customers) for row in connection.execute(text(sql("demo", "class_counts")))
        }
        notifications = _notifications(connection, mail_dir)
        measures = {
            str(row.state): int(row.measures) for row in connection.execute(text(sql("demo", "measure_counts")))
        }
        crm = _crm(connection)
        checked = verify(connection)
    outcomes = compare(services, expected_path)
    return {
        "customers": int(figures["customers"]),
        "rows": {name: int(count) for name, count in rows.items()},
        "scored": int(figures["scored"]),
        "classes": {word: classes.get(code, 0) for code, word in enumerate(CLASSES)},
        "signals_open": int(figures["signals_open"]),
        "reviews_opened": int(figures["reviews_opened"]),
        "playbooks_activated": int(figures["playbooks_activated"]),
        "measures": measures,
        "crm": crm,
        "notifications": notifications,
        "events": dict(events),
        "audit": {"events": checked.events, "verified": checked.verified},
        "expected": _expected(outcomes),
        "seconds": {name: round(value, 1) for name, value in seconds.items()},
    }


def _crm(connection: Connection) -> dict[str, Any]:
    """Return what reading the CRMs brought and cost, and what became of writing into them."""
    accounts = {str(row.system): int(row.accounts) for row in connection.execute(text(sql("demo", "crm_accounts")))}
    figures = connection.execute(text(sql("demo", "crm_figures"))).mappings().one()
    return {"accounts": accounts, **{name: int(count) for name, count in figures.items()}}


def _expected(outcomes: Outcomes) -> dict[str, Any]:
    return {
        "planted": outcomes.planted, "found": outcomes.found, "missed": len(outcomes.missed),
        "missed_cases": list(outcomes.missed),
        "spurious": len(outcomes.spurious), "spurious_findings": list(outcomes.spurious), "cases": {name: list(pair) for name, pair in outcomes.by_case.items()},
    }  # fmt: skip


def _notifications(connection: Connection, mail_dir: Path) -> dict[str, int]:
    """Count messages: all that were queued, and how their delivery stands now."""
    states = {str(row.state): int(row.messages) for row in connection.execute(text(sql("demo", "message_counts")))}
    return {
        "queued": sum(states.values()), "accepted": states.get("accepted", 0),
        "refused": states.get("refused", 0) + states.get("dead", 0), "unknown": states.get("unknown", 0),
        "received_by_server": received(mail_dir),
    }  # fmt: skip

"""Owns what a quarter's sign-off rests on: every duty of the quarter counted by kind, and each one that is overdue, with its exception."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from riskreview.foundation.sql import sql
from riskreview.policy.fiscal import Period

FIGURES_VERSION = 1
COUNTS = ("due", "opened", "done_in_time", "done_late", "cancelled", "overdue", "excepted")


@dataclass(frozen=True, slots=True)
class Figures:
    """The counted quarter as the exact bytes that are signed; the rest says the same for reading."""

    body: bytes
    sha256: str
    kinds: Mapping[str, Mapping[str, int]]
    overdue: Sequence[Mapping[str, Any]]  # JSON has any shape

    @property
    def unexplained(self) -> tuple[int, ...]:
        """Return the overdue duties without an exception."""
        return tuple(int(item["duty_id"]) for item in self.overdue if item["reason"] is None)

    @property
    def totals(self) -> dict[str, int]:
        """Return the counts over all kinds."""
        return {name: sum(counts[name] for counts in self.kinds.values()) for name in COUNTS}


def count_figures(connection: Connection, period: Period, zone: ZoneInfo, *, campaign_id: int | None) -> Figures:
    """Count the duties of a period, and those overdue at its end, whichever period they are from.

    A function of what is stored, not of the moment: the same duties give the same bytes.

    :param campaign_id: whose exceptions count; None before there is one.
    """
    bounds = {
        "starts": _moment(period.starts_on, zone),
        "ends": _moment(period.ends_before, zone),
        "campaign_id": campaign_id,
    }
    kinds = {
        row.kind: {name: int(getattr(row, name)) for name in COUNTS}
        for row in connection.execute(text(sql("team", "quarter_counts")), bounds)
    }
    overdue = [
        {"duty_id": row.duty_id, "kind": row.kind, "subject": f"{row.subject_type}:{row.subject_id}", "owner": row.owner,
         "due_at": row.due_at.isoformat(), "reason": row.reason, "excepted_by": row.person}
        for row in connection.execute(text(sql("team", "quarter_overdue")), bounds)
    ]  # fmt: skip
    document = {"version": FIGURES_VERSION, "period": period.key, "starts_on": period.starts_on.isoformat(),
                "ends_before": period.ends_before.isoformat(), "kinds": kinds, "overdue": overdue}  # fmt: skip
    body = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return Figures(body, hashlib.sha256(body).hexdigest(), kinds, overdue)


def figures_of(body: bytes) -> Figures:
    """Return stored figures."""
    document = json.loads(body)
    return Figures(body, hashlib.sha256(body).hexdigest(), document["kinds"], document["overdue"])


def _moment(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)

"""Owns what was known of a customer's payments on the day an invoice was issued. Pure array rules, without a look ahead.

An invoice settled on or after that day counts as open on it: only what was settled before counts as paid. The invoice itself and those
issued the same day are not part of the history.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NAMES = (
    "paid_count", "paid_late_count", "paid_late_share", "paid_days_late", "paid_late_amount_share", "last_days_late",
    "open_count", "open_amount", "overdue_count", "overdue_amount_share", "overdue_days", "days_since_last", "recent_late_share",
)  # fmt: skip
"""The columns that are added, each with ``history_`` before its name."""
RECENT = 5


@dataclass(frozen=True, slots=True)
class Invoices:
    """Invoices as arrays; days as numbers, NaN where an invoice is not settled."""

    customer: NDArray[Any]
    issued: Floats
    due: Floats
    settled: Floats
    amount: Floats


def history_of(invoices: Invoices) -> dict[str, Floats]:
    """Return the history columns of every invoice; NaN where nothing was known."""
    found = {name: np.full(len(invoices.issued), np.nan) for name in NAMES}
    groups = np.unique(invoices.customer.astype(str), return_inverse=True)[1]
    order = np.argsort(groups, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
        for row in rows:
            known = rows[invoices.issued[rows] < invoices.issued[row]]
            for name, value in _figures(invoices, known, invoices.issued[row]).items():
                found[name][row] = value
    return {f"history_{name}": column for name, column in found.items()}


def _figures(invoices: Invoices, known: NDArray[np.int64], day: float) -> dict[str, float]:
    """Return the figures of the invoices issued before a day, as they were known at its beginning."""
    if not known.size:
        return {"paid_count": 0.0, "open_count": 0.0, "open_amount": 0.0, "overdue_count": 0.0}
    settled, due, amount = invoices.settled[known], invoices.due[known], invoices.amount[known]
    paid = settled < day
    late_by = np.maximum(np.where(paid, settled, day) - due, 0.0)
    overdue = ~paid & (due < day)
    figures = {
        "paid_count": float(paid.sum()), "paid_late_count": float((late_by[paid] > 0).sum()), "open_count": float((~paid).sum()),
        "open_amount": float(amount[~paid].sum()), "overdue_count": float(overdue.sum()),
        "days_since_last": day - float(invoices.issued[known].max()),
        "overdue_days": float(late_by[overdue].max()) if overdue.any() else 0.0,
    }  # fmt: skip
    if (~paid).any() and amount[~paid].sum() > 0:
        figures["overdue_amount_share"] = float(amount[overdue].sum() / amount[~paid].sum())
    return figures | (_paid(settled[paid], late_by[paid], amount[paid]) if paid.any() else {})


def _paid(settled: Floats, late_by: Floats, amount: Floats) -> dict[str, float]:
    newest = np.argsort(settled, kind="stable")[::-1][:RECENT]
    return {
        "paid_late_share": float((late_by > 0).mean()), "paid_days_late": float(late_by.mean()),
        "paid_late_amount_share": float(amount[late_by > 0].sum() / amount.sum()) if amount.sum() > 0 else float("nan"),
        "last_days_late": float(late_by[newest[0]]), "recent_late_share": float((late_by[newest] > 0).mean()),
    }  # fmt: skip

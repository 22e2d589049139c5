"""Owns the relationship dimension: what the customer means to us, how long and how well we know it. Pure array rules."""

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskreview.indicators.across import Across
from riskreview.indicators.blocks import Columns, Population
from riskreview.indicators.frame import Figures, Floats
from riskreview.indicators.outside import REGISTER
from riskreview.indicators.unheard import unheard

if TYPE_CHECKING:
    from riskreview.policy.risk_policy import Policy

MONTHS_A_DAY = 12.0 / 365.25


def relationship_figures(
    columns: Columns,
    population: Population,
    policy: "Policy",
    across: Across,
    *,
    as_of: date,
    delivered: frozenset[str],
) -> Figures:
    """Return E1 to E6."""
    rated = columns["ratings.raters"] >= policy.least_count("E1")
    found = Figures({
        "E1": np.where(rated, columns["ratings.rating"], np.nan), "E3": columns["requests.delay"],
        "E4": share_of_receivables(columns, across), "E5": _age_in_months(columns, population, as_of), "E6": columns["visits.flags"],
    })  # fmt: skip
    if delivered & {"contacts", REGISTER}:
        changes = columns.amounts("staff_changes.changes")
        silent = np.zeros(changes.size, dtype=bool) if REGISTER in delivered else unheard(columns, "contacts")
        found.values["E2"] = np.where(silent & (changes == 0), np.nan, changes)
    return found


def ordered_on(days: Floats, as_of: date) -> NDArray[Any]:
    """Return the day that lies so many days before the date; NaT where the number is missing."""
    missing = ~np.isfinite(days)
    ago = np.where(missing, np.timedelta64("NaT", "D"), np.where(missing, 0, days).astype("timedelta64[D]"))
    return np.asarray(np.datetime64(as_of, "D") - ago)


def share_of_receivables(columns: Columns, across: Across) -> Floats:
    """Return each customer's share of all that is owed, in percent: E4."""
    owed = columns["payment.open_amount"]
    (total,) = across.learn("receivables", lambda: (np.nansum(owed),))
    return 100.0 * owed / total if total > 0 else np.full(owed.size, np.nan)


def _age_in_months(columns: Columns, population: Population, as_of: date) -> Floats:
    ordered = ordered_on(columns["orders.days_since_first"], as_of)
    first = np.fmin(np.fmin(population.onboarded_on, columns.days("payment.first_on")), ordered)
    age = (np.datetime64(as_of, "D") - first).astype("timedelta64[D]")
    return np.where(np.isnat(age), np.nan, np.maximum(age.astype(np.float64), 0.0) * MONTHS_A_DAY)

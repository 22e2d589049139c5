"""Owns the relationship dimension: what the customer means to us and how long we know it. Pure array rules."""

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.indicators.across import Across
from riskreview.indicators.blocks import Columns, Population
from riskreview.indicators.frame import Figures, Floats

MONTHS_A_DAY = 12.0 / 365.25


def relationship_figures(columns: Columns, population: Population, as_of: date, across: Across) -> Figures:
    """Return E4 and E5."""
    return Figures({"E4": _share_of_receivables(columns, across), "E5": _age_in_months(columns, population, as_of)})


def ordered_on(days: Floats, as_of: date) -> NDArray[Any]:
    """Return the day that lies so many days before the date; NaT where the number is missing."""
    missing = ~np.isfinite(days)
    ago = np.where(missing, np.timedelta64("NaT", "D"), np.where(missing, 0, days).astype("timedelta64[D]"))
    return np.asarray(np.datetime64(as_of, "D") - ago)


def _share_of_receivables(columns: Columns, across: Across) -> Floats:
    owed = columns["payment.open_amount"]
    (total,) = across.learn("receivables", lambda: (np.nansum(owed),))
    return 100.0 * owed / total if total > 0 else np.full(owed.size, np.nan)


def _age_in_months(columns: Columns, population: Population, as_of: date) -> Floats:
    ordered = ordered_on(columns["orders.days_since_first"], as_of)
    first = np.fmin(np.fmin(population.onboarded_on, columns.days("payment.first_on")), ordered)
    age = (np.datetime64(as_of, "D") - first).astype("timedelta64[D]")
    return np.where(np.isnat(age), np.nan, np.maximum(age.astype(np.float64), 0.0) * MONTHS_A_DAY)

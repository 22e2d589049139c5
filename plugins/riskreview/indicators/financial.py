"""Owns the financial dimension: F1 to F10 for the few customers whose statements are known. Pure array rules."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from riskreview.indicators.abnormal import find_jumps, history_of
from riskreview.indicators.across import Across
from riskreview.indicators.blocks import Columns
from riskreview.indicators.discovery import PortfolioTest
from riskreview.indicators.frame import FINANCIAL, Bools, Figures, Floats
from riskreview.indicators.ratios.models import evaluate
from riskreview.indicators.ratios.plain import PLAIN
from riskreview.indicators.ratios.stated import Stated, read_stated
from riskreview.policy.ratio_models import RatioPolicy

STALE_DAYS = 549
"""Eighteen months: older statements say nothing any more."""
IMPROBABLE = 0.01
"""The chance below which a customer's jump is reported before the control over the portfolio."""
PLAIN_READINGS = {
    "F3": "current_ratio", "F4": "debt_ratio", "F5": "interest_cover", "F6": "cash_flow_to_current_liabilities",
    "F7": "revenue_change_pct", "F8": "pretax_margin_pct", "F9": "equity_change_pct",
}  # fmt: skip
"""Indicators that are plain ratios of the ratio library."""


def financial_figures(columns: Columns, as_of: date, size: int, policy: RatioPolicy, across: Across) -> Figures:
    """Return F1 to F10, with flags for negative equity and for having no statement young enough to say anything."""
    place, rows = columns.kept("financial")
    flags = {"statements_stale": np.ones(size, dtype=bool), "negative_equity": np.zeros(size, dtype=bool)}
    if place.size == 0:
        return Figures({}, flags)
    stated = read_stated(rows, policy)
    stale = _stale(stated, as_of)
    found = Figures({name: np.full(size, np.nan) for name in FINANCIAL}, flags)
    test = found.tests["abnormal_financials_confirmed"] = abnormal(
        columns, place, stated.peers.industry, ~stale, policy, across
    )
    flags["abnormal_financials"] = test.p_value < IMPROBABLE
    for name, values in _readings(stated, policy).items():
        found.values[name][place] = np.where(stale, np.nan, values)
    year = stated.accounts.year
    negative = (year["equity"] < 0) | (year["total_liabilities"] > year["total_assets"])
    flags["statements_stale"][place] = stale
    flags["negative_equity"][place] = negative & ~stale
    return found


def note_read(columns: Columns, as_of: date, policy: RatioPolicy) -> None:
    """Keep beside the statements what they say without the others, as far as all customers learn from it."""
    place, rows = columns.kept("financial")
    if place.size == 0:
        return
    stated = read_stated(rows, policy)
    columns.keep("read", place, {
        "industry": stated.peers.industry, "is_recent": ~_stale(stated, as_of),
        "z_score": evaluate("altman_z2", stated.accounts, stated.peers, policy).value,
    })  # fmt: skip


def abnormal(  # noqa: PLR0913, PLR0917, RUF100  as find_jumps
    columns: Columns, place: NDArray[np.int64], industry: NDArray[np.str_], usable: Bools, policy: RatioPolicy, across: Across
) -> PortfolioTest:  # fmt: skip
    """Return the test whether figures jump, for everybody; the statements are those of the customers at ``place``."""
    held, rows = columns.kept("statement_history")
    inside = np.isin(held, place)
    history = history_of(held[inside], {name: values[inside] for name, values in rows.items()}, place)
    found = find_jumps(history, industry, usable, policy.abnormal, across).test
    test = PortfolioTest(np.full(columns.size, np.nan), np.zeros(columns.size, dtype=bool))
    test.p_value[place], test.is_tested[place] = found.p_value, found.is_tested
    return test


def _stale(stated: Stated, as_of: date) -> Bools:
    return np.asarray((np.datetime64(as_of, "D") - stated.period_end).astype(np.int64) > STALE_DAYS)


def _readings(stated: Stated, policy: RatioPolicy) -> dict[str, Floats]:
    altman, zmijewski, beneish = (
        evaluate(name, stated.accounts, stated.peers, policy) for name in ("altman_z2", "zmijewski", "beneish")
    )
    plain = {name: PLAIN[ratio].compute(stated.accounts) for name, ratio in PLAIN_READINGS.items()}
    return {"F1": altman.value, "F2": zmijewski.probability, **plain, "F10": beneish.value}

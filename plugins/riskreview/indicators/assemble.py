"""Owns turning the gathered columns into indicators, with the minimum history each of them needs. Pure array rules."""

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskreview.indicators.blocks import Columns, Population
from riskreview.indicators.frame import FLAGS, INDICATORS, Floats, IndicatorFrame
from riskreview.indicators.order_tests import fit_purchase_model, order_drop, probability_alive
from riskreview.indicators.ratios import financial_indicators, quotient

if TYPE_CHECKING:
    from riskreview.policy.risk_policy import Policy

MONEY = ("P1", "P2", "P3", "P4", "P6", "P7", "P8", "T2", "T4", "T5", "E4")
STALE_DAYS = 549
"""Eighteen months: older statements say nothing any more."""
MIN_ORDER_DAYS = 6
FIT_SAMPLE = 4000
LIMIT_USE_CAP = 999.0
STATEMENT_ITEMS = (
    "annual", "current_assets", "fixed_assets", "total_assets", "current_liabilities", "long_term_debt", "total_liabilities",
    "retained_earnings", "equity", "trade_receivables", "revenue", "cost_of_sales", "gross_profit", "depreciation",
    "selling_general_admin", "interest_expense", "operating_profit", "ebit", "profit_before_tax", "net_income",
    "operating_cash_flow",
)  # fmt: skip


def assemble(
    population: Population, columns: Columns, *, as_of: date, policy: "Policy", delivered: frozenset[str]
) -> IndicatorFrame:
    """Return the frame. A data set that was never delivered leaves its indicators missing; an empty one does not."""
    values: dict[str, Floats] = {name: np.full(len(population), np.nan) for name in INDICATORS}
    flags = {name: np.zeros(len(population), dtype=bool) for name in FLAGS}
    open_amount = _zero(columns["payment.open_amount"]) - _zero(columns["credit_notes.open_credit"])
    exposure = np.maximum(0.0, np.round(open_amount + _zero(columns["orders.committed"]), 2))
    limit = columns["limits.limit_amount"].copy()
    overdue, disputed = _zero(columns["payment.overdue"]), _zero(columns["payment.disputed"])
    last_activity = _activity(columns, as_of)
    _relationship(values, columns, population, as_of)
    _limit_use(values, exposure, limit)
    _payment(values, flags, columns, delivered)
    columns.drop("payment.")
    _transaction(values, flags, columns, policy, delivered)
    columns.drop("orders.")
    _financial(values, flags, columns, as_of)
    _external(values, flags, columns, delivered)
    flags["rate_missing"] = columns["unconverted"] == 1
    flags["restated"] = columns["restated"] == 1
    for name in MONEY:
        values[name][flags["rate_missing"]] = np.nan
    return IndicatorFrame(
        population.customer_key, values, exposure, overdue, disputed, limit, last_activity, flags,
    )  # fmt: skip


def _payment(
    values: dict[str, Floats], flags: dict[str, NDArray[np.bool_]], columns: Columns, delivered: frozenset[str]
) -> None:
    invoiced = columns["payment.items"] > 0
    open_amount = columns["payment.open_amount"]
    values["P1"] = np.where(invoiced, columns["payment.oldest_days"], np.nan)
    values["P2"] = 100.0 * quotient(columns["payment.overdue"], open_amount)
    values["P3"] = quotient(columns["payment.late_6m"], columns["payment.base_6m"])
    recent = quotient(columns["payment.late_3m"], columns["payment.base_3m"])
    values["P4"] = recent - quotient(columns["payment.late_before"], columns["payment.base_before"])
    values["P5"] = 100.0 * quotient(columns["payment.items_late"], columns["payment.items_due"])
    values["P6"] = np.where(invoiced, columns["payment.rolled"], np.nan)
    promised = columns["promises.promised"]
    values["P7"] = np.where(promised >= 2, 100.0 * quotient(columns["promises.kept"], promised), np.nan)
    if "payments" in delivered:
        returned = _zero(columns["returned.returned"])
        values["P9"] = np.where(invoiced | (returned > 0), returned, np.nan)
        flags["returned_payment"] = returned > 0
    sold = columns["payment.sales_6m"]
    bad = (
        _zero(columns["credit_notes.credited_6m"])
        + _zero(columns["orders.returned_6m"])
        + _zero(columns["disputed.disputed_6m"])
    )
    values["T5"] = 100.0 * quotient(bad, np.where(np.isfinite(sold), sold, columns["orders.value_6m"]))
    total = float(np.nansum(open_amount))
    values["E4"] = 100.0 * open_amount / total if total > 0 else values["E4"]


def _limit_use(values: dict[str, Floats], exposure: Floats, limit: Floats) -> None:
    used = np.where(limit == 0, np.where(exposure > 0, LIMIT_USE_CAP, 0.0), 100.0 * quotient(exposure, limit))
    values["P8"] = np.minimum(used, LIMIT_USE_CAP)


def _transaction(
    values: dict[str, Floats],
    flags: dict[str, NDArray[np.bool_]],
    columns: Columns,
    policy: "Policy",
    delivered: frozenset[str],
) -> None:
    if not delivered & {"orders", "invoices"}:
        return
    line = policy.indicator("T1")
    test = order_drop(_zero(columns["orders.recent"]), _zero(columns["orders.base"]), _zero(columns["orders.base_squares"]),
                      warning=float(line.warning), alarm=float(line.alarm))  # fmt: skip
    values["T1"], flags["order_drop_confirmed"] = test.change_pct, test.is_discovery
    before = columns["orders.value_year_before"]
    values["T2"] = 100.0 * quotient(columns["orders.value_recent"] - before, before)
    days, count = columns["orders.days_since_last"], columns["orders.order_days"]
    values["T3"] = np.where(count >= MIN_ORDER_DAYS, quotient(days, np.maximum(columns["orders.gap_p95"], 1.0)), np.nan)
    values["T4"] = columns["orders.surge_z"].copy()
    first = columns["orders.days_since_first"]
    repeats, last_week, weeks = count - 1.0, (first - days) / 7.0, first / 7.0
    known = np.flatnonzero(np.isfinite(repeats))
    sample = known[:: max(1, known.size // FIT_SAMPLE)]
    model = fit_purchase_model(repeats[sample], last_week[sample], weeks[sample])
    values["T6"] = probability_alive(repeats, last_week, weeks, model)


def _financial(values: dict[str, Floats], flags: dict[str, NDArray[np.bool_]], columns: Columns, as_of: date) -> None:
    place, stated = columns.kept("financial")
    if place.size == 0:
        return
    now = {name: stated[name] for name in STATEMENT_ITEMS}
    before = {name: stated[f"{name}_before"] for name in STATEMENT_ITEMS if name != "annual"}
    end = stated["period_end"].astype("datetime64[D]")
    stale = (np.datetime64(as_of, "D") - end).astype(np.int64) > STALE_DAYS
    for name, found in financial_indicators(now, before).items():
        values[name][place] = np.where(stale, np.nan, found)
    flags["statements_stale"][place] = stale
    negative = (now["equity"] < 0) | (now["total_liabilities"] > now["total_assets"])
    flags["negative_equity"][place] = negative & ~stale


def _external(
    values: dict[str, Floats], flags: dict[str, NDArray[np.bool_]], columns: Columns, delivered: frozenset[str]
) -> None:
    if "external_signals" not in delivered:
        return
    values["P10"] = _zero(columns["external.adverse"])
    values["C1"] = _zero(columns["external.sanction_state"])
    flags["insolvency"] = columns["external.insolvency"] == 1
    flags["fraud"] = columns["external.fraud"] == 1


def _relationship(values: dict[str, Floats], columns: Columns, population: Population, as_of: date) -> None:
    invoiced = _days(columns["payment.first_on"])
    ordered = np.datetime64(as_of, "D") - _timedelta(columns["orders.days_since_first"])
    first = np.fmin(np.fmin(population.onboarded_on, invoiced), ordered)
    age = (np.datetime64(as_of, "D") - first).astype("timedelta64[D]")
    values["E5"] = np.where(np.isnat(age), np.nan, np.maximum(age.astype(np.float64), 0.0) * 12.0 / 365.25)


def _activity(columns: Columns, as_of: date) -> NDArray[np.datetime64]:
    ordered = np.datetime64(as_of, "D") - _timedelta(columns["orders.days_since_last"])
    return np.asarray(np.fmax(_days(columns["payment.last_on"]), ordered))


def _timedelta(days: Floats) -> NDArray[Any]:
    missing = ~np.isfinite(days)
    return np.where(missing, np.timedelta64("NaT", "D"), np.where(missing, 0, days).astype("timedelta64[D]"))


def _days(values: NDArray[Any]) -> NDArray[Any]:
    return values if values.dtype.kind == "M" else np.full(values.size, np.datetime64("NaT", "D"))


def _zero(values: Floats) -> Floats:
    return np.nan_to_num(values, nan=0.0)

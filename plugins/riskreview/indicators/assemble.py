"""Owns putting the dimensions together: from the gathered columns to the frame, one module per dimension. Pure array rules."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from riskreview.indicators.across import Across
from riskreview.indicators.blocks import Columns
from riskreview.indicators.compliance import compliance_figures
from riskreview.indicators.discovery import PortfolioTest, confirmed
from riskreview.indicators.dormancy import trading_flags
from riskreview.indicators.financial import financial_figures
from riskreview.indicators.frame import FLAGS, INDICATORS, Bools, Floats, IndicatorFrame
from riskreview.indicators.gathered import Gathered
from riskreview.indicators.industry import industry_figures
from riskreview.indicators.line_sets import line_sets
from riskreview.indicators.payment import payment_figures
from riskreview.indicators.relationship import ordered_on, relationship_figures
from riskreview.indicators.transaction import transaction_figures
from riskreview.policy.risk_terms import TESTED_BY

if TYPE_CHECKING:
    from riskreview.policy.risk_policy import Policy

MONEY = ("P1", "P2", "P3", "P4", "P6", "P7", "P8", "T2", "T4", "T5", "C6", "E4")
"""Indicators that rest on amounts: missing where an amount has no rate."""


def assemble(gathered: Gathered, *, as_of: date, policy: "Policy", across: Across) -> IndicatorFrame:
    """Return the frame. A data set that was never delivered leaves its indicators missing; an empty one does not."""
    population, columns, profiles, delivered = (
        gathered.population,
        gathered.columns,
        gathered.profiles,
        gathered.delivered,
    )
    size = len(population)
    exposure, limit = exposure_of(columns, policy), columns["limits.limit_amount"].copy()
    financial = financial_figures(columns, as_of, size, policy.ratio_models, across)
    dimensions = (
        payment_figures(columns, exposure, limit, delivered),
        financial,
        transaction_figures(columns, policy, delivered, across),
        industry_figures(columns, profiles, financial.values.get("F1"), policy, across),
        compliance_figures(columns, profiles, policy, delivered),
        relationship_figures(columns, population, policy, across, as_of=as_of, delivered=delivered),
    )
    values: dict[str, Floats] = {name: np.full(size, np.nan) for name in INDICATORS}
    flags = {name: np.zeros(size, dtype=bool) for name in FLAGS}
    tests: dict[str, PortfolioTest] = {}
    for figures in dimensions:
        values |= figures.values
        flags |= figures.flags
        tests |= figures.tests
    flags["rate_missing"] = lacks_rate(columns)
    flags["restated"] = columns["restated"] == 1
    flags |= trading_flags(columns, policy, as_of=as_of)
    flags |= confirm(tests, values, flags["rate_missing"], policy, across)
    return IndicatorFrame(
        population.customer_key, values, exposure, columns.amounts("payment.overdue"),
        columns.amounts("payment.disputed"), limit, _last_activity(columns, as_of), flags,
        across.learned, line_sets(profiles, policy.line_overrides), unapplied_of(columns),
    )  # fmt: skip


def lacks_rate(columns: Columns) -> Bools:
    """Tell who has an amount that could not be converted."""
    return np.asarray(columns["unconverted"] == 1)


def confirm(
    tests: Mapping[str, PortfolioTest], values: Mapping[str, Floats], without_rate: Bools, policy: "Policy", across: Across
) -> dict[str, Bools]:  # fmt: skip
    """Return, by flag, whose finding survives the control over everybody; amounts without a rate leave their indicators missing first."""
    for name in MONEY:
        if name in values:
            values[name][without_rate] = np.nan
    return {name: confirmed(_asked(name, test, values, policy), name, across) for name, test in tests.items()}


def _asked(name: str, test: PortfolioTest, values: Mapping[str, Floats], policy: "Policy") -> PortfolioTest:
    """Return a test among those for whom its indicator speaks: a surge says nothing about a customer far from its limit."""
    speaks = TESTED_BY.get(name)
    if speaks is None:
        return test
    gate, asked = policy.indicator(speaks).requires, np.isfinite(values[speaks])
    return test.among(asked if gate is None else asked & (values[gate.indicator] >= gate.at_least))


def exposure_of(columns: Columns, policy: "Policy") -> Floats:
    """Return what each customer would leave unpaid: open items and orders under way, less cash nobody applied where the policy sets that off."""
    owed = columns.amounts("payment.open_amount") - columns.amounts("credit_notes.open_credit")
    if policy.unapplied_cash == "set_off":
        owed -= unapplied_of(columns)
    return np.maximum(0.0, np.round(owed + columns.amounts("orders.committed"), 2))


def unapplied_of(columns: Columns) -> Floats:
    """Return the cash nobody applied: left over on account, and what invoices were overpaid by beyond credit notes that count as open."""
    overpaid = columns.amounts("payment.overpaid") - columns.amounts("credit_notes.beyond")
    return columns.amounts("settled_on_account.left_over") + np.maximum(0.0, np.round(overpaid, 2))


def _last_activity(columns: Columns, as_of: date) -> NDArray[np.datetime64]:
    return np.asarray(np.fmax(columns.days("payment.last_on"), ordered_on(columns["orders.days_since_last"], as_of)))

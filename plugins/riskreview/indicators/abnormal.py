"""Owns finding figures of statements that jump for the worse, against the customer's own past and against its industry. Pure array rules.

The change of a ratio in a year is compared with what peers of the industry went through in the same year and with how much the customer's
own ratio used to change. Both spreads are median absolute deviations and are mixed by the number of own years: a customer with a short
past is judged by its peers. A floor keeps tiny changes of a steady firm quiet. Only the bad direction counts. How heavy the tails are is
read off the improvements, which no deterioration disturbs, so that a wild portfolio does not raise alarms all the time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from riskreview.indicators.across import Across
from riskreview.indicators.discovery import PortfolioTest
from riskreview.indicators.ratios.figures import Bools, Floats, Items, first, share
from riskreview.policy.ratio_models import JumpRule
from riskreview.policy.risk_terms import Text

YEARS = 6
HISTORY_ITEMS = (
    "revenue", "cost_of_sales", "gross_profit", "profit_before_tax", "net_income", "operating_cash_flow", "total_assets",
    "total_liabilities", "equity", "current_assets", "current_liabilities", "trade_receivables", "inventories",
)  # fmt: skip
MAD_TO_SIGMA = 1.4826
OWN_YEARS = 4.0
"""Own years that weigh as much as the peers, and that suffice without peers."""
DIVISION = 3
"""Characters of an industry code that name its division, such as C33."""
FEW = 100
"""Improvements below which the tails cannot be read and are taken as heavy."""
HEAVY = 3.0


@dataclass(frozen=True, slots=True)
class Watched:
    """One ratio that is watched.

    :param worse: 1 when a rise is bad, -1 when a fall is.
    :param floor: the least spread of a year's change, in the ratio's unit, or relative when ``is_relative``.
    :param compute: the ratio from items of several years, one column each.
    """

    id: str
    name: Text
    worse: Literal[1, -1]
    floor: float
    compute: Callable[[Items], Floats]
    is_relative: bool = False
    is_percent: bool = False


@dataclass(frozen=True, slots=True)
class Jumps:
    """What was found: by watched ratio and customer, and the test per customer.

    :param now: value of the newest statement; ``before`` a year earlier; ``usual`` the change to expect, worse being positive.
    :param deviations: robust deviations of the change for the worse from the usual, NaN when it cannot be judged.
    :param p_value: of that ratio alone; NaN below the policy's line.
    """

    now: dict[str, Floats]
    before: dict[str, Floats]
    usual: dict[str, Floats]
    deviations: dict[str, Floats]
    p_value: dict[str, Floats]
    test: PortfolioTest


def _margin(items: Items) -> Floats:
    profit = first(items["gross_profit"], items["revenue"] - np.abs(items["cost_of_sales"]))
    return share(profit, items["revenue"])


def _debt(items: Items) -> Floats:
    return share(first(items["total_liabilities"], items["total_assets"] - items["equity"]), items["total_assets"])


WATCHED: tuple[Watched, ...] = (
    Watched("gross_margin", Text(en="gross margin", zh="毛利率"), -1, 0.02, _margin, is_percent=True),
    Watched("pretax_margin", Text(en="pre-tax margin", zh="税前利润率"), -1, 0.02,
            lambda i: share(i["profit_before_tax"], i["revenue"]), is_percent=True),
    Watched("debt_ratio", Text(en="debt ratio", zh="资产负债率"), 1, 0.03, _debt, is_percent=True),
    Watched("current_ratio", Text(en="current ratio", zh="流动比率"), -1, 0.10,
            lambda i: share(i["current_assets"], i["current_liabilities"]), is_relative=True),
    Watched("receivable_days", Text(en="days of receivables", zh="应收账款周转天数"), 1, 0.10,
            lambda i: 365.0 * share(i["trade_receivables"], i["revenue"]), is_relative=True),
    Watched("inventory_days", Text(en="days of inventories", zh="存货周转天数"), 1, 0.10,
            lambda i: 365.0 * share(i["inventories"], np.abs(i["cost_of_sales"])), is_relative=True),
    Watched("asset_turnover", Text(en="asset turnover", zh="总资产周转率"), -1, 0.10,
            lambda i: share(i["revenue"], i["total_assets"]), is_relative=True),
    Watched("accruals", Text(en="profit not received in cash, to assets", zh="未收现利润占总资产比"), 1, 0.03,
            lambda i: share(i["net_income"] - i["operating_cash_flow"], i["total_assets"]), is_percent=True),
)  # fmt: skip


def find_jumps(
    history: Items, industry: NDArray[np.str_], usable: Bools, rule: JumpRule, across: Across | None = None
) -> Jumps:
    """Judge the newest change of every watched ratio.

    What peers went through, and how heavy the tails are, is what customers share with all.

    :param history: items with one row per customer and one column per year, the newest first.
    :param usable: whose newest statement is recent enough; the others are neither judged nor compared with.
    """
    found = Jumps({}, {}, {}, {}, {}, PortfolioTest(np.full(usable.size, np.nan), np.zeros(usable.size, dtype=bool)))
    divisions, shared = np.array([code[:DIVISION] for code in industry.tolist()], dtype=np.str_), across or Across()
    for item in WATCHED:
        _judge(item, history, divisions, usable, rule, found, shared)
    known = sum(np.isfinite(values).astype(np.int64) for values in found.deviations.values())
    least = np.fmin.reduce(list(found.p_value.values()))
    return Jumps(
        found.now, found.before, found.usual, found.deviations, found.p_value,
        PortfolioTest(np.minimum(least * np.maximum(known, 1), 1.0), np.asarray(known > 0)),
    )  # fmt: skip


def _judge(  # noqa: PLR0913, PLR0917, RUF100  the parts of one judgement
    item: Watched, history: Items, divisions: NDArray[np.str_], usable: Bools, rule: JumpRule, found: Jumps, across: Across
) -> None:  # fmt: skip
    value = item.compute(history)
    level = np.log(np.where(value > 0, value, np.nan)) if item.is_relative else value
    worse = item.worse * (level[:, :-1] - level[:, 1:])
    newest, past = np.where(usable, worse[:, 0], np.nan), worse[:, 1:]
    centre, peer_spread, has_peers = _peers(item.id, newest, divisions, rule.min_peers, across)
    years = np.isfinite(past).sum(axis=1).astype(np.float64)
    own_spread = MAD_TO_SIGMA * _median_of_known(np.abs(past - centre[:, None]))
    weight = np.where(has_peers, years / (years + OWN_YEARS), 1.0)
    spread = np.maximum(weight * own_spread + (1.0 - weight) * peer_spread, item.floor)
    judged = np.isfinite(newest) & (has_peers | (years >= OWN_YEARS))
    deviations = np.where(judged, (newest - centre) / spread, np.nan)
    found.now[item.id], found.before[item.id], found.usual[item.id] = value[:, 0], value[:, 1], centre
    found.deviations[item.id] = deviations
    (degrees,) = _shared(f"jump_tails:{item.id}", lambda: (_degrees(deviations),), across) or (HEAVY,)
    found.p_value[item.id] = _upper_tail(deviations, rule.least_deviations, degrees)


def _peers(
    watched: str, newest: Floats, divisions: NDArray[np.str_], least: int, across: Across
) -> tuple[Floats, Floats, Bools]:
    """Return centre and spread of the change among the peers of the division, else among everybody, and who has any peers."""
    everybody = _usual(f"jumps:{watched}", newest, least, across)
    centre, spread = np.zeros(newest.size), np.zeros(newest.size)
    if everybody:
        centre[:], spread[:] = everybody
    names, group = np.unique(divisions, return_inverse=True)
    order = np.argsort(group, kind="stable")
    for name, members in zip(names.tolist(), np.split(order, np.cumsum(np.bincount(group))[:-1]), strict=True):
        usual = _usual(f"jumps:{watched}:{name}", newest[members], least, across)
        if usual:
            centre[members], spread[members] = usual
    return centre, spread, np.full(newest.size, bool(everybody))


def _usual(key: str, values: Floats, least: int, across: Across) -> tuple[float, ...]:
    """Return centre and spread of a group's changes; nothing when it is too small."""
    known = values[np.isfinite(values)]
    if not across.is_given and known.size < least:
        return ()
    return _shared(key, lambda: _centre_and_spread(known), across)


def _shared(key: str, compute: Callable[[], Sequence[float]], across: Across) -> tuple[float, ...]:
    """Return what everybody shares; nothing where a run over everybody had nobody to learn it from."""
    return across.learned.get(key, ()) if across.is_given else across.learn(key, compute)


def _centre_and_spread(values: Floats) -> tuple[float, float]:
    centre = float(np.median(values))
    return centre, MAD_TO_SIGMA * float(np.median(np.abs(values - centre)))


def _median_of_known(values: Floats) -> Floats:
    """Return the median of each row's known values, zero where there is none."""
    known = np.isfinite(values).any(axis=1)
    result = np.zeros(values.shape[0])
    if known.any():
        result[known] = np.nanmedian(values[known], axis=1)
    return result


def _upper_tail(deviations: Floats, least: float, degrees: float) -> Floats:
    """Return Student's p-value with the degrees of freedom given; NaN below ``least`` deviations."""
    from scipy.special import stdtr

    found = np.full(deviations.size, np.nan)
    over = deviations >= least
    found[over] = stdtr(degrees, -deviations[over])
    return found


def _degrees(deviations: Floats) -> float:
    """Return the degrees of freedom whose 95th percentile lies as many medians out as that of the improvements."""
    from scipy.special import stdtrit

    better = -deviations[deviations < 0]
    if better.size < FEW:
        return HEAVY
    middle, outer = np.quantile(better, [0.5, 0.95])
    grid = np.array([1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.0, 10.0, 20.0, 30.0])
    reach = stdtrit(grid, 0.975) / stdtrit(grid, 0.75)
    return float(np.interp(-outer / max(middle, 1e-12), -reach, grid))


def history_of(place: NDArray[np.int64], rows: dict[str, NDArray[np.float64]], customers: NDArray[np.int64]) -> Items:
    """Return the items of ``statement_history.sql`` as arrays of customer by year; ``place`` and ``customers`` are positions."""
    order = np.argsort(customers, kind="stable")
    found = {name: np.full((customers.size, YEARS), np.nan) for name in HISTORY_ITEMS}
    if place.size:
        row = order[np.searchsorted(customers, place, sorter=order)]
        for name, values in found.items():
            values[row, rows["years_back"].astype(np.int64)] = rows[name]
    return found

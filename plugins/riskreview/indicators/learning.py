"""Owns learning what figures take from all customers together, from the few columns that it rests on. Pure but for reading these.

Gives exactly what computing every figure of everybody learns on its way. So each bucket of customers can be computed by itself.
"""

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from riskreview.indicators.across import Across, Learned
from riskreview.indicators.assemble import assemble, confirm, exposure_of, lacks_rate
from riskreview.indicators.financial import abnormal
from riskreview.indicators.gathered import Gathered
from riskreview.indicators.industry import rank_among_peers
from riskreview.indicators.payment import payment_figures
from riskreview.indicators.relationship import share_of_receivables
from riskreview.indicators.transaction import transaction_figures
from riskreview.policy.risk_terms import TESTED_BY

if TYPE_CHECKING:
    from riskreview.indicators.discovery import PortfolioTest
    from riskreview.indicators.frame import Floats
    from riskreview.policy.risk_policy import Policy

KNOWN = ("P", "T")
"""Dimensions of which every figure is at hand here, by the first letter of their indicators."""


def learn(gathered: Gathered, *, as_of: date, policy: "Policy") -> Learned:
    """Return what a run over these customers learns; every customer must be among them."""
    across, columns, delivered = Across(), gathered.columns, gathered.delivered
    if any(not name.startswith(KNOWN) for name in _gates(policy)):
        return assemble(gathered, as_of=as_of, policy=policy, across=across).learned
    values: dict[str, Floats] = {}
    tests: dict[str, PortfolioTest] = {}
    _learn_from_statements(gathered, policy, across, tests)
    transaction = transaction_figures(columns, policy, delivered, across)
    if _gates(policy):
        values |= payment_figures(
            columns, exposure_of(columns, policy), columns["limits.limit_amount"], delivered
        ).values
    share_of_receivables(columns, across)
    confirm(tests | transaction.tests, values | transaction.values, lacks_rate(columns), policy, across)
    return across.learned


def _learn_from_statements(
    gathered: Gathered, policy: "Policy", across: Across, tests: dict[str, "PortfolioTest"]
) -> None:
    columns = gathered.columns
    place, read = columns.kept("read")
    if place.size == 0:
        return
    tests["abnormal_financials_confirmed"] = abnormal(
        columns, place, read["industry"].astype(np.str_), read["is_recent"], policy.ratio_models, across
    )
    z_score, profiles = np.full(columns.size, np.nan), gathered.profiles
    z_score[place] = np.where(read["is_recent"], read["z_score"], np.nan)
    rank_among_peers(z_score, profiles.number, profiles.industry, across, peers=policy.least_count("M3"))


def _gates(policy: "Policy") -> set[str]:
    """Return the indicators by which it depends whether a tested one speaks."""
    listed = (policy.listed(name) for name in TESTED_BY.values())
    return {item.requires.indicator for item in listed if item is not None and item.requires is not None}

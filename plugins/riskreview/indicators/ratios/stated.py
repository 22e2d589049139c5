"""Owns reading what the statement query returns: accounts of each customer, its peers, and what the accounts cover."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.indicators.ratios.figures import ITEMS, Accounts, Bools, Floats, make_accounts
from riskreview.indicators.ratios.peers import Peers, make_peers
from riskreview.policy.ratio_models import IndexYear, RatioPolicy

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Stated:
    """The statements of customers, one element each.

    :param is_parent: the accounts are those of the firm alone, not of its group.
    :param currency: of the newest statement and all it is compared with.
    """

    accounts: Accounts
    peers: Peers
    period_end: NDArray[np.datetime64]
    is_parent: Bools
    currency: NDArray[Any]


def read_stated(columns: Columns, policy: RatioPolicy) -> Stated:
    """Return the statements of the columns of ``financial.sql``."""
    now = {name: columns[name] for name in (*ITEMS, "annual")}
    before = {name: columns[f"{name}_before"] for name in ITEMS}
    last_year = {name: columns[f"{name}_year"] for name in ITEMS}
    accounts = make_accounts(now, before, last_year)
    end = columns["period_end"].astype("datetime64[D]")
    deflated = deflated_assets(now["total_assets"] * columns["usd_rate"], end, policy.price_index)
    accounts = Accounts({**accounts.year, "deflated_assets": deflated}, accounts.now, accounts.before, accounts.basis)
    peers = make_peers(columns["country"].tolist(), columns["industry_code"].tolist())
    return Stated(accounts, peers, end, columns["scope"] == "parent", columns["currency"])


def deflated_assets(dollars: Floats, end: NDArray[np.datetime64], index: tuple[IndexYear, ...]) -> Floats:
    """Return assets in dollars of 1968 times 100, as Ohlson measured them: divided by the index of the year before.

    The newest year of the index counts for later statements; NaN for statements older than the index, and without one.
    """
    if not index:
        return np.full(dollars.size, np.nan)
    years = np.array([item.year for item in index])
    levels = np.array([item.index for item in index])
    wanted = end.astype("datetime64[Y]").astype(np.int64) + 1970 - 1
    place = np.searchsorted(years, wanted, side="right") - 1
    return np.where(place >= 0, dollars / levels[np.maximum(place, 0)], np.nan)

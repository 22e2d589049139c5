"""Owns who has stopped trading, and who orders again after having stopped. Pure array rules."""

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from riskreview.indicators.blocks import Columns
from riskreview.indicators.frame import Bools
from riskreview.indicators.order_calendar import BASE_DAYS, RECENT_DAYS

if TYPE_CHECKING:
    from riskreview.policy.risk_policy import Policy


def trading_flags(columns: Columns, policy: "Policy", *, as_of: date) -> dict[str, Bools]:
    """Return who has not traded for as long as the policy's dormancy says, and who orders again after a year without an order.

    Whoever was invoiced in the last six months trades, whether or not the orders are known. Of one whose orders are older than what is read of
    them, the newest invoice or payment tells. Who never traded is not inactive: nothing is known of it, which is another thing.
    """
    since = columns["orders.days_since_last"]
    paid = (np.datetime64(as_of, "D") - columns.days("payment.last_on")).astype("timedelta64[D]")
    idle = np.where(np.isfinite(since), since, np.where(np.isnat(paid), np.nan, paid.astype(np.float64)))
    before = columns["orders.days_since_first"] >= RECENT_DAYS + BASE_DAYS
    again = before & (columns["orders.recent"] > 0) & (columns["orders.base"] == 0)
    dormancy = policy.dormancy
    if dormancy is None:
        return {"orders_again": again}
    return {
        "orders_again": again,
        "inactive": (idle >= dormancy.after_days) & (columns.amounts("payment.sales_6m") == 0),
    }

"""What the reference of every dimension shares; it shares no code with the product.

Input frames have the canonical columns; every row is of one extract dated ``D``. Amounts are converted by ``RATES``.
"""

import pandas as pd

from riskreview.orchestration import bench_data

DAY = pd.Timedelta(days=1)
D = pd.Timestamp(bench_data.AS_OF)
RATES = {"CNY": 1.0, "USD": 7.12371, "EUR": 1 / 0.12813}
Frames = dict[str, pd.DataFrame]


def days(left: pd.Series, right: object) -> pd.Series:
    return (left - right) / DAY


def ratio(top: pd.Series, bottom: pd.Series) -> pd.Series:
    return top.div(bottom.where(bottom != 0))


def newest(frame: pd.DataFrame, by: list[str], day: str) -> pd.DataFrame:
    return frame.sort_values(day, kind="stable").drop_duplicates(by, keep="last")


def per_customer(amounts: pd.Series, owner: pd.Series, customers: pd.Index) -> pd.Series:
    """The sum of each customer, 0 without any."""
    return amounts.groupby(owner).sum().round(2).reindex(customers).fillna(0.0)

"""Statements for tests of the ratio library: one firm at a time, items that are not given are missing."""

import numpy as np

from riskreview.indicators.ratios.figures import ITEMS, Accounts, make_accounts
from riskreview.indicators.ratios.models import ModelResult, evaluate
from riskreview.indicators.ratios.peers import make_peers
from riskreview.policy.ratio_models import RatioPolicy

NAN = float("nan")
Statement = dict[str, float]


def column(value: float) -> np.ndarray:
    return np.array([value], dtype=np.float64)


def accounts(
    now: Statement,
    before: Statement | None = None,
    last_year: Statement | None = None,
    *,
    months: int = 12,
    deflated_assets: float = NAN,
) -> Accounts:
    """Accounts of one firm."""

    def items(given: Statement | None) -> dict[str, np.ndarray]:
        return {name: column((given or {}).get(name, NAN)) for name in ITEMS}

    made = make_accounts({**items(now), "annual": column(12 / months)}, items(before), items(last_year))
    return Accounts({**made.year, "deflated_assets": column(deflated_assets)}, made.now, made.before, made.basis)


def judge(
    model: str,
    found: Accounts,
    *,
    policy: RatioPolicy | None = None,
    country: str = "CN",
    industry: str = "C33",
) -> ModelResult:
    """A model's result for one firm."""
    return evaluate(model, found, make_peers([country], [industry]), policy or RatioPolicy())

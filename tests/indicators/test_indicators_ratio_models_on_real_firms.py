"""How well the published models rank real firms: UCI Polish companies five years before bankruptcy (10.24432/C5F600)."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import rankdata

from riskreview.indicators.ratios.figures import ITEMS, make_accounts
from riskreview.indicators.ratios.models import evaluate
from riskreview.indicators.ratios.peers import unknown_peers
from riskreview.policy.ratio_models import PUBLISHED, RatioPolicy

pytestmark = pytest.mark.real_data
FIRST, LAST = 0.60, 0.75
"""All these formulas rank far better than chance and far worse than a fitted model."""


def read_firms(folder: Path) -> tuple[dict[int, np.ndarray], np.ndarray]:
    """Attributes by number, and who went bankrupt."""
    lines = (folder / "polish_bankruptcy" / "1year.arff").read_text("ascii").split("@data\n", 1)[1].split()
    table = np.array([[np.nan if cell == "?" else float(cell) for cell in line.split(",")] for line in lines])
    return {number: table[:, number - 1] for number in range(1, 65)}, table[:, 64] == 1


def statements(attribute: dict[int, np.ndarray]) -> dict[str, np.ndarray]:
    """Statements of firms with assets of one, put together from ratios: attribute 1 is net profit to assets, and so on."""
    a = attribute
    short = np.where(
        a[12] != 0, a[18] / a[12], np.nan
    )  # gross profit to assets over gross profit to short-term liabilities
    items = {
        "total_assets": np.ones(a[1].size), "net_income": a[1], "total_liabilities": a[2], "equity": a[8] * a[2],
        "current_liabilities": short, "current_assets": a[3] + short, "retained_earnings": a[6], "ebit": a[7], "revenue": a[9],
        "profit_before_tax": a[18], "depreciation": a[26] * a[2] - a[1],
    }  # fmt: skip
    nothing = np.full(a[1].size, np.nan)
    return {**{name: items.get(name, nothing) for name in ITEMS}, "annual": np.ones(a[1].size)}


def area(value: np.ndarray, bad: np.ndarray) -> float:
    """Chance that a bad firm has the higher value; firms without one stand in the middle."""
    filled = np.where(np.isfinite(value), value, np.nanmedian(value))
    ranks = rankdata(filled)
    return float((ranks[bad].sum() - bad.sum() * (bad.sum() + 1) / 2) / (bad.sum() * (~bad).sum()))


@pytest.fixture(scope="module")
def areas(real_data: Path) -> dict[str, float]:
    attribute, bankrupt = read_firms(real_data)
    with np.errstate(all="ignore"):
        now = statements(attribute)
    nothing = {name: np.full(bankrupt.size, np.nan) for name in ITEMS}
    accounts = make_accounts(now, nothing, nothing)
    accounts = type(accounts)(
        {**accounts.year, "deflated_assets": np.full(bankrupt.size, np.nan)},
        accounts.now,
        accounts.before,
        accounts.basis,
    )
    found = {}
    for name in ("altman_z1", "altman_z2", "springate", "zmijewski", "ohlson"):
        value = evaluate(name, accounts, unknown_peers(bankrupt.size), RatioPolicy()).value
        found[name] = area(value if PUBLISHED[name].direction == "up" else -value, bankrupt)
    return found


@pytest.mark.parametrize(
    ("model", "published"),
    [("altman_z1", 0.634), ("altman_z2", 0.690), ("springate", 0.654), ("zmijewski", 0.681), ("ohlson", 0.700)],
)
def test_the_models_rank_firms_five_years_ahead_as_measured_before(
    areas: dict[str, float], model: str, published: float
) -> None:
    assert areas[model] == pytest.approx(published, abs=0.02), areas
    assert FIRST < areas[model] < LAST

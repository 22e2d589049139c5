"""M1 to M4 in pandas from their formulas, and C2, which has its facts from the same list."""

import numpy as np
import pandas as pd
from tests.indicators.reference.basics import DAY, D, Frames, days, newest


def industry(cust: pd.DataFrame, fig: pd.DataFrame, today: pd.Timestamp, *, oldest: int) -> pd.Series:
    """M1, one industry code after the other."""
    fig = fig[
        (fig.figure == "insolvency_rate")
        & (fig.published_on.fillna(fig.period_end) <= today)
        & (fig.period_end <= today)
    ]
    found = {}
    for country, code in set(zip(cust.country, cust.industry_code, strict=True)):
        for region, length in [(r, n) for r in (country, "*") for n in range(len(str(code)), 0, -1)]:
            own = fig[(fig.region == region) & (fig.industry_code == str(code)[:length])].set_index("period_end").value
            if own.empty or days(pd.Series([today]), own.index.max())[0] >= oldest:
                continue
            gap = (own.index.max() - own.index) / DAY
            before = own[(gap >= 350) & (gap <= 380)]
            if len(before) and before.iloc[-1] > 0:
                found[country, code] = 100 * (own[own.index.max()] / before.iloc[-1] - 1)
                break
    keys = pd.Series(list(zip(cust.country, cust.industry_code, strict=True)), index=cust.customer_id)
    return keys.map(found).astype(float)


def countries(cust: pd.DataFrame, risk: pd.DataFrame, today: pd.Timestamp, *, m2: int, c2: int) -> pd.DataFrame:
    """M2 and C2."""
    risk = risk[risk.valid_from <= today]
    risk = risk[risk.valid_from == risk.groupby("scheme").valid_from.transform("max")].assign(
        age=lambda r: days(today, r.valid_from)
    )
    classes = risk[risk.age < m2].groupby("country").risk_class.max()
    lists = risk[risk.listing.notna()]
    listed = lists.listing.map({"increased_monitoring": 1.0, "call_for_action": 2.0}).groupby(lists.country).max()
    held = len(lists) > 0 and bool((lists.age < c2).all())
    country = cust.set_index("customer_id").country
    unlisted = pd.Series(0.0 if held else np.nan, index=country.index).where(country.notna())
    return pd.DataFrame({"M2": country.map(classes), "C2": country.map(listed).fillna(unlisted)})


def rank_among_peers(z: pd.Series, code: pd.Series, peers: int) -> pd.Series:
    """M3, by comparing everybody with everybody of the group."""
    known = pd.DataFrame({"z": z, "code": code.reindex(z.index)}).dropna()
    out = pd.Series(np.nan, index=z.index)
    for length in range(int(known.code.str.len().max()), 1, -1):
        for _, group in known.groupby(known.code.str[:length]):
            if len(group) <= peers:
                continue
            below = np.array([np.sum(group.z < value) + 0.5 * (np.sum(group.z == value) - 1) for value in group.z])
            share = pd.Series(100 * below / (len(group) - 1), index=group.index)
            out = out.fillna(share)
    return out


def industry_dimension(frames: Frames, customers: pd.Index, z_score: pd.Series) -> pd.DataFrame:
    """M1 to M4 and C2. ``z_score``: F1."""
    cust, figures = frames["customers"], frames["customer_figures"]
    out = countries(cust, frames["country_risk"], D, m2=400, c2=180).reindex(customers)
    out["M1"] = industry(cust, frames["industry_figures"], D, oldest=456)
    out["M3"] = rank_among_peers(z_score, cust.set_index("customer_id").industry_code, 20)
    figures = figures[(figures.observed_on <= D) & (figures.observed_on > D - 549 * DAY)]
    out["M4"] = newest(figures, ["customer_id"], "observed_on").set_index("customer_id").value
    return out

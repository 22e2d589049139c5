"""C1 and C3 to C6 in pandas from their formulas."""

import numpy as np
import pandas as pd
from tests.indicators.reference.basics import DAY, RATES, D, Frames, ratio


def paid_by_others(pay: pd.DataFrame, cust: pd.DataFrame, today: pd.Timestamp, rates: dict[str, float], *, window: int, least: int) -> pd.Series:  # fmt: skip
    """C6."""
    back = pay.is_reversal.fillna(value=False).astype(bool)
    country = pay.customer_id.map(cust.set_index("customer_id").country)
    known = pay.payer_account_id.notna() | (pay.payer_country.notna() & country.notna())
    inside = (pay.payment_date <= today) & (pay.payment_date > today - window * DAY) & ~back & known
    worth = (pay.amount * pay.currency.map(rates))[inside]
    other = (pay.payer_account_id.notna() & (pay.payer_account_id != pay.customer_id)) | (
        pay.payer_country.notna() & country.notna() & (pay.payer_country != country)
    )
    by = pay.customer_id[inside]
    share = 100 * ratio(worth.where(other[inside], 0.0).groupby(by).sum().round(2), worth.groupby(by).sum().round(2))
    return share.where(by.groupby(by).size() >= least)


def compliance_dimension(frames: Frames, customers: pd.Index) -> pd.DataFrame:
    """C1, C3 to C6."""
    cust, sig = frames["customers"], frames["external_signals"]
    files = cust.set_index("customer_id").reindex(customers)
    out = pd.DataFrame({"C3": files.ubo_verified_pct, "C5": ((D - files.kyc_review_due_on) / DAY).clip(lower=0)})
    sig = sig[(sig.status != "closed") & (sig.observed_on <= D)]
    waiting = np.where((D - sig.observed_on) / DAY > 2, 2, 1)
    state = pd.Series(np.where(sig.status == "confirmed", 3, waiting), index=sig.index)
    hits = sig.signal_type == "sanction"
    out["C1"] = state[hits].groupby(sig[hits].customer_id).max().reindex(customers).fillna(0.0)
    told = (sig.signal_type == "news") & (sig.status == "confirmed") & (sig.observed_on > D - 730 * DAY)
    news = sig[told]
    grade = pd.Series(np.select([news.severity >= 67, news.severity >= 34], [3.0, 2.0], 1.0), index=news.index)
    out["C4"] = grade.groupby(news.customer_id).max().reindex(customers).fillna(0.0)
    out["C6"] = paid_by_others(frames["payments"], cust, D, RATES, window=183, least=3)
    return out

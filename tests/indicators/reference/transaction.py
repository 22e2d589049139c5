# ruff: noqa: PD010  the reference keeps the shape of the formulas
"""T1 to T6 in pandas and scipy from their formulas."""

import numpy as np
import pandas as pd
from scipy import optimize, special, stats
from tests.indicators.reference.basics import DAY, RATES, D, Frames, days, per_customer, ratio
from tests.indicators.reference.payment import credit_notes


def transactions(orders: pd.DataFrame, today: pd.Timestamp, rates: dict[str, float]) -> pd.DataFrame:
    """Order days, values and the statistics of T1 to T4."""
    o = orders[
        (orders.order_date <= today) & (orders.order_date > today - 1096 * DAY) & (orders.status != "cancelled")
    ].copy()
    o["value"] = o.amount * o.currency.map(rates)
    o["ago"] = days(today, o.order_date).astype(int)
    out = order_days(o.drop_duplicates(["customer_id", "ago"]))
    out["T2"] = value_change(o)
    out["T3"] = silence(out).where(out.n >= 6)
    out["T4"] = surge(o).reindex(out.index).where(out["first"] >= 360)
    half = o.ago < 183
    out["returned_6m"] = o.value.where(half & (o.status == "returned"), 0.0).groupby(o.customer_id).sum().round(2)
    out["committed"] = o.value.where(o.status.isin(["open", "delivered"]), 0.0).groupby(o.customer_id).sum().round(2)
    assert o.customer_id.nunique() == len(out)
    return out


def order_days(distinct: pd.DataFrame) -> pd.DataFrame:
    """How many days with an order there were and when, for T1, and the gaps between them, for T3.

    :param distinct: one row per customer and day.
    """
    by = distinct.groupby("customer_id").ago
    out = pd.DataFrame({"n": by.size(), "last": by.min(), "first": by.max()})
    out["recent"] = distinct[distinct.ago < 91].groupby("customer_id").size()
    base = distinct[(distinct.ago >= 91) & (distinct.ago < 456)]
    months = base.groupby(["customer_id", (base.ago - 91) * 12 // 365]).size()
    monthly = months.unstack(fill_value=0).reindex(columns=range(12), fill_value=0)
    out["base"], out["var"] = monthly.sum(axis=1), monthly.var(axis=1, ddof=1)
    for year in (1, 2):
        near = distinct[(distinct.ago >= 365 * year) & (distinct.ago < 365 * year + 91)]
        around = distinct[(distinct.ago >= 365 * year - 137) & (distinct.ago < 365 * year + 228)]
        whole = out["first"] >= 365 * year + 228
        out[f"same{year}"] = near.groupby("customer_id").size().where(whole)
        out[f"year{year}"] = around.groupby("customer_id").size().where(whole)
    counted = ["recent", "base", "var", "same1", "year1", "same2", "year2"]
    out[counted] = out[counted].fillna(0.0)
    ordered = distinct.sort_values(["customer_id", "ago"])
    gap = ordered.groupby("customer_id").ago.diff()
    size = gap.groupby(ordered.customer_id).count()
    out["p95"] = gap.groupby(ordered.customer_id).quantile(0.95).where(size >= 5)
    return out


def value_change(o: pd.DataFrame) -> pd.Series:
    """T2: the value of the newest three months against that of the same months a year before."""
    recent = o.value.where(o.ago < 91, 0.0).groupby(o.customer_id).sum().round(2)
    before = o.value.where((o.ago >= 365) & (o.ago < 456), 0.0).groupby(o.customer_id).sum().round(2)
    return 100 * ratio(recent - before, before)


def surge(o: pd.DataFrame) -> pd.Series:
    """T4: the robust z of the newest month's value, as far as a t-test of square roots finds it improbable."""
    month = o[o.ago < 390]
    values = month.groupby(["customer_id", month.ago // 30]).value.sum().round(2)
    table = values.unstack(fill_value=0.0).reindex(columns=range(13), fill_value=0.0)
    history = table[list(range(1, 13))]
    median = history.median(axis=1)
    mad = history.sub(median, axis=0).abs().median(axis=1).clip(lower=0.25 * median)
    z = ((table[0] - median) / (1.4826 * mad)).where(median >= 0.01)
    roots = np.sqrt(table)
    usual = roots[list(range(1, 13))]
    t = (roots[0] - usual.mean(axis=1)) / (usual.std(axis=1, ddof=1) * np.sqrt(13 / 12))
    p = pd.Series(stats.t.sf(t, 11), index=t.index)
    return z.where((z > 1) & (p < 0.01), z.clip(upper=4.99).where((z > 1) & (p < 0.05), z.clip(upper=2.99)))


def silence(t: pd.DataFrame) -> pd.Series:
    """T3: the ratio of gaps, as far as scipy's negative binomial calls the silence improbable."""
    days, span, month = t["last"], (t["first"] - t["last"]).clip(lower=1), 365 / 12
    mean = t.base / 12
    free = 1 - (mean / month).clip(upper=0.97)
    own = ((t["var"] - mean * free) / (free * month * np.log(free)) ** 2).where(t.base > 0, 0.0)
    enough = t.base >= 6
    spread = own.clip(lower=max(own[enough].clip(upper=own[enough].quantile(0.98)).mean(), 0.0))
    mu = -np.log(1 - ((t.n - 1) / span).clip(upper=0.97)) * days
    var = (mu + mu**2 * spread / (days / month).clip(lower=1)) * (1 + days / span)
    p = pd.Series(stats.nbinom.pmf(0, mu**2 / (var - mu), mu / var), index=t.index).where(mu > 0, 1.0)
    value = days / t.p95.clip(lower=1)
    return value.where(p < 0.01, value.clip(upper=1.99).where(p < 0.05, value.clip(upper=0.99))).where(t.p95.notna())


def buying(x: np.ndarray, last: np.ndarray, age: np.ndarray, parameters: tuple[float, ...]) -> tuple[float, np.ndarray]:
    """T6: mean log likelihood of BG/NBD, and who is alive by Bayes: the share of the likelihood that nobody has left (Fader, Hardie, Lee 2005)."""
    r, alpha, a, b = parameters
    bought = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) - special.betaln(a, b)
    stayed = bought + special.betaln(a, b + x) - (r + x) * np.log(alpha + age)
    left = bought + special.betaln(a + 1, b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + last)
    with np.errstate(invalid="ignore"):  # who never ordered is neither
        whole = np.where(x > 0, np.logaddexp(stayed, left), stayed)
    return float(np.nanmean(whole)), np.where(x > 0, np.exp(stayed - whole), np.nan)


def buying_parameters(x: np.ndarray, last: np.ndarray, age: np.ndarray) -> tuple[float, ...]:
    """The likeliest parameters, searched without a gradient."""
    found = optimize.minimize(
        lambda logs: -buying(x, last, age, tuple(np.exp(logs)))[0], np.zeros(4), method="Nelder-Mead",
        options={"maxiter": 1500, "maxfev": 1500, "xatol": 1e-4, "fatol": 1e-8, "adaptive": True},
    )  # fmt: skip
    return tuple(np.exp(found.x))


def seasonal_share(t: pd.DataFrame, spread: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Share of a year's orders to expect and its variance: a mixture of the portfolio's share and the customer's own."""
    shares, noise = {}, {}
    told = {year: t[f"year{year}"] >= 12 for year in (1, 2)}
    w = sum(t[f"same{year}"][told[year]].sum() for year in told) / sum(
        t[f"year{year}"][told[year]].sum() for year in told
    )
    for year, known in told.items():
        n = t[f"year{year}"]
        shares[year] = (t[f"same{year}"] / n - w).where(known)
        noise[year] = (
            w**2
            * (1 - w) ** 2
            * (1 / (w * n).clip(lower=1) + spread / 3 + 1 / ((1 - w) * n).clip(lower=1) + spread / 9)
        ).where(known)
    both = told[1] & told[2]
    weight = 1 / ((noise[1] * noise[2]) ** 0.5 + 1e-3)
    pi = min(max((weight * shares[1] * shares[2])[both].sum() / weight[both].sum() / 0.0064, 0.0), 1.0)
    precision = pd.DataFrame({year: 1 / noise[year] for year in noise})
    v = 1 / precision.sum(axis=1)
    mean = (pd.DataFrame(shares) * precision).sum(axis=1) * v
    seen = precision.notna().any(axis=1)
    seasonal = pi * stats.norm.pdf(mean, scale=np.sqrt(v + 0.0064))
    plain = (1 - pi) * stats.norm.pdf(mean, scale=np.sqrt(v))
    q = pd.Series(seasonal / (seasonal + plain), index=t.index).where(seen, pi)
    shift = (mean * 0.0064 / (0.0064 + v)).where(seen, 0.0)
    within = (0.0064 * v / (0.0064 + v)).where(seen, 0.0064)
    return (w + q * shift).clip(0.02, 0.9), q * within + q * (1 - q) * shift**2


def order_drop(t: pd.DataFrame, *, warning: float, alarm: float) -> tuple[pd.Series, pd.Series]:
    """T1 and the Benjamini-Hochberg finding, with scipy's negative binomial."""
    enough = t.base >= 6
    mean = t.base / 12
    own = ((t["var"] - mean) / mean**2).where(t.base > 0, 0.0)
    spread = own.clip(lower=max(own[enough].clip(upper=own[enough].quantile(0.98)).mean(), 0.0))
    share, error = seasonal_share(t, spread)
    mu = t.base * share
    change = (100 * (t.recent / mu - 1)).where(enough)
    var = (mu + mu**2 * spread / 3) * (1 + 91 / 365) + t.base**2 * error
    p = pd.Series(stats.nbinom.cdf(t.recent, mu**2 / (var - mu), mu / var), index=t.index).where(
        enough & (change <= warning)
    )
    value = change.where(p < 0.01, change.clip(lower=alarm + 0.01).where(p < 0.05, change.clip(lower=warning + 0.01)))
    ranked = p.dropna().sort_values()
    limit = ranked[ranked <= 0.05 * np.arange(1, len(ranked) + 1) / enough.sum()].max()
    return value, p <= limit


def transaction_dimension(moves: pd.DataFrame, bad: pd.Series, sales_6m: pd.Series, lines: tuple[float, float], parameters: tuple[float, ...]) -> pd.DataFrame:  # fmt: skip
    """T1 to T6 and who is a finding of Benjamini and Hochberg.

    :param moves: of ``transactions``. :param bad: what of the sales came back or is in dispute. :param lines: warning and alarm of T1.
    :param parameters: those the product learned, which must be as likely as any; two optimizers never end at the same digits.
    """
    counts = moves[["recent", "base", "var", "same1", "year1", "same2", "year2"]].fillna(0.0)
    out = moves[["T2", "T3", "T4"]].copy()
    out["T1"], out["confirmed"] = order_drop(counts, warning=lines[0], alarm=lines[1])
    out["T5"] = 100 * ratio(bad + moves.returned_6m.fillna(0.0), sales_6m)
    x, recency, age = moves.n - 1, (moves["first"] - moves["last"]) / 7, moves["first"] / 7
    known = np.flatnonzero(x.notna())
    sample = known[:: max(1, known.size // 4000)]
    drawn = tuple(series.to_numpy(dtype=float)[sample] for series in (x, recency, age))
    assert buying(*drawn, parameters)[0] >= buying(*drawn, buying_parameters(*drawn))[0] - 1e-3
    out["T6"] = buying(*(series.to_numpy(dtype=float) for series in (x, recency, age)), parameters)[1]
    return out


def credited_or_claimed(frames: Frames, customers: pd.Index) -> pd.Series:
    """Credit notes and disputes of six months, for T5."""
    inv, d = frames["invoices"], frames["disputes"]
    notes = credit_notes(inv)
    credited = per_customer(notes.worth.where(notes.issue_date > D - 183 * DAY, 0.0), notes.customer_id, customers)
    d = d[(d.opened_on <= D) & (d.opened_on > D - 183 * DAY)]
    about = d.amount.fillna(d.invoice_id.map(inv.set_index("invoice_id").amount)).fillna(0.0)
    return credited + per_customer(about * d.currency.map(RATES), d.customer_id, customers)

# ruff: noqa: PD010  the reference keeps the shape of the formulas
"""The indicators written from their formulas alone, in pandas, row by row of the reference; shares no code with the product.

Input frames have the canonical columns; every row is of one extract dated ``today``. Amounts are converted by ``rates``.
"""

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

DAY = pd.Timedelta(days=1)


def with_invoices_named(inv: pd.DataFrame, pay: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    """Payments, those that name no invoice turned into some that do: what was due first by what came first, one after the other."""
    back, unnamed = (
        pay.is_reversal.fillna(value=False).astype(bool),
        pay.invoice_id.isna() & (pay.payment_date <= today),
    )
    inv = inv[(inv.doc_type != "credit_note") & (inv.amount > 0)]
    numbers = (
        pay.reversed_payment_id if "reversed_payment_id" in pay else pd.Series(None, index=pay.index, dtype=object)
    )
    void = set(numbers[back & (pay.payment_date <= today)].dropna())
    signed = pay.amount.where(~back, -pay.amount)[pay.invoice_id.notna() & (pay.payment_date <= today)]
    named = signed.groupby(pay.invoice_id).sum()
    rows = []
    for (owner, currency), mine in pay[unnamed].groupby(["customer_id", "currency"]):
        owed = inv[(inv.customer_id == owner) & (inv.currency == currency)]
        cash = mine[
            ~back[mine.index] & ~mine.payment_id.isin(void) & (mine.payment_date >= owed.issue_date.min())
        ].sort_values("payment_date")
        if not len(cash):
            continue
        lost = round(mine.amount[back[mine.index] & numbers[mine.index].isna()].sum(), 2)
        owed = owed[(owed.issue_date <= today) & (owed.status != "reversed")].sort_values(["due_date", "issue_date"])
        known = owed.invoice_id.map(named).fillna(0.0)
        told = (owed.amount - owed.open_amount).fillna(0.0)
        gone = (owed.cleared_date <= today) | owed.status.isin(["cleared", "written_off"])
        gone_on = owed.cleared_date.where(owed.cleared_date <= today).fillna(today)
        explained = (told.where(~gone, owed.amount) - known).clip(lower=0)[
            (owed.status != "written_off") & (gone_on >= cash.payment_date.min())
        ]
        used, left = round(explained.sum(), 2), round(cash.amount.sum() - lost, 2)
        purse = [[row.payment_date, round(row.amount, 2)] for row in cash.itertuples()]
        left = round(left - used, 2)
        _spend(purse, used)
        for item, rest in zip(
            owed[~gone].itertuples(), (owed.amount - np.maximum(known, told))[~gone].round(2), strict=True
        ):
            for day, part in _spend(purse, min(max(rest, 0.0), max(left, 0.0))):
                rows.append(
                    {
                        "customer_id": owner,
                        "invoice_id": item.invoice_id,
                        "payment_date": max(day, item.issue_date),
                        "amount": part,
                        "currency": currency,
                    }
                )
                left = round(left - part, 2)
    return pd.concat([pay, pd.DataFrame(rows)], ignore_index=True) if rows else pay


def _spend(purse: list[list], want: float) -> list[tuple[pd.Timestamp, float]]:
    taken = []
    while want > 0.004 and purse:
        part = min(want, purse[0][1])
        taken.append((purse[0][0], part))
        want, purse[0][1] = round(want - part, 2), round(purse[0][1] - part, 2)
        if purse[0][1] <= 0.004:
            purse.pop(0)
    return taken


def settled_items(
    inv: pd.DataFrame, pay: pd.DataFrame, disp: pd.DataFrame, today: pd.Timestamp, rates: dict[str, float]
) -> pd.DataFrame:
    """Receivable items with open part ``o``, undisputed open part ``u``, settled part ``s`` and settlement day ``sd``."""
    pay = pay[(pay.payment_date <= today) & pay.invoice_id.notna()].copy()
    back = pay.is_reversal.fillna(value=False).astype(bool)
    pay["signed"] = np.where(back, -1.0, 1.0) * pay.amount * pay.currency.map(rates)
    paid = pay.groupby("invoice_id").signed.sum().rename("paid")
    last = pay[~back].groupby("invoice_id").payment_date.max().rename("last")
    live = disp[(disp.opened_on <= today) & ~(disp.resolved_on <= today) & disp.invoice_id.notna()].copy()
    live["amt"] = live.amount * live.currency.map(rates)
    contested = live.groupby("invoice_id").amt.sum(min_count=1)
    whole = live[live.amount.isna()].invoice_id.unique()
    x = inv[(inv.issue_date <= today) & (inv.status != "reversed")].copy()
    x["rate"] = x.currency.map(rates)
    x["amt"] = x.amount * x.rate
    x = x[(x.doc_type != "credit_note") & (x.amt > 0)].join(paid, on="invoice_id").join(last, on="invoice_id")
    x["contested"] = x.invoice_id.map(contested).fillna(0.0)
    x.loc[x.invoice_id.isin(whole), "contested"] = np.inf
    by_extract = ((x.amount - x.open_amount) * x.rate).fillna(0.0)
    rest = (x.amt - np.maximum(x.paid.fillna(0.0), by_extract)).round(2)
    cleared = (x.cleared_date <= today) | (x.status == "cleared")
    x["o"] = np.where(cleared | (rest <= 0), 0.0, rest)
    x["u"] = np.where(x.o > 0, np.maximum(0.0, x.o - x.contested), 0.0)
    x["s"] = x.amt - x.o
    day = x.cleared_date.where(x.cleared_date <= today)
    day = day.where(day.notna(), x["last"])
    settled = cleared | (rest < x.amt - 0.005)
    x["sd"] = day.where(day.notna() | (x.due_date < today), today).where(settled)
    x["undated"] = settled & x.sd.isna()
    return x


def days(left: pd.Series, right: object) -> pd.Series:
    return (left - right) / DAY


def ratio(top: pd.Series, bottom: pd.Series) -> pd.Series:
    return top.div(bottom.where(bottom != 0))


def payment(x: pd.DataFrame, today: pd.Timestamp, *, item_amount: float, item_share: float, grace: int) -> pd.DataFrame:
    """P1 to P6, open, overdue, disputed."""
    by = x.customer_id
    d3, d6, d15 = today - 91 * DAY, today - 183 * DAY, today - 456 * DAY
    late = days(x.sd, x.due_date).clip(lower=0)
    dpd = days(today, x.due_date)
    past = (x.due_date < today) & (x.u > 0)
    total = x.groupby(by).o.sum().round(2)
    line = np.maximum(item_amount, by.map(x.groupby(by).o.sum()) * item_share / 100)
    out = pd.DataFrame({"open": total, "overdue": (x.u.where(past, 0.0)).groupby(by).sum().round(2),
                        "disputed": (x.o - x.u).groupby(by).sum().round(2)})  # fmt: skip
    out["P1"] = dpd.where(past & (x.u >= line), 0.0).groupby(by).max()
    out["P2"] = 100 * ratio(out.overdue, out.open)

    def known(inside: pd.Series, due_in: pd.Series, amount: pd.Series) -> pd.Series:
        undated = x.s.where(x.undated & due_in, 0.0).groupby(by).sum()
        return amount.groupby(by).sum().round(2).where(undated <= x.s.where(inside, 0.0).groupby(by).sum(), 0.0)

    def adl(inside: pd.Series, since: pd.Timestamp) -> pd.Series:
        top = (x.s * late).where(inside, 0.0).fillna(0.0) + (x.u * dpd).where(past, 0.0)
        bottom = x.s.where(inside, 0.0) + x.u.where(past, 0.0)
        return ratio(
            top.groupby(by).sum().round(2), known(inside, (x.due_date > since) & (x.due_date <= today), bottom)
        )

    out["P3"] = adl(x.sd > d6, d6)
    before = (x.sd <= d3) & (x.sd > d15)
    still = x.s.where(x.sd > d3, 0.0) + x.u
    then = (x.due_date < d3) & (still > 0)
    top = (x.s * late).where(before, 0.0).fillna(0.0) + (still * days(d3, x.due_date)).where(then, 0.0)
    bottom = x.s.where(before, 0.0) + still.where(then, 0.0)
    out["P4"] = adl(x.sd > d3, d3) - ratio(
        top.groupby(by).sum().round(2), known(before, (x.due_date <= d3) & (x.due_date > d15), bottom)
    )
    due = (x.due_date > d6) & (x.due_date <= today)
    tardy = due & (((x.o == 0) & (days(x.sd, x.due_date) > grace)) | ((x.u > 0) & (dpd > grace)))
    unsure = (due & x.undated & (x.o == 0)).groupby(by).sum()
    told = due.groupby(by).sum()
    out["P5"] = 100 * ratio(tardy.groupby(by).sum(), (told - unsure).where(2 * unsure <= told, 0))
    crossed = (x.due_date + 61 * DAY > d6) & (x.due_date + 61 * DAY <= today)
    rolled = crossed & ((x.u > 0) | ((x.o == 0) & (days(x.sd, x.due_date) >= 61))) & (x.amt >= line)
    out["P6"] = rolled.groupby(by).sum().astype(float)
    out["sales_6m"] = x.amt.where(x.issue_date > d6, 0.0).groupby(by).sum().round(2)
    return out


def promises_kept(
    prom: pd.DataFrame, pay: pd.DataFrame, today: pd.Timestamp, rates: dict[str, float], grace: int
) -> pd.Series:
    """P7."""
    p = prom[
        (prom.promised_on <= today) & (prom.due_on > today - 183 * DAY) & (prom.due_on + grace * DAY <= today)
    ].copy()
    back = pay.is_reversal.fillna(value=False).astype(bool)
    pay = pay.assign(signed=np.where(back, -1.0, 1.0) * pay.amount * pay.currency.map(rates))
    m = p.merge(pay[["customer_id", "invoice_id", "payment_date", "signed"]], on="customer_id", suffixes=("", "_paid"))
    m = m[m.invoice_id.isna() | (m.invoice_id == m.invoice_id_paid)]
    m = m[(m.payment_date >= m.promised_on) & (m.payment_date <= m.due_on + grace * DAY)]
    got = p.promise_id.map(m.groupby("promise_id").signed.sum()).fillna(0.0)
    kept = (got - p.amount * p.currency.map(rates)).round(2) >= 0
    kept &= p.promise_id.isin(m.promise_id)
    counted = kept.groupby(p.customer_id).agg(["sum", "count"])
    return (100 * counted["sum"] / counted["count"]).where(counted["count"] >= 2)


def transactions(orders: pd.DataFrame, today: pd.Timestamp, rates: dict[str, float]) -> pd.DataFrame:
    """Order days, values and the statistics of T1 to T4; one loop per customer where pandas has no vector form."""
    o = orders[
        (orders.order_date <= today) & (orders.order_date > today - 1096 * DAY) & (orders.status != "cancelled")
    ].copy()
    o["value"] = o.amount * o.currency.map(rates)
    o["ago"] = days(today, o.order_date).astype(int)
    distinct = o.drop_duplicates(["customer_id", "ago"])
    by = distinct.customer_id
    out = pd.DataFrame(
        {
            "n": distinct.groupby(by).size(),
            "last": distinct.ago.groupby(by).min(),
            "first": distinct.ago.groupby(by).max(),
        }
    )
    out["recent"] = distinct[distinct.ago < 91].groupby("customer_id").size()
    base = distinct[(distinct.ago >= 91) & (distinct.ago < 456)]
    monthly = (
        base.groupby(["customer_id", (base.ago - 91) * 12 // 365])
        .size()
        .unstack(fill_value=0)
        .reindex(columns=range(12), fill_value=0)
    )
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
    out["T3"] = silence(out).where(out.n >= 6)
    value = o.value.groupby(o.customer_id)
    recent = o.value.where(o.ago < 91, 0.0).groupby(o.customer_id).sum().round(2)
    before = o.value.where((o.ago >= 365) & (o.ago < 456), 0.0).groupby(o.customer_id).sum().round(2)
    out["T2"] = 100 * ratio(recent - before, before)
    month = o[o.ago < 390]
    table = (
        month.groupby(["customer_id", month.ago // 30])
        .value.sum()
        .round(2)
        .unstack(fill_value=0.0)
        .reindex(columns=range(13), fill_value=0.0)
    )
    history = table[list(range(1, 13))]
    median = history.median(axis=1)
    mad = history.sub(median, axis=0).abs().median(axis=1).clip(lower=0.25 * median)
    z = ((table[0] - median) / (1.4826 * mad)).where(median >= 0.01)
    roots = np.sqrt(table)
    usual = roots[list(range(1, 13))]
    t = (roots[0] - usual.mean(axis=1)) / (usual.std(axis=1, ddof=1) * np.sqrt(13 / 12))
    p = pd.Series(stats.t.sf(t, 11), index=t.index)
    z = z.where((z > 1) & (p < 0.01), z.clip(upper=4.99).where((z > 1) & (p < 0.05), z.clip(upper=2.99)))
    out["T4"] = z.reindex(out.index).where(out["first"] >= 360)
    half = o.ago < 183
    out["returned_6m"] = o.value.where(half & (o.status == "returned"), 0.0).groupby(o.customer_id).sum().round(2)
    out["committed"] = o.value.where(o.status.isin(["open", "delivered"]), 0.0).groupby(o.customer_id).sum().round(2)
    assert value.ngroups == len(out)
    return out


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


def ratios(stm: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    """F1 to F10 of customers with annual, consolidated statements."""
    seen = stm[stm.published_on.fillna(stm.period_end) <= today]
    wide = seen.pivot_table(
        index=["customer_id", "period_end"], columns="item", values="value", aggfunc="max"
    ).reset_index()
    now = wide.sort_values("period_end").groupby("customer_id").tail(1).set_index("customer_id")
    past = wide.merge(now.period_end.rename("newest"), on="customer_id")
    gap = days(past.newest, past.period_end)
    old = past[(gap >= 350) & (gap <= 380)].set_index("customer_id").reindex(now.index)
    a, b = now, old
    f = pd.DataFrame(index=now.index)
    ta = a.total_assets
    f["F1"] = (6.56 * (a.current_assets - a.current_liabilities) / ta + 3.26 * a.retained_earnings / ta
               + 6.72 * a.ebit / ta + 1.05 * a.equity / a.total_liabilities)  # fmt: skip
    f["F2"] = stats.norm.cdf(
        -4.336
        - 4.513 * a.net_income / ta
        + 5.679 * a.total_liabilities / ta
        + 0.004 * a.current_assets / a.current_liabilities
    )
    f["F3"] = a.current_assets / a.current_liabilities
    f["F4"] = a.total_liabilities / ta
    f["F5"] = (a.ebit / a.interest_expense).clip(-99, 99)
    f["F6"] = a.operating_cash_flow / a.current_liabilities
    f["F7"] = 100 * (a.revenue - b.revenue) / b.revenue.abs()
    f["F8"] = 100 * a.profit_before_tax / a.revenue
    f["F9"] = 100 * (a.equity - b.equity) / b.equity.abs()
    margin = lambda s: (s.revenue - s.cost_of_sales) / s.revenue  # noqa: E731
    soft = lambda s: 1 - (s.current_assets + s.fixed_assets) / s.total_assets  # noqa: E731
    f["F10"] = (-4.84 + 0.920 * (a.trade_receivables / a.revenue) / (b.trade_receivables / b.revenue) + 0.528 * margin(b) / margin(a)
                + 0.404 * soft(a) / soft(b) + 0.892 * a.revenue / b.revenue + 0.115 - 0.172
                + 4.679 * (a.net_income - a.operating_cash_flow) / ta
                - 0.327 * (a.current_liabilities / ta) / (b.current_liabilities / b.total_assets))  # fmt: skip
    return f


def newest(frame: pd.DataFrame, by: list[str], day: str) -> pd.DataFrame:
    return frame.sort_values(day, kind="stable").drop_duplicates(by, keep="last")


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


def top_changes(con: pd.DataFrame, sig: pd.DataFrame, today: pd.Timestamp, *, oldest: int) -> pd.Series:
    """E2, one customer after the other."""
    since = today - oldest * DAY
    con = con[con.role.isin(["ceo", "cfo", "auditor", "owner"])]
    came = (
        con[(con.since_on <= today) & (con.since_on > since)]
        .rename(columns={"since_on": "day"})
        .drop_duplicates(["customer_id", "role", "day"])
    )
    left = (
        con[(con.until_on <= today) & (con.until_on > since)]
        .rename(columns={"until_on": "day"})
        .drop_duplicates(["customer_id", "role", "day"])
    )
    both = pd.concat(
        [came.groupby(["customer_id", "role"]).size(), left.groupby(["customer_id", "role"]).size()], axis=1
    ).max(axis=1)
    found = both.groupby("customer_id").sum()
    heard = pd.concat([came, left]).groupby("customer_id").day.apply(list).to_dict()
    sig = sig[
        (sig.signal_type == "registry_change")
        & (sig.severity.fillna(100) >= 30)
        & (sig.status != "closed")
        & (sig.observed_on <= today)
    ]
    sig = sig.assign(day=sig.event_on.fillna(sig.observed_on)).drop_duplicates(["customer_id", "day"])
    sig = sig[sig.day > since]
    fresh = [
        all(abs((day - other) / DAY) > 31 for other in heard.get(name, []))
        for name, day in zip(sig.customer_id, sig.day, strict=True)
    ]
    return found.add(sig[fresh].groupby("customer_id").size(), fill_value=0.0)


def delays(req: pd.DataFrame, today: pd.Timestamp, *, oldest: int) -> pd.Series:
    """E3."""
    req = req[(req.requested_on <= today) & ~(req.withdrawn_on <= today)]
    until = req.supplied_on.fillna(today)
    req = req[until > today - oldest * DAY]
    late = days(until.clip(upper=today), req.due_on.fillna(req.requested_on)).clip(lower=0)
    return late[req.index].groupby(req.customer_id).max()


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

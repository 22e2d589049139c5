"""P1 to P10, exposure and limit, in pandas from their formulas."""

import numpy as np
import pandas as pd
from tests.indicators.reference.basics import DAY, RATES, D, Frames, days, per_customer, ratio


def with_invoices_named(inv: pd.DataFrame, pay: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    """Payments, those that name no invoice turned into some that do: what was due first by what came first, one after the other.

    What is left over is in rows without an invoice that are marked so.
    """
    inv, pay = inv[(inv.doc_type != "credit_note") & (inv.amount > 0)], pay.copy()
    pay["back"] = pay.is_reversal.fillna(value=False).astype(bool)
    pay["of"] = pay.reversed_payment_id if "reversed_payment_id" in pay else None
    void = set(pay.of[pay.back & (pay.payment_date <= today)].dropna())
    known = named_before(pay, inv, today)
    rows = []
    for (owner, currency), mine in pay[pay.invoice_id.isna() & (pay.payment_date <= today)].groupby(
        ["customer_id", "currency"]
    ):
        billed = inv[inv.customer_id == owner]
        owed = billed[billed.currency == currency]
        since = (owed if len(owed) else billed).issue_date.min()
        cash = mine[~mine.back & ~mine.payment_id.isin(void) & (mine.payment_date >= since)].sort_values("payment_date")
        if len(cash):
            owed = owed[(owed.issue_date <= today) & (owed.status != "reversed")].sort_values(
                ["due_date", "issue_date"]
            )
            lost = mine.amount[mine.back & mine.of.isna()].sum()
            spent = spent_on(owed, owed.invoice_id.map(known).fillna(0.0), cash, lost, today)
            rows += [{"customer_id": owner, "currency": currency, **row} for row in spent]
    pay = pay.drop(columns=["back", "of"])
    return pd.concat([pay, pd.DataFrame(rows)], ignore_index=True) if rows else pay


def named_before(pay: pd.DataFrame, inv: pd.DataFrame, today: pd.Timestamp) -> pd.Series:
    """What payments that name their invoice settle of it, in its currency."""
    billed_in = pay.invoice_id.map(inv.set_index("invoice_id").currency)
    worth = pay.amount * (pay.currency.map(RATES) / billed_in.map(RATES)).fillna(1.0)
    signed = worth.where(~pay.back, -worth)[pay.invoice_id.notna() & (pay.payment_date <= today)]
    return signed.groupby(pay.invoice_id).sum()


def spent_on(
    owed: pd.DataFrame, known: pd.Series, cash: pd.DataFrame, lost: float, today: pd.Timestamp
) -> list[dict[str, object]]:
    """What the cash of one customer and currency settles, item by item; the last row is what is left over.

    :param known: what named payments settle of each item. :param lost: what was returned without saying which payment.
    """
    told = (owed.amount - owed.open_amount).fillna(0.0)
    gone = (owed.cleared_date <= today) | owed.status.isin(["cleared", "written_off"])
    gone_on = owed.cleared_date.where(owed.cleared_date <= today).fillna(today)
    explained = (told.where(~gone, owed.amount) - known.clip(lower=0)).clip(lower=0)
    used = round(explained[(owed.status != "written_off") & (gone_on >= cash.payment_date.min())].sum(), 2)
    left = round(cash.amount.sum() - round(lost, 2) - used, 2)
    purse = [[row.payment_date, round(row.amount, 2)] for row in cash.itertuples()]
    _spend(purse, used)
    rests = (owed.amount - np.maximum(known, told))[~gone].round(2)
    rows: list[dict[str, object]] = []
    for item, rest in zip(owed[~gone].itertuples(), rests, strict=True):
        for day, part in _spend(purse, min(max(rest, 0.0), max(left, 0.0))):
            rows.append({"invoice_id": item.invoice_id, "payment_date": max(day, item.issue_date), "amount": part})
            left = round(left - part, 2)
    over = {"payment_date": cash.payment_date.max(), "amount": left, "left_over": True}
    return [*rows, over] if left > 0.004 else rows


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
    cleared = (x.cleared_date <= today) | x.status.isin(["cleared", "written_off"])
    x["o"] = np.where(cleared | (rest <= 0), 0.0, rest)
    x["u"] = np.where(x.o > 0, np.maximum(0.0, x.o - x.contested), 0.0)
    x["s"] = x.amt - x.o
    day = x.cleared_date.where(x.cleared_date <= today)
    day = day.where(day.notna(), x["last"])
    settled = cleared | (rest < x.amt - 0.005)
    x["sd"] = day.where(day.notna() | (x.due_date < today), today).where(settled)
    x["undated"] = settled & x.sd.isna()
    return x


def overpaid(x: pd.DataFrame, pay: pd.DataFrame, today: pd.Timestamp, rates: dict[str, float]) -> pd.Series:
    """What payments go beyond the invoice they name, less what invoices show as settled since then that no payment explains; per customer."""
    currency = pay.invoice_id.map(x.set_index("invoice_id").currency)
    foreign = set(pay.invoice_id[currency.notna() & (pay.currency != currency) & (pay.payment_date <= today)])
    more = (x.paid - x.amt).where(~x.invoice_id.isin(foreign), 0.0).fillna(0.0)
    more = more.where(more > 0.005, 0.0)
    since = x.customer_id.map(x["last"].where(more > 0).groupby(x.customer_id).min())
    gone = (x.cleared_date <= today) | (x.status == "cleared")
    told = x.amt.where(gone, ((x.amount - x.open_amount) * x.currency.map(rates)).fillna(0.0))
    unexplained = (told - x.paid.fillna(0.0).clip(lower=0)).clip(lower=0).where(x.status != "written_off", 0.0)
    later = unexplained.where(x.cleared_date.where(x.cleared_date <= today).fillna(today) >= since, 0.0)
    return (more.groupby(x.customer_id).sum() - later.groupby(x.customer_id).sum()).clip(lower=0).round(2)


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


def payment_dimension(frames: Frames, customers: pd.Index, committed: pd.Series) -> pd.DataFrame:
    """P1 to P9, what is open, overdue, disputed, left over of payments, exposure, limit.

    :param committed: orders under way per customer.
    """
    inv, pay = frames["invoices"], frames["payments"]
    named = with_invoices_named(inv, pay, D)
    items = settled_items(inv, named, frames["disputes"], D, RATES)
    out = payment(items, D, item_amount=50, item_share=1, grace=5).reindex(customers)
    out["first_on"] = items.groupby("customer_id").issue_date.min()
    left = named[named.left_over.eq(other=True)]
    out["overpaid"] = overpaid(items, named, D, RATES).reindex(customers).fillna(0.0)
    out["unapplied"] = per_customer(left.amount * left.currency.map(RATES), left.customer_id, customers) + out.overpaid
    out["P7"] = promises_kept(frames["promises"], pay, D, RATES, 3)
    out["exposure"] = (out.open.fillna(0.0) - open_credit(inv, customers) + committed).clip(lower=0).round(2)
    lim = frames["credit_limits"]
    worth = (lim.limit_amount * lim.currency.map(RATES)).round(2)
    out["limit"] = worth.groupby(lim.customer_id).sum().reindex(customers)
    used = 100 * ratio(out.exposure, out.limit)
    overdrawn = np.where(out.exposure > 0, 999.0, 0.0)
    out["P8"] = used.where(out.limit != 0, overdrawn).where(out.limit.notna()).clip(upper=999)
    back = pay[(pay.is_reversal == True) & (pay.payment_date <= D) & (pay.payment_date > D - 365 * DAY)]  # noqa: E712
    returned = back.groupby("customer_id").size().reindex(customers).fillna(0.0)
    out["P9"] = returned.where(out.P1.notna() | (returned > 0))
    out["P10"] = adverse(frames["external_signals"], customers)
    return out


def credit_notes(inv: pd.DataFrame) -> pd.DataFrame:
    """Credit notes that count, with their amount."""
    notes = inv[(inv.doc_type == "credit_note") & (inv.status != "reversed") & (inv.issue_date <= D)]
    return notes.assign(worth=notes.amount.abs() * notes.currency.map(RATES))


def open_credit(inv: pd.DataFrame, customers: pd.Index) -> pd.Series:
    """What of credit notes nobody used yet."""
    notes = credit_notes(inv)
    rest = notes.open_amount.fillna(notes.amount).abs() * notes.currency.map(RATES)
    gone = (notes.cleared_date <= D) | notes.status.isin(["cleared", "written_off"])
    return per_customer(rest.where(~gone, 0.0), notes.customer_id, customers)


def adverse(sig: pd.DataFrame, customers: pd.Index) -> pd.Series:
    """P10."""
    sig = sig[(sig.status != "closed") & (sig.observed_on <= D)]
    weight = sig.signal_type.map({"dishonest_debtor": 3.0, "litigation": 1.0, "tax_arrears": 1.0}).fillna(0.0)
    weight = weight.where(sig.signal_type != "credit_bureau", np.where(sig.severity >= 50, 1.0, 0.5))
    recent = weight.where(sig.observed_on > D - 730 * DAY, 0.0)
    return recent.groupby(sig.customer_id).sum().reindex(customers).fillna(0.0)

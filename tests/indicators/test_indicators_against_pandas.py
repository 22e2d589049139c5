"""Every indicator at scale S against pandas written from the formulas: per customer to 1e-6."""

import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text
from tests.facts.batches import publish_frames
from tests.indicators import pandas_reference as reference
from tests.indicators.buckets import assert_same, in_buckets

from riskreview.facts.use_cases import current_pins
from riskreview.foundation.services import Services
from riskreview.indicators.compute import compute_indicators
from riskreview.indicators.frame import INDICATORS, IndicatorFrame
from riskreview.orchestration import bench_data
from riskreview.policy.datasets import DATASETS, Kind
from riskreview.policy.risk_policy import load_policy

pytestmark = [pytest.mark.database, pytest.mark.deep]
D = pd.Timestamp(bench_data.AS_OF)
RATES = {"CNY": 1.0, "USD": 7.12371, "EUR": 1 / 0.12813}


def read_extracts(folder: Path) -> dict[str, pd.DataFrame]:
    """The generated extracts with every canonical column, typed."""
    frames = {}
    for name, path in bench_data.generate(bench_data.SIZES["S"], folder).items():
        frame = pd.read_csv(path, dtype=str)
        for column in DATASETS[name].columns:
            cells = frame[column.name] if column.name in frame else pd.Series(None, index=frame.index, dtype="object")
            if column.kind is Kind.DATE:
                cells = pd.to_datetime(cells).astype("datetime64[us]")
            elif column.kind in {Kind.MONEY, Kind.NUMBER, Kind.INTEGER}:
                cells = pd.to_numeric(cells).astype("float64")
            frame[column.name] = cells
        frames[name] = frame[[column.name for column in DATASETS[name].columns]]
    return frames


def make_harder(frames: dict[str, pd.DataFrame]) -> None:
    """Add what the plain extracts lack: other currencies, credit notes, returned and partial payments, odd states."""
    inv, pay, orders = frames["invoices"], frames["payments"], frames["orders"]
    n = np.arange(len(inv))
    inv.loc[n % 97 == 0, "status"] = "reversed"
    credit = n % 89 == 0
    inv.loc[credit, "doc_type"] = "credit_note"
    inv.loc[credit, ["amount", "open_amount"]] = -inv.loc[credit, ["amount", "open_amount"]] * 0.25
    inv[["amount", "open_amount"]] = inv[["amount", "open_amount"]].round(2)
    inv.loc[n % 5 == 0, ["open_amount", "status", "cleared_date"]] = [np.nan, None, pd.NaT]
    still = (n % 31 == 0) & (inv.open_amount > 0) & ~credit
    inv.loc[still, "open_amount"] = (inv.loc[still, "open_amount"] / 3).round(2)
    m = np.arange(len(pay))
    pay["is_reversal"] = pd.Series(m % 211 == 0).astype("object").where(m % 2 == 0, None)
    pay.loc[m % 173 == 0, "invoice_id"] = None
    for name in ("invoices", "payments", "orders", "disputes", "promises", "credit_limits"):
        number = frames[name].customer_id.str[1:].astype(int)
        frames[name].loc[number % 10 == 3, "currency"] = "USD"
        frames[name].loc[number % 10 == 4, "currency"] = "EUR"
    frames["disputes"].loc[np.arange(len(frames["disputes"])) % 3 == 0, "amount"] = np.nan
    orders.loc[np.arange(len(orders)) % 301 == 0, "status"] = "delivered"
    frames["credit_limits"].loc[::50, "limit_amount"] = 0.0
    frames["external_signals"].loc[::7, "status"] = "confirmed"
    frames["external_signals"].loc[::11, "status"] = "closed"
    frames["fx_rates"] = pd.DataFrame({
        "currency": ["USD", "USD", "USD", "CNY"], "quote_currency": ["CNY", "CNY", "CNY", "EUR"],
        "rate_date": pd.to_datetime(["2026-01-01", "2026-10-30", "2026-11-01", "2026-10-31"]), "rate": [6.5, 7.12371, 9.0, 0.12813],
    })  # fmt: skip


def with_busy_customers(orders: pd.DataFrame) -> pd.DataFrame:
    """Add the orders of a hundred customers who order often: half of them with a season, a fifth of them less and less."""
    chance = np.random.default_rng(3)
    customer, day = (part.ravel() for part in np.meshgrid(np.arange(7, 10_000, 100), np.arange(1096)))
    wave = 1 + np.where(customer % 200 == 7, 0.9, 0.0) * np.sin(2 * np.pi * day / 365)
    drawn = chance.random(customer.size) < 0.3 * wave * np.where((customer % 500 == 7) & (day < 91), 0.1, 1.0)
    found = pd.DataFrame(
        {"customer_id": [f"C{c:07d}" for c in customer[drawn]], "order_date": D - pd.to_timedelta(day[drawn], unit="D")}
    )
    found["order_id"], found["line_no"] = [f"BUSY{n:07d}" for n in range(len(found))], "1"
    found["amount"], found["currency"], found["status"] = (
        chance.uniform(10, 900, len(found)).round(2),
        "CNY",
        "invoiced",
    )
    found["delivered_on"] = pd.NaT
    found["order_date"] = found.order_date.astype("datetime64[us]")
    return pd.concat([orders, found[orders.columns].astype(orders.dtypes)], ignore_index=True)


@pytest.fixture(scope="module")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    frames = read_extracts(tmp_path_factory.mktemp("extracts"))
    make_harder(frames)
    frames["orders"] = with_busy_customers(frames["orders"])
    return frames


def compute(services: Services) -> tuple[IndicatorFrame, pd.Index]:
    """The product's frame and the customers' business ids in its order."""
    frame = compute_indicators(
        services, pins=current_pins(services), as_of=bench_data.AS_OF, policy=load_policy(services.instance)
    )
    with services.engine.connect() as connection:
        names = {
            row.customer_key: row.customer_id
            for row in connection.execute(text("SELECT customer_key, customer_id FROM customer"))
        }
    return frame, pd.Index([names[key] for key in frame.customer_key.tolist()], name="customer_id")


def expected(
    frames: dict[str, pd.DataFrame], customers: pd.Index, warning: float, alarm: float, buying: tuple[float, ...]
) -> pd.DataFrame:
    """All indicators from the formulas, aligned to the customers.

    :param buying: the parameters the product learned, which must be as likely as any; two optimizers never end at the same digits.
    """
    inv, pay = frames["invoices"], frames["payments"]
    items = reference.settled_items(inv, reference.with_invoices_named(inv, pay, D), frames["disputes"], D, RATES)
    out = reference.payment(items, D, item_amount=50, item_share=1, grace=5).reindex(customers)
    out["P7"] = reference.promises_kept(frames["promises"], pay, D, RATES, 3)
    moves = reference.transactions(frames["orders"], D, RATES).reindex(customers)
    counts = moves[["recent", "base", "var", "same1", "year1", "same2", "year2"]].fillna(0.0)
    out["T1"], out["confirmed"] = reference.order_drop(counts, warning=warning, alarm=alarm)
    out[["T2", "T3", "T4"]] = moves[["T2", "T3", "T4"]]
    notes = inv[(inv.doc_type == "credit_note") & (inv.status != "reversed") & (inv.issue_date <= D)]
    worth = notes.amount.abs() * notes.currency.map(RATES)
    credited = (
        worth.where(notes.issue_date > D - pd.Timedelta(days=183), 0.0)
        .groupby(notes.customer_id)
        .sum()
        .round(2)
        .reindex(customers)
        .fillna(0.0)
    )
    open_note = notes.open_amount.fillna(notes.amount).abs() * notes.currency.map(RATES)
    gone = (notes.cleared_date <= D) | notes.status.isin(["cleared", "written_off"])
    open_credit = open_note.where(~gone, 0.0).groupby(notes.customer_id).sum().round(2).reindex(customers).fillna(0.0)
    d = frames["disputes"]
    d = d[(d.opened_on <= D) & (d.opened_on > D - pd.Timedelta(days=183))]
    about = inv.set_index("invoice_id").amount
    claimed = (
        (d.amount.fillna(d.invoice_id.map(about)).fillna(0.0) * d.currency.map(RATES))
        .groupby(d.customer_id)
        .sum()
        .round(2)
        .reindex(customers)
        .fillna(0.0)
    )
    bad = credited + claimed + moves.returned_6m.fillna(0.0)
    out["T5"] = 100 * reference.ratio(bad, out.sales_6m)
    out["exposure"] = (out.open.fillna(0.0) - open_credit + moves.committed.fillna(0.0)).clip(lower=0).round(2)
    lim = frames["credit_limits"]
    out["limit"] = (
        (lim.limit_amount * lim.currency.map(RATES)).round(2).groupby(lim.customer_id).sum().reindex(customers)
    )
    used = 100 * reference.ratio(out.exposure, out.limit)
    out["P8"] = (
        used.where(out.limit != 0, np.where(out.exposure > 0, 999.0, 0.0)).where(out.limit.notna()).clip(upper=999)
    )
    back = pay[(pay.is_reversal == True) & (pay.payment_date <= D) & (pay.payment_date > D - pd.Timedelta(days=365))]  # noqa: E712
    returned = back.groupby("customer_id").size().reindex(customers).fillna(0.0)
    out["P9"] = returned.where(out.P1.notna() | (returned > 0))
    weight = {"dishonest_debtor": 3.0, "litigation": 1.0, "tax_arrears": 1.0}
    sig = frames["external_signals"]
    sig = sig[(sig.status != "closed") & (sig.observed_on <= D)]
    heavy = (
        sig.signal_type.map(weight)
        .fillna(0.0)
        .where(sig.signal_type != "credit_bureau", np.where(sig.severity >= 50, 1.0, 0.5))
    )
    heavy = heavy.where(sig.observed_on > D - pd.Timedelta(days=730), 0.0)
    out["P10"] = heavy.groupby(sig.customer_id).sum().reindex(customers).fillna(0.0)
    state = pd.Series(
        np.where(sig.status == "confirmed", 3, np.where((D - sig.observed_on) / reference.DAY > 2, 2, 1)),
        index=sig.index,
    )
    hits = sig.signal_type == "sanction"
    out["C1"] = state[hits].groupby(sig[hits].customer_id).max().reindex(customers).fillna(0.0)
    out["E4"] = 100 * out.open / out.open.sum()
    first = pd.concat([frames["customers"].set_index("customer_id").onboarded_on.reindex(customers),
                       items.groupby("customer_id").issue_date.min().reindex(customers),
                       (D - pd.to_timedelta(moves["first"], unit="D"))], axis=1).min(axis=1)  # fmt: skip
    out["E5"] = ((D - first) / reference.DAY).clip(lower=0) * 12 / 365.25
    x, recency, age = moves.n - 1, (moves["first"] - moves["last"]) / 7, moves["first"] / 7
    known = np.flatnonzero(x.notna())
    sample = known[:: max(1, known.size // 4000)]
    drawn = tuple(series.to_numpy(dtype=float)[sample] for series in (x, recency, age))
    likeliest = reference.buying_parameters(*drawn)
    assert reference.buying(*drawn, buying)[0] >= reference.buying(*drawn, likeliest)[0] - 1e-3
    out["T6"] = reference.buying(*(series.to_numpy(dtype=float) for series in (x, recency, age)), buying)[1]
    out = out.join(reference.ratios(frames["financial_statements"], D).reindex(customers))
    return out.join(others(frames, customers, out.F1))


def others(frames: dict[str, pd.DataFrame], customers: pd.Index, z_score: pd.Series) -> pd.DataFrame:
    """Industry, compliance and relationship."""
    cust, sig = frames["customers"], frames["external_signals"]
    out = reference.countries(cust, frames["country_risk"], D, m2=400, c2=180).reindex(customers)
    out["M1"] = reference.industry(cust, frames["industry_figures"], D, oldest=456)
    out["M3"] = reference.rank_among_peers(z_score, cust.set_index("customer_id").industry_code, 20)
    figures = frames["customer_figures"]
    figures = figures[(figures.observed_on <= D) & (figures.observed_on > D - pd.Timedelta(days=549))]
    out["M4"] = reference.newest(figures, ["customer_id"], "observed_on").set_index("customer_id").value
    files = cust.set_index("customer_id").reindex(customers)
    out["C3"] = files.ubo_verified_pct
    news = sig[
        (sig.signal_type == "news")
        & (sig.status == "confirmed")
        & (sig.observed_on <= D)
        & (sig.observed_on > D - pd.Timedelta(days=730))
    ]
    grade = pd.Series(np.select([news.severity >= 67, news.severity >= 34], [3.0, 2.0], 1.0), index=news.index)
    out["C4"] = grade.groupby(news.customer_id).max().reindex(customers).fillna(0.0)
    out["C5"] = ((D - files.kyc_review_due_on) / reference.DAY).clip(lower=0)
    out["C6"] = reference.paid_by_others(frames["payments"], cust, D, RATES, window=183, least=3)
    rated = frames["assessor_ratings"]
    rated = rated[(rated.rated_on <= D) & (rated.rated_on > D - pd.Timedelta(days=365))]
    rated = (
        reference.newest(rated, ["customer_id", "rater"], "rated_on")
        .groupby("customer_id")
        .rating.agg(["mean", "size"])
    )
    out["E1"] = rated["mean"].where(rated["size"] >= 2)
    out["E2"] = reference.top_changes(frames["contacts"], sig, D, oldest=365).reindex(customers).fillna(0.0)
    out["E3"] = reference.delays(frames["information_requests"], D, oldest=365)
    seen = frames["field_reports"]
    seen = seen[(seen.visited_on <= D) & (seen.visited_on > D - pd.Timedelta(days=365))]
    seen = seen[seen.visited_on == seen.groupby("customer_id").visited_on.transform("max")]
    out["E6"] = (
        seen.assign(counts=seen.flag != "none")
        .drop_duplicates(["customer_id", "flag"])
        .groupby("customer_id")
        .counts.sum()
    )
    return out.astype(float)


def test_every_indicator_equals_the_formulas_per_customer(
    services: Services, extracts: dict[str, pd.DataFrame]
) -> None:
    publish_frames(services, extracts, as_of=bench_data.AS_OF)
    frame, customers = compute(services)
    line = load_policy(services.instance).indicator("T1")
    wanted = expected(extracts, customers, float(line.warning), float(line.alarm), frame.learned["purchase_model"])
    assert len(customers) == 10_000
    for name in INDICATORS:
        np.testing.assert_allclose(
            frame.values[name],  # noqa: PD011
            wanted[name].to_numpy(dtype=float),
            rtol=1e-6,
            atol=1e-6,
            err_msg=name,
        )
    for name, found in (("exposure", frame.exposure), ("limit", frame.limit_amount)):
        np.testing.assert_allclose(found, wanted[name].to_numpy(dtype=float), rtol=1e-6, atol=1e-6, err_msg=name)
    for name, found in (("overdue", frame.overdue), ("disputed", frame.disputed)):
        np.testing.assert_allclose(
            found, wanted[name].fillna(0.0).to_numpy(dtype=float), rtol=1e-6, atol=1e-6, err_msg=name
        )
    np.testing.assert_array_equal(
        frame.flags["order_drop_confirmed"], wanted.confirmed.fillna(value=False).to_numpy(dtype=bool)
    )
    informative = {
        name
        for name in INDICATORS
        if np.unique(frame.values[name][np.isfinite(frame.values[name])]).size > 2  # noqa: PD011
    }
    assert informative == set(INDICATORS)  # nothing was compared only because it is empty
    assert_same(frame, in_buckets(services, bench_data.AS_OF, 3, random.Random(1)))  # noqa: S311  a fixed sequence for a test

"""Every indicator at scale S against pandas written from the formulas: per customer to 1e-6."""

import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text
from tests.facts.batches import publish_frames
from tests.indicators.buckets import assert_same, in_buckets
from tests.indicators.reference.basics import RATES, D
from tests.indicators.reference.compliance import compliance_dimension
from tests.indicators.reference.financial import ratios
from tests.indicators.reference.industry import industry_dimension
from tests.indicators.reference.payment import payment_dimension
from tests.indicators.reference.relationship import relationship_dimension
from tests.indicators.reference.transaction import credited_or_claimed, transaction_dimension, transactions

from riskreview.facts.use_cases import current_pins
from riskreview.foundation.services import Services
from riskreview.indicators.compute import compute_indicators
from riskreview.indicators.frame import INDICATORS, IndicatorFrame
from riskreview.orchestration import bench_data
from riskreview.policy.datasets import DATASETS, Kind
from riskreview.policy.risk_policy import load_policy

pytestmark = [pytest.mark.database, pytest.mark.deep]


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
    pay.loc[m % 37 == 1, "amount"] = (pay.amount * 1.3).round(2)
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
    frames: dict[str, pd.DataFrame], customers: pd.Index, lines: tuple[float, float], parameters: tuple[float, ...]
) -> pd.DataFrame:
    """All indicators from the formulas, aligned to the customers.

    :param lines: warning and alarm of T1. :param parameters: what the product learned of buying.
    """
    moves = transactions(frames["orders"], D, RATES).reindex(customers)
    out = payment_dimension(frames, customers, moves.committed.fillna(0.0))
    bad = credited_or_claimed(frames, customers)
    first_on = pd.concat([out.pop("first_on"), D - pd.to_timedelta(moves["first"], unit="D")], axis=1).min(axis=1)
    parts = [transaction_dimension(moves, bad, out.sales_6m, lines, parameters), ratios(frames["financial_statements"], D).reindex(customers)]  # fmt: skip
    parts += [
        industry_dimension(frames, customers, parts[1].F1),
        compliance_dimension(frames, customers),
        relationship_dimension(frames, customers, out.open, first_on),
    ]
    return out.join(parts).astype(float)


def test_every_indicator_equals_the_formulas_per_customer(
    services: Services, extracts: dict[str, pd.DataFrame]
) -> None:
    publish_frames(services, extracts, as_of=bench_data.AS_OF)
    frame, customers = compute(services)
    line = load_policy(services.instance).indicator("T1")
    wanted = expected(extracts, customers, (float(line.warning), float(line.alarm)), frame.learned["purchase_model"])
    assert len(customers) == 10_000
    for name in INDICATORS:
        np.testing.assert_allclose(
            frame.values[name],  # noqa: PD011
            wanted[name].to_numpy(dtype=float),
            rtol=1e-6,
            atol=1e-6,
            err_msg=name,
        )
    assert np.count_nonzero(frame.unapplied) > 10
    assert np.count_nonzero(wanted.overpaid) > 10
    for name, found in (("exposure", frame.exposure), ("limit", frame.limit_amount)):
        np.testing.assert_allclose(found, wanted[name].to_numpy(dtype=float), rtol=1e-6, atol=1e-6, err_msg=name)
    for name, found in (("overdue", frame.overdue), ("disputed", frame.disputed), ("unapplied", frame.unapplied)):
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

"""A customer who stopped long ago and owes nothing is dormant, whoever owes or has just stopped is an alarm, whoever returns is looked at."""

from datetime import date, timedelta

import pytest
from tests.assessment.portfolios import judged
from tests.facts.batches import customer, invoice, publish

from riskreview.assessment.explain import explain
from riskreview.assessment.use_cases import assess_portfolio
from riskreview.facts.use_cases import current_pins
from riskreview.foundation.services import Services
from riskreview.monitoring.use_cases import raise_signals
from riskreview.policy.risk_terms import RiskClass

DAY = date(2026, 6, 30)
STOPPED = {"T1": -100, "T2": -100, "T3": 30, "T5": float("nan"), "T6": 0.01, "order_drop_confirmed": 1, "overdue": 0}
STOPS = {
    "sleeps": 396,
    "slept_longer": 500,
    "sold_on_account": 396,
    "owes": 396,
    "stopped_lately": 150,
    "buys": 0,
    "comes_back": 500,
}


def month(name: str, ago: int) -> list[dict[str, object]]:
    """Order lines of every third day of a year and a half that ended so many days ago."""
    return [{"order_id": f"{name}-{day}", "line_no": "1", "customer_id": name, "amount": 100.0, "currency": "CNY",
             "order_date": DAY - timedelta(days=day), "status": "invoiced"} for day in range(ago, ago + 540, 3)]  # fmt: skip


def bill(name: str, ago: int, *, paid: bool) -> dict[str, object]:
    issued = DAY - timedelta(days=ago)
    state = (
        {"status": "cleared", "open_amount": 0, "cleared_date": issued + timedelta(days=25)}
        if paid
        else {"due": DAY + timedelta(days=5)}
    )
    return invoice(f"{name}-{ago}", name, issued=issued, amount=100.0, **state)


@pytest.fixture
def firms(services: Services) -> dict[str, int]:
    """Seven customers who ordered every third day until they stopped; one returns with an order of 40,000. Keys by name."""
    bills = [bill(name, ago + 30 * number, paid=True) for name, ago in STOPS.items() for number in range(1, 14)]
    bills += [bill("owes", 380, paid=False), bill("sold_on_account", 60, paid=True)]
    orders = [line for name, ago in STOPS.items() for line in month(name, ago)]
    orders.append(
        {
            **orders[0],
            "order_id": "back",
            "customer_id": "comes_back",
            "amount": 40_000.0,
            "status": "open",
            "order_date": DAY - timedelta(days=4),
        }
    )
    others = [f"steady{number}" for number in range(30)]
    orders += [line for name in others for line in month(name, 0)]
    publish(
        services,
        {"customers": [customer(name) for name in (*STOPS, *others)], "orders": orders, "invoices": bills},
        as_of=DAY,
    )
    assess_portfolio(services, as_of=DAY, run_id=1, pins=current_pins(services))
    raise_signals(services, as_of=DAY, run_id=1)
    with services.engine.connect() as connection:
        return {
            row.customer_id: row.customer_key
            for row in connection.exec_driver_sql("SELECT customer_id, customer_key FROM customer")
        }


@pytest.mark.database
@pytest.mark.deep
def test_only_who_owes_or_stopped_lately_is_an_order_collapse_and_who_is_dormant_is_told_so(
    services: Services, firms: dict[str, int]
) -> None:
    with services.engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT rule_id, subject_id FROM signal WHERE rule_id IN ('order_collapse', 'dormant_returns', 'T3')"
        ).all()
    names = {str(key): name for name, key in firms.items()}

    assert {names[row.subject_id] for row in found if row.rule_id == "order_collapse"} == {
        "owes",
        "sold_on_account",
        "stopped_lately",
    }
    assert {names[row.subject_id] for row in found if row.rule_id == "dormant_returns"} == {"comes_back"}
    assert not {"sleeps", "slept_longer"} & {names[row.subject_id] for row in found}
    for name in ("sleeps", "slept_longer"):
        found = explain(services, customer_key=firms[name], language="en")
        assert any(said.startswith("the customer is dormant") for said in found.sentences), name
        assert not {"T1", "T2", "T3", "T6"} & {part.id for part in found.contributions}, name
        assert not {"P3", "P5", "T5"} & {part.id for part in found.missing}, name
    other = explain(services, customer_key=firms["stopped_lately"], language="zh")
    assert not any("休眠" in said for said in other.sentences)


def test_a_dormant_customer_is_low_one_that_owes_is_not_and_nothing_else_is_forgiven() -> None:
    asleep = {**STOPPED, "inactive": 1, "exposure": 49.0}

    result = judged(
        asleep,
        {**asleep, "exposure": 50.0},
        {**asleep, "inactive": 0},
        {**asleep, "insolvency": 1},
        {**asleep, "P3": 40},
        {**asleep, "T5": 12},
    )

    assert [RiskClass(code).name for code in result.risk_class] == ["low", "high", "high", "default", "low", "low"]
    assert [int(index > 0) for index in result.evaluation.index] == [0, 1, 1, 0, 1, 1]


def test_what_only_business_shows_is_no_gap_of_a_dormant_customer_but_is_one_of_another() -> None:
    unseen = dict.fromkeys(("P2", "P3", "P4", "P5", "P7", "P8", "P10", "T1", "T2", "T3", "T4", "T5"), float("nan")) | {
        "exposure": 0.0,
        "overdue": 0.0,
        "P10": float("nan"),
    }

    result = judged({**unseen, "inactive": 1}, unseen, {**unseen, "inactive": 1, "P1": float("nan")})

    assert [RiskClass(code).name for code in result.risk_class] == ["low", "medium", "medium"]
    assert [int(state) for state in result.data_state] == [0, 2, 2]

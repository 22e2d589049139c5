"""What is told about one customer's statements, end to end from published facts."""

from datetime import date

import pytest
from sqlalchemy import text
from tests.facts.batches import publish
from tests.indicators.test_indicators_ratio_models import FIRM, YEAR_BEFORE, Statement

from riskreview.foundation.errors import NotFound
from riskreview.foundation.services import Services
from riskreview.indicators.customer_statements import StatementReport, customer_statements
from riskreview.policy.risk_policy import load_policy

pytestmark = pytest.mark.database
AS_OF = date(2026, 6, 30)


def lines(customer: str, year: int, items: Statement) -> list[dict[str, object]]:
    return [
        {"customer_id": customer, "period_end": date(year, 12, 31), "period_type": "FY", "scope": "consolidated", "item": item,
         "value": value, "currency": "CNY", "published_on": date(year + 1, 4, 30)}
        for item, value in items.items()
    ]  # fmt: skip


def report(services: Services, customer: str, language: str = "en") -> StatementReport:
    with services.engine.connect() as connection:
        key = connection.execute(
            text("SELECT customer_key FROM account WHERE account_id = :id"), {"id": customer}
        ).scalar_one()
    policy = load_policy(services.instance)
    return customer_statements(services, customer_key=key, as_of=AS_OF, policy=policy, language=language)


def test_models_ratios_and_jumps_of_a_customer_are_told_with_what_is_missing(services: Services) -> None:
    names = [f"C{number}" for number in range(40)]
    broken = {**FIRM, "cost_of_sales": 1480.0, "trade_receivables": 700.0}
    publish(services, {
        "customers": [{"customer_id": name, "name": name, "industry_code": "J66" if name == "C1" else "C33", "country": "CN"}
                      for name in [*names, "silent"]],
        "financial_statements": [
            line for name in names
            for line in (*lines(name, 2025, broken if name == "C0" else FIRM), *lines(name, 2024, YEAR_BEFORE))
        ],
    }, as_of=AS_OF)  # fmt: skip

    found = report(services, "C2")
    models = {line.model: line for line in found.models}
    assert (models["altman_z2"].value, models["altman_z2"].zone) == (pytest.approx(3.7984), "safe")
    assert models["ohlson"].neutral == ("size",)  # no rate for the dollar is known
    assert models["altman_z"].missing == ()
    assert {line.ratio: line.value for line in found.ratios}["debt_ratio"] == pytest.approx(0.6)
    assert (found.basis, found.scope, found.is_stale, found.jumps) == ("full year", "consolidated", False, ())

    bank = {line.model: line for line in report(services, "C1").models}
    assert (bank["altman_z2"].zone, bank["altman_z2"].value) == ("excluded", None)
    assert "毛利率" in " ".join(report(services, "C0", "zh").jumps)
    with pytest.raises(NotFound):
        report(services, "silent")

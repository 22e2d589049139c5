"""A customer is shown as it is, and as it was known at the end of an earlier day."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.facts.batches import customer, invoice, publish
from typer.testing import CliRunner

from riskreview.assessment.use_cases import assess_portfolio
from riskreview.cli.app import app
from riskreview.foundation.services import Services
from riskreview.portfolio.use_cases import summarize_portfolio

TAX = "91-3301 0678ABCD"


@pytest.fixture
def merged(services: Services, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In June A and Z are two customers; in July they turned out to be one, and Z had moved to wang."""
    monkeypatch.setenv("RISKREVIEW_HOME", str(services.instance.home))
    monkeypatch.setenv("RISKREVIEW_DATABASE_URL", database_url)
    for month, owner, tax in ((6, "chen", None), (7, "wang", TAX)):
        services.clock.moment = datetime(2026, month, 15, tzinfo=UTC)  # type: ignore[attr-defined]  # the fixed clock
        day = date(2026, month, 14)
        for system, row in (("erp", customer("A", tax_id=TAX)), ("crm", customer("Z", owner_user=owner, tax_id=tax))):
            publish(
                services, {"customers": [row]}, as_of=day, system=system, source=system, received=services.clock.now()
            )


def show(*arguments: str) -> dict[str, Any]:
    answer = CliRunner().invoke(app, ["show", *arguments, "--json"], catch_exceptions=False)
    return dict(json.loads(answer.stdout))


@pytest.mark.usefixtures("merged")
def test_the_number_of_a_customer_that_was_taken_over_leads_to_the_one_that_lives_on() -> None:
    by_old, by_new = show("customer", "Z"), show("customer", "A")

    assert by_old == by_new
    assert {row["account_id"] for row in by_old["accounts"]} == {"A", "Z"}
    assert [(row["customer_id"], row["basis"]) for row in by_old["merges"]] == [("Z", "registration_number")]


@pytest.mark.usefixtures("merged")
def test_what_was_known_at_the_end_of_a_day_is_shown_with_the_accounts_of_that_day() -> None:
    june, july = show("known", "Z", "--on", "2026-06-30"), show("known", "Z", "--on", "2026-07-31")

    assert (june["customer"]["owner_user"], [row["account_id"] for row in june["accounts"]]) == ("chen", ["Z"])
    assert (july["customer"]["owner_user"], len(july["accounts"])) == ("wang", 2)


@pytest.fixture
def tied(services: Services, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """P controls D, D controls E; F, outside, guarantees for D, which guarantees for G. D owes in dollars, E in a currency without a rate."""
    monkeypatch.setenv("RISKREVIEW_HOME", str(services.instance.home))
    monkeypatch.setenv("RISKREVIEW_DATABASE_URL", database_url)
    shipped = services.instance.configuration_file("policies", "portfolio.yaml").read_text("utf-8")
    (services.instance.home / "policies" / "portfolio.yaml").write_text(shipped + "group_limit: 1000\n", "utf-8")
    day = date(2026, 6, 30)
    publish(services, {"customers": [customer(name) for name in "PDEFG"]}, as_of=day)
    publish(
        services, {"fx_rates": [{"currency": "USD", "quote_currency": "CNY", "rate_date": day, "rate": 7}]}, as_of=day
    )
    publish(services, {"invoices": [
        invoice("1", "P", issued=day, amount=100), invoice("2", "D", issued=day, amount=200, currency="USD"),
        invoice("3", "F", issued=day, amount=900), invoice("4", "E", issued=day, amount=500, currency="BRL"),
    ]}, as_of=day)  # fmt: skip
    publish(services, {"relations": [
        {"relation_id": "1", "kind": "ownership", "customer_id": "D", "party_id": "P", "share_pct": 60},
        {"relation_id": "2", "kind": "ownership", "customer_id": "E", "party_id": "D", "share_pct": 60},
        {"relation_id": "3", "kind": "guarantee", "customer_id": "D", "party_id": "F", "amount": 50, "currency": "USD"},
        {"relation_id": "4", "kind": "guarantee", "customer_id": "G", "party_id": "D", "amount": 9, "currency": "CNY"},
    ]}, as_of=day)  # fmt: skip
    assess_portfolio(services, as_of=day, run_id=1)
    summarize_portfolio(services, as_of=day, run_id=2)


@pytest.mark.usefixtures("tied")
def test_a_group_is_shown_with_its_members_its_total_against_the_limit_and_guarantees_both_ways() -> None:
    found = show("group", "E")

    assert {row["customer_id"]: row["exposure"] for row in found["members"]} == {"P": 100, "D": 1400, "E": None}
    assert (found["group"]["exposure"], found["group"]["limit_used_pct"], found["group"]["currency"]) == (
        1500,
        150,
        "CNY",
    )
    assert sum(row["share_pct"] or 0 for row in found["members"]) == pytest.approx(100)
    guarantees = {
        (row["party_id"], row["customer_id"]): row["reporting_amount"]
        for row in found["relations"]
        if row["kind"] == "guarantee"
    }
    assert guarantees == {("F", "D"): 350, ("D", "G"): 9}
    assert [(row["exposure"], row["overdue"], row["in_part"]) for row in found["history"]] == [(1500, None, 1)]
    assert show("group", str(found["group"]["group_id"])) == found

    one = show("customer", "D")
    assert (one["group"]["group_id"], one["group"]["customers"]) == (found["group"]["group_id"], 3)
    assert len(one["relations"]) == 4
    assert one["customer"]["exposure"] == 1400, "a guarantee is shown and lowers nothing"
    told = show("portfolio", "--by", "group")
    assert (told["group"][0]["exposure"], told["group"][0]["overdue"]) == (1500, None)
    for grouping in ("class", "industry", "owner", "country", "segment", "largest"):
        assert sum(row["in_part"] for row in told[grouping]) == 1, grouping
    assert next(row["exposure"] for row in told["largest"] if row["customer_id"] == "E") is None
    assert (one["group"]["exposure"], one["group"]["in_part"]) == (1500, 1)
    for asked in (["customer", "D"], ["group", "E"]):
        assert "exposure 1,500.00 (without what has no exchange rate)" in " ".join(
            CliRunner().invoke(app, ["show", *asked], env={"COLUMNS": "300"}).stdout.split()
        )
    for asked in (["portfolio"], ["group", "E"]):
        assert "in a currency without a rate: 1." in CliRunner().invoke(app, ["show", *asked]).stdout
    words = {row["member"] for row in told["class"]}
    assert {row["risk_class"] for row in told["largest"]} <= words, (
        "classes are words, those of the summary's day, in every table"
    )

    ranked = show("customers", "--from-class", "unknown", "--how-many", "3")["customers"]
    assert [row["customer_id"] for row in ranked][:1] == ["D"], "the largest exposure of the worst class comes first"
    assert len(ranked) == 3
    assert all(row["why"] for row in ranked)
    assert show("customers", "--from-class", "default")["customers"] == []

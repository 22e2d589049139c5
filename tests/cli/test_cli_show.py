"""A customer is shown as it is, and as it was known at the end of an earlier day."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.facts.batches import customer, publish
from typer.testing import CliRunner

from riskreview.cli.app import app
from riskreview.foundation.services import Services

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

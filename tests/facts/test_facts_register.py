"""What was known of accounts and customers at an earlier moment stays what it was."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from tests.facts.batches import customer, invoice, publish
from tests.facts.test_facts_accounts import OTHER, TAX

from riskreview.facts.merging import merge_customers
from riskreview.facts.publishing_lock import one_publisher
from riskreview.facts.register import see_register
from riskreview.facts.results import Pins
from riskreview.facts.use_cases import current_pins
from riskreview.foundation.services import Services
from riskreview.indicators.compute import compute_indicators
from riskreview.policy.risk_policy import load_policy

JUNE, JULY = datetime(2026, 6, 30, tzinfo=UTC), datetime(2026, 7, 31, tzinfo=UTC)
D = date(2026, 6, 29)
ISSUED = date(2026, 3, 1)


def at(services: Services, moment: datetime) -> None:
    services.clock.moment = moment  # type: ignore[attr-defined]  # the fixed clock of the tests


def deliver(services: Services, system: str, *rows: dict[str, Any], day: date = D) -> None:
    bills = [invoice(f"I{row['customer_id']}", row["customer_id"], issued=ISSUED) for row in rows]
    publish(services, {"customers": list(rows), "invoices": bills}, as_of=day, system=system, source=f"{system}_feed",
            received=services.clock.now())  # fmt: skip


def known(services: Services, pins: Pins) -> dict[str, Any]:
    """Accounts with their customer's owner, and exposure by customer, as known under ``pins``."""
    frame = compute_indicators(services, pins=pins, as_of=date(2026, 6, 30), policy=load_policy(services.instance))
    with services.engine.begin() as connection:
        see_register(connection, pins)
        rows = connection.execute(
            text("SELECT a.account_id, c.customer_key, c.owner_user FROM known_account AS a"
                 " JOIN known_customer AS c ON c.customer_key = a.customer_key ORDER BY a.account_id")
        ).all()  # fmt: skip
    exposure = dict(zip(frame.customer_key.tolist(), frame.exposure.tolist(), strict=True))
    return {row.account_id: (row.customer_key, row.owner_user, exposure[row.customer_key]) for row in rows}


@pytest.fixture
def two_moments(services: Services) -> tuple[Services, dict[str, Any], Pins]:
    """In June A and Z are two customers; in July Z's owner changed, and both are one."""
    at(services, JUNE)
    deliver(services, "erp", customer("A", tax_id=TAX, owner_user="li"))
    deliver(services, "crm", customer("Z", owner_user="chen"))
    before, pins = known(services, current_pins(services)), current_pins(services)
    at(services, JULY)
    deliver(services, "crm", customer("Z", owner_user="wang", tax_id=TAX), day=D + timedelta(days=9))
    return services, before, pins


def test_pins_of_june_show_the_accounts_owners_and_figures_of_june(
    two_moments: tuple[Services, dict[str, Any], Pins],
) -> None:
    services, before, pins = two_moments

    assert {name: row[1:] for name, row in before.items()} == {"A": ("li", 100.0), "Z": ("chen", 100.0)}
    assert known(services, pins) == before
    assert known(services, Pins(current_pins(services).versions, JUNE)) == before
    now = known(services, current_pins(services))
    assert now["A"] == now["Z"]
    assert now["A"][1:] == ("wang", 200.0)


def test_pins_taken_while_a_merge_is_under_way_never_see_it(two_moments: tuple[Services, dict[str, Any], Pins]) -> None:
    services, _, _ = two_moments
    deliver(services, "shop", customer("S", tax_id=OTHER))
    with one_publisher(services), services.engine.begin() as connection:
        keys = connection.execute(text("SELECT DISTINCT customer_key FROM account ORDER BY 1")).scalars().all()
        merge_customers(connection, [(keys[0], keys[1])], basis="accepted_proposal", reference="proposal:1",
                        actor="li.wei", at=services.clock.now())  # fmt: skip
        pins = current_pins(services)
        during = known(services, pins)
    assert known(services, pins) == during
    assert known(services, current_pins(services)) != during


def test_repeating_a_delivery_adds_nothing_to_what_was_known(
    two_moments: tuple[Services, dict[str, Any], Pins],
) -> None:
    services, _, _ = two_moments
    count = "SELECT (SELECT count(*) FROM account_history) + (SELECT count(*) FROM customer_history)"
    with services.engine.connect() as connection:
        before = connection.execute(text(count)).scalar_one()
    version = current_pins(services).versions["accounts"]

    deliver(services, "crm", customer("Z", owner_user="wang", tax_id=TAX), day=D + timedelta(days=10))

    assert current_pins(services).versions["accounts"] == version
    with services.engine.connect() as connection:
        assert connection.execute(text(count)).scalar_one() == before > 0


@pytest.mark.parametrize("table", ["account_history", "customer_history"])
def test_what_was_known_cannot_be_rewritten(two_moments: tuple[Services, dict[str, Any], Pins], table: str) -> None:
    def refused(connection: Connection, statement: str) -> None:
        with pytest.raises(DBAPIError, match="never rewritten"), connection.begin_nested():
            connection.execute(text(statement))

    with two_moments[0].engine.begin() as connection:
        refused(connection, f"UPDATE {table} SET name = 'x'")  # noqa: S608  our own names
        refused(connection, f"DELETE FROM {table}")  # noqa: S608  our own names
        refused(connection, f"TRUNCATE {table}")


@pytest.mark.database
def test_the_planner_knows_a_first_load_before_the_server_counts_by_itself(services: Services) -> None:
    publish(services, {"customers": [customer(f"C{n}") for n in range(600)]}, as_of=D)
    with services.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT relname, reltuples FROM pg_class WHERE relname IN ('account', 'customer')")
        )
        assert {row.relname: row.reltuples for row in rows} == {"account": 600, "customer": 600}


@pytest.mark.database
def test_a_chinese_name_is_spelled_when_it_is_written_anew_when_it_changes_and_in_an_instance_from_before(
    services: Services,
) -> None:
    def spelled() -> dict[str, str]:
        with services.engine.connect() as connection:
            found = connection.execute(
                text("SELECT customer_id, spelled FROM customer JOIN customer_spelling USING (customer_key)")
            )
            return {row.customer_id: row.spelled for row in found}

    def write(day: int, **names: str) -> None:
        named = [customer(name, company=company) for name, company in names.items()]
        publish(services, {"customers": named}, as_of=D + timedelta(days=day))

    write(0, A="锐远银行", B="Plain Ltd", C="鹭汀")
    assert spelled() == {"A": "rui yuan yin hang", "C": "lu ting"}
    write(1, A="重庆锐远", C="Plain too")
    assert spelled() == {"A": "chong qing rui yuan"}
    with services.engine.begin() as connection:
        connection.execute(text("DELETE FROM customer_spelling"))
    write(2, B="Plainer Ltd")
    assert spelled() == {"A": "chong qing rui yuan"}

"""Customers that people or registration numbers show to be one legal entity."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.facts.batches import customer, invoice, publish
from tests.facts.test_facts_accounts import OTHER, TAX, grouping, open_amounts

from riskreview.facts.merging import Merge, merge_customers, survivors, undo_merge
from riskreview.facts.publishing_lock import one_publisher
from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.foundation.services import Services

D = date(2025, 6, 30)
ISSUED = date(2025, 3, 1)


def accept(services: Services, *pairs: tuple[str, str]) -> tuple[Merge, ...]:
    """Let a person accept that the customers of these accounts are one."""
    with one_publisher(services), services.engine.begin() as connection:
        keys: dict[str, int] = {
            row.account_id: row.customer_key
            for row in connection.execute(text("SELECT account_id, customer_key FROM account"))
        }
        return merge_customers(
            connection, [(keys[one], keys[other]) for one, other in pairs], basis="accepted_proposal",
            reference="proposal:1", actor="li.wei", at=services.clock.now(),
        )  # fmt: skip


def undo(services: Services, merge: Merge) -> None:
    with one_publisher(services), services.engine.begin() as connection:
        undo_merge(connection, merge.merge_id, actor="li.wei", reason="two plants", at=services.clock.now())


def deliver(services: Services, system: str, *rows: dict[str, Any], day: date = D) -> None:
    bills = [invoice(f"I{row['customer_id']}", row["customer_id"], issued=ISSUED) for row in rows]
    publish(services, {"customers": list(rows), "invoices": bills}, as_of=day, system=system, source=f"{system}_feed")


def actions(services: Services) -> list[tuple[str, str]]:
    with services.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT action, actor FROM audit_event WHERE subject_type IN ('customer', 'account') ORDER BY seq")
        )
        return [(row.action, row.actor) for row in rows]


@pytest.fixture
def portfolio(services: Services) -> Services:
    """Account A with a registration number in the ERP, K with the same in the bank, Z without one in the CRM."""
    deliver(services, "erp", customer("A", tax_id=TAX), customer("B"))
    deliver(services, "bank", customer("K", tax_id=TAX))
    deliver(services, "crm", customer("Z", owner_user="chen"))
    return services


def test_everything_connected_is_taken_over_by_the_smallest_key() -> None:
    assert survivors([(5, 9), (9, 3), (7, 8), (4, 4)]) == {5: 3, 8: 7, 9: 3}
    assert survivors([]) == {}


def test_an_accepted_proposal_makes_two_customers_one_with_all_their_figures_once(portfolio: Services) -> None:
    merges = accept(portfolio, ("Z", "A"))

    assert len(merges) == 1
    assert grouping(portfolio) == {frozenset({"erp/A", "bank/K", "crm/Z"}), frozenset({"erp/B"})}
    assert open_amounts(portfolio) == {"K+Z+A": 300.0, "B": 100.0}
    with portfolio.engine.connect() as connection:
        rows = connection.execute(text("SELECT customer_key, merged_into, owner_user FROM customer ORDER BY 1")).all()
    living, retired = {row.customer_key: row for row in rows}, {row.customer_key: row.merged_into for row in rows}
    assert retired[merges[0].retired] == merges[0].survivor
    assert living[merges[0].survivor].owner_user == "chen"
    assert accept(portfolio, ("Z", "A")) == ()
    assert actions(portfolio) == [("customer:merged", "li.wei")]


def test_a_retired_key_stands_for_the_customer_that_took_it_over(portfolio: Services) -> None:
    (first,) = accept(portfolio, ("Z", "A"))
    with one_publisher(portfolio), portfolio.engine.begin() as connection:
        other = connection.execute(text("SELECT customer_key FROM account WHERE account_id = 'B'")).scalar_one()
        merges = merge_customers(connection, [(first.retired, other)], basis="accepted_proposal", reference="proposal:2",
                                 actor="li.wei", at=portfolio.clock.now())  # fmt: skip
        rows = connection.execute(text("SELECT DISTINCT merged_into FROM customer WHERE merged_into IS NOT NULL"))
        assert rows.scalars().all() == [first.survivor]
    assert [(merge.retired, merge.survivor) for merge in merges] == [(other, first.survivor)]
    assert open_amounts(portfolio) == {"K+Z+A+B": 400.0}


def test_what_people_put_together_stays_together_when_a_registration_number_changes(portfolio: Services) -> None:
    accept(portfolio, ("Z", "A"))

    deliver(portfolio, "crm", customer("Z", tax_id=OTHER), day=D + timedelta(days=1))
    deliver(portfolio, "bank", customer("K", tax_id=OTHER[:-1]), day=D + timedelta(days=1))

    assert grouping(portfolio) == {frozenset({"erp/A", "crm/Z"}), frozenset({"bank/K"}), frozenset({"erp/B"})}
    assert actions(portfolio)[1:] == [("account:separated", "system:facts")]


def test_a_registration_number_that_joins_one_account_brings_the_accounts_bound_to_it(portfolio: Services) -> None:
    deliver(portfolio, "shop", customer("S", tax_id=OTHER))
    accept(portfolio, ("Z", "B"))

    deliver(portfolio, "crm", customer("Z", tax_id=OTHER), day=D + timedelta(days=1))

    assert grouping(portfolio) == {frozenset({"erp/B", "crm/Z", "shop/S"}), frozenset({"erp/A", "bank/K"})}


def test_taking_a_merge_back_separates_what_it_brought_and_nothing_else(portfolio: Services) -> None:
    (first,) = accept(portfolio, ("Z", "A"))
    accept(portfolio, ("B", "A"))

    undo(portfolio, first)

    assert grouping(portfolio) == {frozenset({"erp/A", "bank/K", "erp/B"}), frozenset({"crm/Z"})}
    assert open_amounts(portfolio) == {"K+A+B": 300.0, "Z": 100.0}
    with pytest.raises(RuleViolation, match="taken back before"):
        undo(portfolio, first)


def test_a_merge_by_registration_number_is_corrected_in_its_source_not_taken_back(portfolio: Services) -> None:
    deliver(portfolio, "crm", customer("Z", tax_id=TAX), day=D + timedelta(days=1))
    with portfolio.engine.connect() as connection:
        merge = connection.execute(text("SELECT merge_id, retired, survivor FROM customer_merge")).one()
    with pytest.raises(RuleViolation, match="registration number"):
        undo(portfolio, Merge(*merge))
    assert actions(portfolio) == [("customer:merged", "system:facts")]


def test_customers_that_all_changed_their_number_apart_keep_the_old_customer_for_one_of_them(
    services: Services,
) -> None:
    deliver(services, "erp", customer("A", tax_id=TAX), customer("B", tax_id=TAX))
    deliver(services, "erp", customer("A", tax_id=OTHER), customer("B", tax_id=OTHER[:-1]), day=D + timedelta(days=1))
    assert grouping(services) == {frozenset({"erp/A"}), frozenset({"erp/B"})}
    with services.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM customer WHERE merged_into IS NOT NULL")).scalar_one() == 0


def test_an_unknown_customer_is_named(services: Services) -> None:
    with one_publisher(services), services.engine.begin() as connection, pytest.raises(NotFound, match="customer 77"):
        merge_customers(connection, [(77, 78)], basis="accepted_proposal", reference="proposal:1", actor="li.wei",
                        at=services.clock.now())  # fmt: skip

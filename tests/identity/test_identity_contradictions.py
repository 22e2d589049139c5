"""What two systems say differently about one customer."""

from datetime import date
from functools import partial

import pytest
from tests.facts.batches import customer, publish
from tests.facts.test_facts_accounts import TAX

from riskreview.facts.use_cases import current_pins
from riskreview.foundation.services import Services
from riskreview.groups.ties import read_ties
from riskreview.identity.contradictions import disagree, find_contradictions, same_company
from riskreview.identity.owners import Told, contradictory
from riskreview.identity.wording import contradiction

D = date(2025, 6, 30)
BELOW = 0.5


@pytest.mark.database
def test_systems_that_disagree_are_reported_by_attribute(services: Services) -> None:
    publish(
        services,
        {
            "customers": [
                customer("A", tax_id=TAX, company="Nordlicht Maschinenbau GmbH", payment_terms_days=30, country="DE")
            ]
        },
        as_of=D,
    )
    publish(services, {"customers": [customer("X", tax_id=TAX, company="Nordlicht Maschinenbau", payment_terms_days=90, country="DE")]},
            as_of=D, system="crm", source="crm_feed")  # fmt: skip
    found = find_contradictions(services, as_of=D)
    assert [(item.attribute, dict(item.values)) for item in found] == [
        ("payment_terms_days", {"crm": "90", "erp": "30"})
    ]


def limit(account: str, amount: float, **more: object) -> dict[str, object]:
    return {
        "customer_id": account,
        "credit_area": "all",
        "valid_from": D,
        "limit_amount": amount,
        "currency": "CNY",
        **more,
    }


def says(system: str, owner: str, name: str, share: float) -> Told:
    return Told(system, owner, name, share)


@pytest.mark.parametrize(("told", "expected"), [
    ([says("crm", "1", "Alpha Chemie", 60), says("erp", "2", "Blue Ocean Seafood", 55)], ("majority_owner", {"crm", "erp"})),
    ([says("crm", "1", "Alpha Chemie", 60), says("erp", "1", "Alpha Chemie", 55)], None),
    ([says("crm", "crm:7", "Nordlicht Maschinenbau GmbH", 60), says("erp", "erp:9", "Nordlicht Maschinenbau", 60)], None),
    ([says("erp", "1", "Alpha Chemie", 45), says("erp", "2", "Blue Ocean Seafood", 40), says("crm", "3", "Grand Hotel", 30)],
     ("ownership_shares", {"crm", "erp"})),
    ([says("erp", "1", "Alpha Chemie", 48), says("erp", "2", "Blue Ocean Seafood", 50), says("erp", "3", "Grand Hotel", 49)],
     ("ownership_shares", {"erp"})),
    ([says("crm", "1", "Alpha Chemie", 50), says("erp", "1", "Alpha Chemie", 50), says("erp", "2", "Blue Ocean Seafood", 50.2)], None),
])  # fmt: skip
def test_owners_that_cannot_all_be_are_a_contradiction(told: list[Told], expected: object) -> None:
    found = [(attribute, set(values)) for attribute, values in contradictory(told, partial(same_company, below=BELOW))]

    assert found == ([] if expected is None else [expected])


@pytest.mark.database
def test_systems_that_name_different_majority_owners_are_a_contradiction_in_both_languages(services: Services) -> None:
    def owner(number: str, owned: str, name: str, share: float) -> dict[str, object]:
        return {
            "relation_id": number,
            "customer_id": owned,
            "kind": "ownership",
            "party_id": number,
            "party_name": name,
            "share_pct": share,
        }

    publish(services, {"customers": [customer("A", tax_id=TAX), customer("B")]}, as_of=D)
    publish(services, {"customers": [customer("X", tax_id=TAX)]}, as_of=D, system="crm", source="crm_feed")
    publish(
        services, {"relations": [owner("P1", "A", "Alpha Chemie", 60), owner("P2", "B", "Alpha Chemie", 70)]}, as_of=D
    )
    publish(
        services, {"relations": [owner("P1", "X", "Blue Ocean Seafood", 70)]}, as_of=D, system="crm", source="crm_ties"
    )
    read_ties(services, pins=current_pins(services), as_of=D, keep=True)

    (found,) = find_contradictions(services, as_of=D)

    assert (found.attribute, set(found.values)) == ("majority_owner", {"crm", "erp"})
    assert contradiction(found.attribute, [*found.values], "en") == "crm and erp give different majority owners"
    assert contradiction("ownership_shares", ["erp"], "zh") == "erp 所列股东的持股比例合计超过 100 %"


@pytest.mark.database
def test_limits_that_differ_between_systems_are_a_contradiction_and_those_of_one_system_are_added_up(
    services: Services,
) -> None:
    names = {"A": TAX, "B": "TAX-B-0001"}
    publish(
        services, {"customers": [customer(name, tax_id=tax, company="One") for name, tax in names.items()]}, as_of=D
    )
    publish(services, {"customers": [customer(f"X{name}", tax_id=tax, company="One") for name, tax in names.items()]}, as_of=D,
            system="crm", source="crm")  # fmt: skip
    publish(
        services, {"credit_limits": [limit("A", 600), limit("A", 400, credit_area="more"), limit("B", 700)]}, as_of=D
    )
    assert find_contradictions(services, as_of=D) == ()

    publish(services, {"credit_limits": [limit("XA", 1000), limit("XB", 900)]}, as_of=D, system="crm", source="limits")
    found = find_contradictions(services, as_of=D)
    assert [(item.attribute, dict(item.values)) for item in found] == [
        ("credit_limit", {"erp": "700.00", "crm": "900.00"})
    ]
    assert find_contradictions(services, as_of=date(2025, 6, 29)) == ()


def test_two_spellings_are_one_company_and_two_companies_are_not() -> None:
    assert same_company("Nordlicht Maschinenbau GmbH", "NORDLICHT  Maschinenbau Gmbh", BELOW)
    assert same_company("杭州某某贸易有限公司", "Hangzhou Moumou Trading", BELOW)
    assert not same_company("Nordlicht Maschinenbau GmbH", "Blue Ocean Seafood Ltd", BELOW)
    assert not same_company("杭州宏达贸易有限公司", "上海远信电子有限公司", BELOW)


def test_what_differs_is_a_contradiction_and_another_kind_of_number_is_none() -> None:
    assert disagree("status", {"a": "active", "b": "blocked"}, BELOW)
    assert not disagree("owner_user", {"a": "Li Wei", "b": "li wei "}, BELOW)
    assert disagree("registration_number", {"a": "de.vat:DE1", "b": "de.vat:DE2"}, BELOW)
    assert not disagree("registration_number", {"a": "de.vat:DE1", "b": "lei:5493"}, BELOW)

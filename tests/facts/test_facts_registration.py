"""Registration numbers: typed, checked, compared in one spelling; an invalid or doubted one joins nobody."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from tests.facts.batches import customer, publish
from tests.facts.test_facts_accounts import grouping

from riskreview.facts.doubts import doubt_numbers
from riskreview.facts.publishing_lock import one_publisher
from riskreview.facts.registration import kind_label, problem, read_number
from riskreview.foundation.services import Services

D = date(2025, 6, 30)
GOOD, WRONG = "91110000600037341L", "91110000600037341M"

VALID = [
    ("9111 0000 6000 37341l", None, "cn.uscc", GOOD),
    (GOOD, "CN", "cn.uscc", GOOD),
    ("549300LBI3LRIZ2V8V66", "FR", "lei", "549300LBI3LRIZ2V8V66"),
    ("DE 136,695 976", None, "de.vat", "DE136695976"),
    ("136 695 976", "DE", "de.vat", "DE136695976"),
    ("DE136695976", "HK", "de.vat", "DE136695976"),
    ("FR 40 303 265 045", None, "fr.tva", "FR303265045"),
    ("303 265 045", "FR", "fr.siren", "FR303265045"),
    ("16.727.230/0001-97", "BR", "br.cnpj", "16727230000197"),
    ("988 077 917 MVA", "NO", "no.mva", "NO988077917"),
    ("988077917", "NO", "no.orgnr", "NO988077917"),
    ("CHE-100.155.212 MWST", "CH", "ch.vat", "CH100155212"),
    ("12892312-2-41", "HU", "hu.anum", "HU12892312"),
    ("27AAPFU0939F1ZV", "IN", "in.gstin", "AAPFU0939F"),
    ("７０１０００１００８８４４", "JP", "jp.cn", "7010001008844"),
]


@pytest.mark.parametrize(("written", "country", "kind", "key"), VALID)
def test_a_number_is_typed_checked_and_compared_in_one_spelling(written, country, kind, key):
    found = read_number(written, country)

    assert found is not None
    assert (found.kind, found.key, found.is_valid) == (kind, key, True)


@pytest.mark.parametrize(
    ("written", "country"),
    [(WRONG, None), (WRONG, "CN"), ("549300LBI3LRIZ2V8V67", None), ("DE136695977", None), ("136695977", "DE"),
     ("16.727.230/0001-98", "BR")],
)  # fmt: skip
def test_a_number_of_a_known_shape_with_a_wrong_check_digit_is_invalid(written, country):
    found = read_number(written, country)

    assert found is not None
    assert found.is_valid is False
    assert "check digit" in problem(found.kind, written, "en")
    assert "校验位" in problem(found.kind, written, "zh")


@pytest.mark.parametrize("written", ["000000000000", "12", "n/a", "------"])
def test_a_placeholder_is_no_number(written):
    assert read_number(written, "CN") is None


@pytest.mark.parametrize(
    ("written", "country"), [("HRB 12345", "DE"), ("91-3301 0678ABCD", None), ("12-3456789", "US")]
)
def test_what_cannot_be_checked_is_neither_valid_nor_invalid(written, country):
    found = read_number(written, country)

    assert found is not None
    assert found.is_valid is None
    assert kind_label(found.kind, "en")


def deliver(services: Services, system: str, *rows, day: date = D) -> None:
    publish(services, {"customers": list(rows)}, as_of=day, system=system, source=f"{system}_feed")


def test_an_invalid_number_joins_nobody_and_is_shown_as_invalid(services: Services):
    deliver(services, "erp", customer("A", tax_id=WRONG))
    deliver(services, "crm", customer("X", tax_id=WRONG.lower()))

    assert grouping(services) == {frozenset({"erp/A"}), frozenset({"crm/X"})}
    with services.engine.connect() as connection:
        rows = connection.execute(text("SELECT tax_id, tax_key, number_kind, number_is_valid FROM account ORDER BY 1"))
        assert {tuple(row)[1:] for row in rows} == {(None, "cn.uscc", False)}


def test_two_spellings_of_one_tax_number_are_one_customer(services: Services):
    deliver(services, "erp", customer("A", tax_id="303265045", country="FR"))
    deliver(services, "crm", customer("X", tax_id="FR40303265045"), customer("Y", tax_id="136695976", country="DE"))
    deliver(services, "bank", customer("K", tax_id="DE 136.695.976"))

    assert grouping(services) == {frozenset({"erp/A", "crm/X"}), frozenset({"crm/Y", "bank/K"})}


def test_a_typing_mistake_in_a_known_number_separates_nothing(services: Services):
    deliver(services, "erp", customer("A", tax_id=GOOD))
    deliver(services, "crm", customer("X", tax_id=GOOD))

    deliver(services, "crm", customer("X", tax_id=WRONG), day=D + timedelta(days=1))

    assert grouping(services) == {frozenset({"erp/A", "crm/X"})}
    with services.engine.connect() as connection:
        row = connection.execute(text("SELECT tax_id, number_is_valid FROM account WHERE account_id = 'X'")).one()
    assert tuple(row) == (WRONG, False)


def test_a_doubted_number_joins_its_account_to_nobody_until_it_carries_another(services: Services):
    deliver(services, "erp", customer("A", tax_id=GOOD))
    deliver(services, "crm", customer("X", tax_id=GOOD), customer("Y", tax_id=GOOD))
    with one_publisher(services), services.engine.begin() as connection:
        key = connection.execute(text("SELECT account_key FROM account WHERE account_id = 'X'")).scalar_one()
        doubt_numbers(connection, [key], actor="li.wei", reason="number of its parent", at=services.clock.now())

    deliver(services, "crm", customer("X", tax_id=GOOD.lower(), country="CN"), day=D + timedelta(days=1))
    assert grouping(services) == {frozenset({"erp/A", "crm/Y"}), frozenset({"crm/X"})}

    deliver(services, "bank", customer("K", tax_id="DE136695976"))
    deliver(services, "crm", customer("X", tax_id="DE136695976"), day=D + timedelta(days=2))
    assert grouping(services) == {frozenset({"erp/A", "crm/Y"}), frozenset({"crm/X", "bank/K"})}
    with services.engine.connect() as connection:
        actions = connection.execute(text("SELECT action FROM audit_event WHERE actor = 'li.wei'")).scalars().all()
    assert actions == ["account:number_doubted"]

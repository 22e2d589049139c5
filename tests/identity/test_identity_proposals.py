"""Proposals: likely one customer, never merged by likeness; a person decides, is remembered, and can take it back."""

import itertools
from datetime import date, timedelta

import pytest
from tests.facts.batches import customer, publish
from tests.facts.test_facts_accounts import grouping

from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.identity.decisions import accept, list_proposals, refuse, split
from riskreview.identity.proposals import propose
from riskreview.identity.results import IdentityCounts
from riskreview.identity.wording import crowded, why
from riskreview.policy.team import load_team

D = date(2025, 6, 30)
VALID, OTHER_VALID, WRONG = "91110000600037341L", "DE136695976", "91110000600037341M"
REASON = "seen in both registers"


def deliver(services: Services, system: str, *rows, day: date = D) -> None:
    publish(services, {"customers": list(rows)}, as_of=day, system=system, source=f"{system}_feed")


def account(name: str, company: str, **more):
    return customer(name, company=company, **{"country": "DE", **more})


def pairs(services: Services, state: str | None = "proposed") -> set[frozenset[str]]:
    return {frozenset({item.first_id, item.second_id}) for item in list_proposals(services, state=state)}


def person(services: Services, role: str) -> str:
    return next(item.id for item in load_team(services.instance).persons if role in item.roles)


@pytest.fixture
def portfolio(services: Services) -> Services:
    """A in the ERP is X in the CRM under another spelling; B shares a telephone with Y; C and Z are strangers to all."""
    deliver(services, "erp", account("A", "Kronos Altair Handels GmbH", tax_id=OTHER_VALID),
            account("B", "Wegatech Industries GmbH", phone="+49 30 1234 5678"), account("C", "Nordlicht Seafood GmbH"))  # fmt: skip
    deliver(services, "crm", account("X", "KRONOS ALTAIR Handel GmbH"), account("Y", "Wegetech Industrie", phone="030/12345678"),
            account("Z", "Blue Ocean Bakery Ltd", country="GB"))  # fmt: skip
    return services


def test_likely_pairs_are_proposed_once_and_nothing_is_merged(portfolio: Services):
    found = propose(portfolio)

    assert (found.compared, found.proposed) == (6, 2)
    assert pairs(portfolio) == {frozenset("AX"), frozenset("BY")}
    assert len(grouping(portfolio)) == 6
    assert propose(portfolio) == IdentityCounts()


def test_a_blank_that_was_lost_hides_nobody_wherever_the_words_stand_in_the_alphabet(services: Services):
    deliver(services, "erp", account("A", "Seriva Ningbo S.A."), account("B", "Larsen Halta Foods Inc"))
    deliver(services, "crm", account("X", "SerivanNingbo S.A."), account("Y", "arsen HaltaFoods Inc"))

    propose(services)

    assert pairs(services) == {frozenset("AX"), frozenset("BY")}


def test_a_proposal_says_why_in_both_languages(portfolio: Services):
    propose(portfolio)

    by_id = {item.first_id: item for item in list_proposals(portfolio)}
    assert "one telephone number" in why(by_id["B"].evidence, "en")
    assert "电话相同" in why(by_id["B"].evidence, "zh")
    assert "12345678" not in str(by_id["B"].evidence)


def test_an_accepted_proposal_merges_and_a_split_takes_it_back_for_good(portfolio: Services):
    propose(portfolio)
    number = next(item.proposal_id for item in list_proposals(portfolio) if item.first_id == "A")

    accept(portfolio, proposal_id=number, actor=person(portfolio, "risk_owner"), reason=REASON)
    assert frozenset({"erp/A", "crm/X"}) in grouping(portfolio)
    propose(portfolio)

    split(portfolio, proposal_id=number, actor=person(portfolio, "risk_owner"), reason=REASON)
    assert len(grouping(portfolio)) == 6
    assert propose(portfolio).proposed_again == 0
    assert pairs(portfolio, "split") == {frozenset("AX")}


def test_a_refused_pair_comes_back_only_on_other_evidence(portfolio: Services):
    propose(portfolio)
    number = next(item.proposal_id for item in list_proposals(portfolio) if item.first_id == "B")
    refuse(portfolio, proposal_id=number, actor=person(portfolio, "data_engineer"), reason=REASON)

    deliver(portfolio, "crm", account("Y", "Wegetech Industrie", phone="(030) 1234-5678"), day=D + timedelta(days=1))
    propose(portfolio)
    assert frozenset("BY") not in pairs(portfolio)

    deliver(portfolio, "crm", account("Y", "Wegatech Industries GmbH"), day=D + timedelta(days=2))
    assert propose(portfolio).proposed_again == 1
    assert frozenset("BY") in pairs(portfolio)


def test_a_proposal_is_withdrawn_when_the_facts_change(portfolio: Services):
    propose(portfolio)

    deliver(portfolio, "crm", account("X", "Kronos Altair Handels GmbH", tax_id=OTHER_VALID),
            account("Y", "Zephyr Optics", phone="030 999 88 77 66"), day=D + timedelta(days=1))  # fmt: skip
    assert propose(portfolio).withdrawn == 2
    assert pairs(portfolio) == set()


def test_two_valid_numbers_of_one_kind_are_two_customers_however_alike_the_names(services: Services):
    deliver(services, "erp", account("A", "Kronos Altair GmbH", tax_id=OTHER_VALID))
    deliver(services, "crm", account("X", "Kronos Altair GmbH", tax_id="DE900000006"))

    assert propose(services).proposed == 0


def test_an_invalid_number_that_both_carry_is_evidence(services: Services):
    deliver(services, "erp", customer("A", company="上海宏达贸易有限公司", tax_id=WRONG))
    deliver(services, "crm", customer("X", company="Shanghai Hongda Trading", tax_id=WRONG))

    assert propose(services).proposed == 1
    assert list_proposals(services)[0].evidence["shared"] == ["number"]


def test_strangers_who_share_a_number_nothing_proves_are_kept_apart_and_proposed(services: Services):
    deliver(services, "erp", account("A", "Nordlicht Maschinenbau GmbH", tax_id="HRB 12345"))
    deliver(
        services,
        "crm",
        account("X", "Nordlicht Maschinenbau", tax_id="HRB-12345"),
        account("Y", "Blue Ocean Seafood Ltd", tax_id="HRB 12345"),
    )
    deliver(services, "bank", account("K", "Blue Ocean Seafood Ltd", tax_id=VALID, country="CN"),
            account("L", "Kronos Altair", tax_id=VALID, country="CN"))  # fmt: skip

    assert propose(services).doubted == 1
    assert grouping(services) == {frozenset({"erp/A", "crm/X"}), frozenset({"crm/Y"}), frozenset({"bank/K", "bank/L"})}


def test_what_too_many_share_is_named_and_its_value_is_not(services: Services):
    towns = (
        "Aachen",
        "Bergen",
        "Cadiz",
        "Dover",
        "Essen",
        "Faro",
        "Genua",
        "Halle",
        "Imola",
        "Jena",
        "Kiel",
        "Lodz",
        "Metz",
        "Nancy",
    )
    deliver(services, "erp", *(account(str(n), f"{one} {other} Werk", phone="030 5555 4444")
                               for n, (one, other) in enumerate(itertools.combinations(towns, 2))))  # fmt: skip

    found = propose(services)

    [crowd] = [crowd for crowd in found.largest if crowd.shared == "phone"]
    assert crowd.accounts == 91
    assert found.crowds >= 1
    assert crowded(crowd, "en").startswith("91 accounts share a telephone number")
    assert crowded(crowd, "zh").startswith("91 个账户共用同一电话")
    assert "5555" not in str(crowd)


def test_only_those_who_may_decide_and_say_why(portfolio: Services):
    propose(portfolio)
    number = list_proposals(portfolio)[0].proposal_id

    with pytest.raises(RuleViolation, match="only data_engineer"):
        accept(portfolio, proposal_id=number, actor=person(portfolio, "auditor"), reason=REASON)
    with pytest.raises(RuleViolation, match="ten characters"):
        refuse(portfolio, proposal_id=number, actor=person(portfolio, "risk_owner"), reason="no")
    with pytest.raises(RuleViolation, match="no person"):
        refuse(portfolio, proposal_id=number, actor="nobody", reason=REASON)
    with pytest.raises(NotFound, match="no identity proposal"):
        refuse(portfolio, proposal_id=999, actor=person(portfolio, "risk_owner"), reason=REASON)

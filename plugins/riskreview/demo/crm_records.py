"""Owns the records of the two CRM systems, as their interfaces show them: accounts, contacts and visits of Fxiaoke and of Zoho."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from riskreview.crm.emulator import fxiaoke_seed, zoho_seed
from riskreview.crm.emulator.fxiaoke_data import EMPLOYEES
from riskreview.crm.emulator.fxiaoke_seed import DAY_MS, SHANGHAI_MS
from riskreview.crm.emulator.keeping import Kept, write_records
from riskreview.crm.emulator.zoho import USERS
from riskreview.demo.dossier_files import leaders
from riskreview.demo.ledger_files import Rows
from riskreview.demo.population import Ints, Population
from riskreview.demo.texts import EPOCH, day_number

FOLDER = "crm"
COUNTRIES = {
    "CN": "China", "DE": "Germany", "US": "United States", "GB": "United Kingdom", "FR": "France", "SG": "Singapore",
    "NL": "Netherlands", "IT": "Italy", "HK": "Hong Kong", "MX": "Mexico", "VN": "Vietnam", "AT": "Austria", "IE": "Ireland",
    "MM": "Myanmar",
}  # fmt: skip
TITLES = {
    "fxiaoke": {"ceo": "总经理", "cfo": "财务总监", "auditor": "审计机构"},
    "zoho": {"ceo": "CEO", "cfo": "CFO", "auditor": "Auditor"},
}
"""What each CRM calls the people who lead a customer."""


def write_crms(folder: Path, people: Population, visits: Rows, rng: np.random.Generator, day: date) -> None:
    """Write what each CRM holds on a day, one file each, for the emulator that stands for it.

    :param visits: entries of the dossier that belong into a CRM.
    """
    today = day_number(day)
    write_records(folder / "fxiaoke.jsonl", list(_fxiaoke(people, visits, rng, today)))
    write_records(folder / "zoho.jsonl", list(_zoho(people, visits, rng, today)))


def fxiaoke_customers(people: Population) -> Ints:
    """Return the customers Fxiaoke knows: those at home, and every planted contradiction."""
    return np.flatnonzero(people.in_crm & ((people.country == "CN") | (people.case == "contradiction")))


def zoho_customers(people: Population) -> Ints:
    """Return the customers Zoho knows: those abroad, and every second planted contradiction."""
    planted = people.having("contradiction")[::2]
    return np.union1d(np.flatnonzero(people.in_crm & (people.country != "CN")), planted)


def fxiaoke_id(code: str) -> str:
    """Return the record id of an account: 24 hexadecimal digits."""
    return hashlib.sha256(f"fxiaoke {code}".encode()).hexdigest()[:24]


def zoho_id(code: str) -> str:
    """Return the record id of an account."""
    return f"55000000{int(code):011d}"


def _fxiaoke(people: Population, visits: Rows, rng: np.random.Generator, today: int) -> Iterator[Kept]:
    known = fxiaoke_customers(people).tolist()
    for place in known:
        yield _in_fxiaoke("AccountObj", fxiaoke_id(people.code[place]), _fxiaoke_account(people, place), people.owner[place],
                          today - 1 - place % 90)  # fmt: skip
    number = 0
    for place in known:
        for role, first, last in leaders(people, place, rng, today):
            number += 1
            values = {"name": f"联系人 {number}", "account_id": fxiaoke_id(people.code[place]), "job_title__c": TITLES["fxiaoke"][role],
                      "start_date__c": _shanghai(first)}  # fmt: skip
            values |= {"end_date__c": _shanghai(last)} if last >= 0 else {}
            yield _in_fxiaoke("ContactObj", f"{number:024x}", values, people.owner[place], today - 1 - place % 90)
    codes = {people.code[place] for place in known}
    for entry, code, _kind, finding, on, person, *_ in (row for row in visits if row[1] in codes):
        visited = day_number(date.fromisoformat(on))
        values = {
            "name": f"拜访 {entry}",
            "account_id__c": fxiaoke_id(code),
            "visited_on__c": _shanghai(visited),
            "visit_finding__c": finding,
        }
        yield _in_fxiaoke("ActiveRecordObj", f"a{int(entry[2:]):023x}", values, person, visited)


def _in_fxiaoke(name: str, record_id: str, values: dict[str, Any], owner: str, day: int) -> Kept:  # JSON has any shape
    at = _moment(day)
    return Kept(name, record_id, at, fxiaoke_seed.stamped(record_id, values, at, owner))


def _fxiaoke_account(people: Population, place: int) -> dict[str, object]:
    """Return the custom fields of this company, with what Fxiaoke lacks or says differently of the planted customers."""
    level = "A" if people.sales[place] > 2_000_000 else "B" if people.sales[place] > 700_000 else "C"
    account: dict[str, object] = {
        "name": people.name[place], "account_no": people.code[place], "account_level": level, "industry__c": people.industry[place],
        "country__c": people.country[place], "credit_code__c": _as_typed(people.registration[place], place),
        "onboard_date__c": _shanghai(int(people.onboarded[place])), "payment_terms_days__c": str(people.terms[place]),
        "order_hold__c": False,
    }  # fmt: skip
    return account | _contradiction(people, place) | _duplicate(people, place)


def _as_typed(registration: str, place: int) -> str:
    """Return the number as salespeople type it: some in small letters, some with blanks."""
    if place % 11 == 0:
        return registration.lower()
    return f"{registration[:2]} {registration[2:8]} {registration[8:]}" if place % 7 == 0 else registration


def _duplicate(people: Population, place: int) -> dict[str, object]:
    """What Fxiaoke lacks of the planted duplicates, whom it knows by name alone, with the legal form written in another way."""
    if people.case[place] != "duplicate":
        return {}
    return {"credit_code__c": "", "account_no": "", "name": people.name[place].replace("有限公司", "有限责任公司")}


def _contradiction(people: Population, place: int) -> dict[str, object]:
    """What Fxiaoke says differently about the planted customers: another industry, another country, or a closed account."""
    if people.case[place] != "contradiction":
        return {}
    variants: tuple[dict[str, object], ...] = (
        {"industry__c": "K70", "life_status": "invalid"},
        {"country__c": "HK" if people.country[place] != "HK" else "CN", "industry__c": "K70"},
    )
    return variants[int(np.searchsorted(people.having("contradiction"), place)) % len(variants)]


def _zoho(people: Population, visits: Rows, rng: np.random.Generator, today: int) -> Iterator[Kept]:
    known, elsewhere = zoho_customers(people).tolist(), set(fxiaoke_customers(people).tolist())
    for place in known:
        created = _moment(int(people.onboarded[place]))
        yield _in_zoho("Accounts", zoho_id(people.code[place]), _zoho_account(people, place), people.owner[place], today - 1 - place % 90,
                       created=created)  # fmt: skip
    number = 0
    for place in (item for item in known if item not in elsewhere):
        for role, first, last in leaders(people, place, rng, today):
            number += 1
            values = {"Last_Name": f"Contact {number}", "Account_Name": _account_link(people.code[place]), "Title": TITLES["zoho"][role],
                      "Since": _iso(first), "Until": _iso(last) if last >= 0 else None}  # fmt: skip
            yield _in_zoho("Contacts", f"56{number:017d}", values, people.owner[place], today - 1 - place % 90)
    codes = {people.code[place] for place in known if place not in elsewhere}
    for entry, code, _kind, finding, on, person, *_ in (row for row in visits if row[1] in codes):
        values = {
            "Event_Title": f"Visit {entry}",
            "Start_DateTime": f"{on}T10:00:00+08:00",
            "Visit_Finding": finding,
            "What_Id": _account_link(code),
        }
        yield _in_zoho("Events", f"57{int(entry[2:]):017d}", values, person, day_number(date.fromisoformat(on)))


def _in_zoho(
    name: str, record_id: str, values: dict[str, Any], owner: str, day: int, *, created: datetime | None = None
) -> Kept:  # JSON has any shape
    at = _moment(day)
    person = next(item for item in USERS if item["full_name"] == EMPLOYEES[owner])
    return Kept(name, record_id, at, zoho_seed.stamped(record_id, values, at, person, created=created or at))


def _zoho_account(people: Population, place: int) -> dict[str, object]:
    return {
        "Account_Name": people.name[place], "Account_Number": people.code[place], "Billing_Country": _zoho_country(people, place),
        "Industry_Code": people.industry[place], "Registration_Number": _as_typed(people.registration[place], place),
        "Rating": "Active", "Payment_Terms_Days": int(people.terms[place]), "Order_Hold": False,
    }  # fmt: skip


def _zoho_country(people: Population, place: int) -> str:
    if people.case[place] == "contradiction":
        return "Singapore" if people.country[place] != "SG" else "Germany"
    return COUNTRIES[people.country[place]]


def _account_link(code: str) -> dict[str, str]:
    return {"name": code, "id": zoho_id(code)}


def _moment(day: int) -> datetime:
    """Return nine o'clock of a day."""
    return datetime(1970, 1, 1, 9, tzinfo=UTC) + timedelta(days=day)


def _iso(day: int) -> str:
    return (EPOCH + timedelta(days=day)).isoformat()


def _shanghai(day: int) -> int:
    """Return a day as Fxiaoke writes it: midnight in Shanghai, in milliseconds."""
    return day * DAY_MS - SHANGHAI_MS

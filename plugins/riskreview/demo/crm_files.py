"""Owns the extracts of the two CRM systems: accounts of Fxiaoke as JSON lines, accounts of Zoho as CSV with byte order mark."""

import hashlib
import json
from pathlib import Path

import numpy as np

from riskreview.demo.population import Ints, Population
from riskreview.demo.texts import day_texts, write_csv

COUNTRIES = {
    "CN": "China", "DE": "Germany", "US": "United States", "GB": "United Kingdom", "FR": "France", "SG": "Singapore",
    "NL": "Netherlands", "IT": "Italy", "HK": "Hong Kong", "MX": "Mexico", "VN": "Vietnam", "AT": "Austria", "IE": "Ireland",
    "MM": "Myanmar",
}  # fmt: skip
OWNER_NAMES = {"1001": "Lin Yue", "1002": "Anna Vogel", "1003": "Chen Bo", "1004": "Marta Ruiz"}
_DAY_MS = 86_400_000


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
    return f"zcrm_55000000{int(code):011d}"


def fxiaoke_account(people: Population, place: int, today: int) -> dict[str, object]:
    """Return one account as Fxiaoke exports it, with the custom fields of this company."""
    level = "A" if people.sales[place] > 2_000_000 else "B" if people.sales[place] > 700_000 else "C"
    account: dict[str, object] = {
        "_id": fxiaoke_id(people.code[place]), "name": people.name[place], "account_no": people.code[place],
        "owner": [people.owner[place]], "owner__r": _employee(people.owner[place]), "life_status": "normal", "lock_status": "0", "record_type": "default__c",
        "account_level": level, "industry__c": people.industry[place], "country__c": people.country[place],
        "credit_code__c": _as_typed(people.registration[place], place), "onboard_date__c": day_texts(people.onboarded[place : place + 1])[0],
        "last_modified_time": (today - place % 90) * _DAY_MS, "is_deleted": False,
    }  # fmt: skip
    return account | _contradiction(people, place) | _duplicate(people, place)


def _as_typed(registration: str, place: int) -> str:
    """Return the number as salespeople type it: some in small letters, some with blanks."""
    if place % 11 == 0:
        return registration.lower()
    return f"{registration[:2]} {registration[2:8]} {registration[8:]}" if place % 7 == 0 else registration


def _employee(number: str) -> dict[str, str]:
    """The owner's own record, which Fxiaoke puts beside the list of owners."""
    return {"employee_number": number, "name": OWNER_NAMES[number]}


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


def write_fxiaoke(path: Path, people: Population, today: int) -> int:
    """Write the accounts of Fxiaoke; returns their number."""
    accounts = [fxiaoke_account(people, int(place), today) for place in fxiaoke_customers(people)]
    write_json_lines(path, accounts)
    return len(accounts)


def write_zoho(path: Path, people: Population) -> int:
    """Write the accounts of Zoho; returns their number."""
    header = ("Record Id", "Account Name", "Account Number", "Account Owner", "Billing Country", "Industry Code", "Registration Number", "Rating", "Created Time")  # fmt: skip
    places = zoho_customers(people)
    created = day_texts(people.onboarded[places])
    rows = [
        [
            zoho_id(people.code[place]), people.name[place], people.code[place], OWNER_NAMES[people.owner[place]],
            _zoho_country(people, place), people.industry[place], _as_typed(people.registration[place], place), "Active", f"{day} 09:00:00",
        ]
        for place, day in zip(places.tolist(), created, strict=True)
    ]  # fmt: skip
    write_csv(path, header, rows, encoding="utf-8-sig")
    return len(rows)


def _zoho_country(people: Population, place: int) -> str:
    if people.case[place] == "contradiction":
        return "Singapore" if people.country[place] != "SG" else "Germany"
    return COUNTRIES[people.country[place]]


def write_json_lines(path: Path, records: list[dict[str, object]]) -> None:
    """Write one JSON object per line, in UTF-8 and without escapes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in records]
    path.write_bytes("".join(line + "\n" for line in lines).encode())

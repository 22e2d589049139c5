"""Owns what people keep beside the ledgers: KYC register, who leads whom, the dossier of visits and ratings, countries, industries."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from riskreview.demo.ledger_files import Rows
from riskreview.demo.office_files import write_workbook
from riskreview.demo.population import INDUSTRIES, Population
from riskreview.demo.texts import day_number, day_texts, write_csv

COUNTRY_CLASSES = {
    "CN": 2, "DE": 0, "US": 0, "GB": 0, "FR": 0, "SG": 0, "NL": 0, "IT": 1, "HK": 1, "MX": 3, "VN": 4, "AT": 0, "IE": 0, "MM": 7,
}  # fmt: skip
"""Invented classes in the manner of the OECD's."""
LISTED = {"MM": "call for action", "KP": "call for action", "IR": "call for action", "VN": "increased monitoring"}
LEADERS = ("ceo", "cfo", "auditor")
WORSE_INDUSTRY = "C34"
"""The industry whose insolvencies rise."""
KYC_HEADER = ("客户编码", "客户名称", "风险分类", "下次复核日期", "受益所有人核实比例")
DOSSIER_HEADER = ("entry_no", "customer_code", "kind", "about", "date", "person", "figure", "agreed_on", "answered_on")
NOTHING = -1


def write_kyc_register(path: Path, people: Population, rng: np.random.Generator, day: date) -> int:
    """Write the register of the compliance department; returns the number of rows."""
    today = day_number(day)
    due = today + rng.integers(20, 900, people.size)
    verified = np.where(rng.random(people.size) < 0.05, rng.integers(80, 99, people.size), 100)
    late = rng.random(people.size) < 0.03
    due[late] = today - rng.integers(2, 40, people.size)[late]
    planted = people.having("unknown_owner")
    due[planted], verified[planted] = today - 140, 50
    kinds = np.where(people.risk > 0.5, "高", "普通")
    rows = list(zip(people.code, people.name, kinds.tolist(), day_texts(due), verified.tolist(), strict=True))
    write_workbook(path, "KYC台账", (("客户尽职调查台账",),), KYC_HEADER, rows, day)
    return len(rows)


def leaders(people: Population, place: int, rng: np.random.Generator, today: int) -> Iterator[tuple[str, int, int]]:
    """Yield role, first and last day; most have led for years, at a planted customer two changed lately."""
    years = rng.integers(500, 4000, 3)
    changes = {"cfo": 70, "auditor": 40} if people.case[place] == "leadership" else {}
    if not people.case[place] and rng.random() < 0.02:
        changes = {"ceo": 200}
    for role, age in zip(LEADERS, years.tolist(), strict=True):
        if role in changes:
            yield role, today - age, today - changes[role] - 5
            yield role, today - changes[role], NOTHING
        else:
            yield role, today - age, NOTHING


def dossier_rows(people: Population, rng: np.random.Generator, today: int) -> Rows:
    """Return ratings by two people, requests, visits and disclosures of some customers, worse ones of the frail."""
    rows: Rows = []
    for place in range(people.size):
        frail, draw = people.risk[place] > 0.85 and not people.case[place], rng.random(4)
        if draw[0] < 0.25:
            rows += _ratings(people, place, rng, today, frail=frail)
        if draw[1] < 0.12:
            age, wait = (60, 45) if frail else (int(rng.integers(30, 300)), int(rng.integers(2, 20)))
            rows.append(_entry(people, place, "request", "statements", today - age, answered=today - age + wait))
        if draw[2] < 0.08:
            rows.append(
                _entry(people, place, "visit", "idle_plant" if frail else "none", today - int(rng.integers(5, 300)))
            )
        if draw[3] < 0.10:
            share = str(int(rng.integers(42, 58) if frail else rng.integers(8, 36)))
            rows.append(
                _entry(people, place, "disclosure", "top buyer", today - int(rng.integers(5, 400)), figure=share)
            )
    return [[f"DO{number:05d}", *row] for number, row in enumerate(rows, start=1)]


def _ratings(people: Population, place: int, rng: np.random.Generator, today: int, *, frail: bool) -> Rows:
    scores = rng.integers(2, 4, 2) if frail else rng.integers(3, 6, 2)
    raters = (people.owner[place], "2001")
    return [_entry(people, place, "rating", "management", today - int(rng.integers(5, 300)), person=rater, figure=str(score))
            for rater, score in zip(raters, scores.tolist(), strict=True)]  # fmt: skip


def _entry(
    people: Population, place: int, kind: str, about: str, day: int, *, person: str = "", figure: str = "", answered: int = NOTHING
) -> list[str]:  # fmt: skip
    agreed = day + 14 if kind == "request" else NOTHING
    on, agreed_on, answered_on = day_texts(np.array([day, agreed, answered]))
    return [people.code[place], kind, about, on, person or people.owner[place], figure, agreed_on, answered_on]


def known_on(rows: Rows, day: date) -> Rows:
    """Return the entries that an export of a day holds."""
    return [row for row in rows if row[4] <= day.isoformat() and row[8] <= day.isoformat()]


def write_dossier(path: Path, rows: Rows) -> int:
    """Write the entries of the dossier; returns their number."""
    write_csv(path, DOSSIER_HEADER, rows, encoding="utf-8")
    return len(rows)


def write_countries(path: Path, day: date) -> int:
    """Write the company's own list of country classes and of listed jurisdictions; returns the number of rows."""
    classes, listed = (day - timedelta(days=90)).isoformat(), (day - timedelta(days=7)).isoformat()
    rows = [["house classes", classes, country, str(grade), ""] for country, grade in COUNTRY_CLASSES.items()]
    rows += [["house jurisdictions", listed, country, "", state] for country, state in LISTED.items()]
    write_csv(path, ("list", "in force from", "country", "class", "state"), rows, encoding="utf-8")
    return len(rows)


def write_industry(path: Path, rng: np.random.Generator, day: date) -> int:
    """Write quarterly insolvency rates per thousand firms of two and a half years; returns the number of rows."""
    ends = [date(day.year - back // 4, 3 * (4 - back % 4) - 2, 1) - timedelta(days=1) for back in range(12)]
    rows = []
    for industry in INDUSTRIES:
        level = rng.uniform(4, 9)
        for end in sorted(end for end in ends if end < day - timedelta(days=45)):
            years = (day - end).days / 365.25
            trend = 1.18 if industry == WORSE_INDUSTRY else 1.02
            rate = level * trend**-years * (1 + 0.01 * rng.uniform(-1, 1))
            rows.append([industry, end.isoformat(), f"{rate:.3f}", (end + timedelta(days=40)).isoformat()])
    write_csv(path, ("industry", "quarter_end", "insolvencies_per_1000", "published"), rows, encoding="utf-8")
    return len(rows)

"""Owns the smaller extracts: the credit bureau's signals, promises and disputes of the collections desk, exchange rates."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np

from riskreview.demo.ledger_files import Rows, invoice_number
from riskreview.demo.population import RATES, Ints, Population
from riskreview.demo.texts import day_number, day_texts, money_texts, write_csv, write_json_lines
from riskreview.demo.trade import UNPAID, Invoices

_PROVIDER = "Nordlicht Auskunft"  # an invented credit bureau

Record = dict[str, object]


def bureau_records(people: Population, rng: np.random.Generator, as_of: date) -> list[tuple[int, Record]]:
    """Return the bureau's records with the day each became known, oldest first."""
    today = day_number(as_of)
    records = [
        _record(people, place, today - age, kind, severity) for place, age, kind, severity in _ordinary(people, rng)
    ]
    for number, place in enumerate(people.having("insolvency").tolist()):
        day = today if number else today - 4
        records.append(
            _record(people, place, day, "insolvency", 95, case=f"({as_of.year})0{number + 1}破申{place % 90 + 10}号")
        )
    for number, place in enumerate(people.having("sanctions").tolist()):
        records.append(_record(people, place, today - number, "sanction", 80, name=f"{people.name[place][:4]}…"))
    for number, place in enumerate(people.having("adverse_media").tolist()):
        records.append(_record(people, place, today - 9 - number, "news", 85, status="confirmed"))
    records.sort(key=lambda item: (item[0], str(item[1]["record"])))
    return records


def _ordinary(people: Population, rng: np.random.Generator) -> list[tuple[int, int, str, int]]:
    """One or two lawsuits or tax arrears at weak customers, bureau letters and news at a few healthy ones."""
    found = []
    for place in range(people.size):
        if people.case[place]:
            continue
        draw, age = rng.random(2), rng.integers(20, 330, 2)
        if people.risk[place] >= 0.5 and draw[0] < 0.45:
            found.append((place, int(age[0]), "litigation" if draw[1] < 0.7 else "tax_arrears", 45))
        if people.risk[place] > 0.85 and draw[1] < 0.4:
            found.append((place, int(age[1]), "litigation", 55))
        if people.risk[place] < 0.5 and draw[0] < 0.03:
            found.append((place, int(age[0]), "registry_change" if draw[1] < 0.5 else "news", 10))
    return found


def _record(people: Population, place: int, day: int, kind: str, severity: int, **more: str) -> tuple[int, Record]:
    observed = day_texts(np.array([day]))[0]
    record: Record = {
        "record": f"NA-{observed.replace('-', '')}-{people.code[place]}-{kind[:3].upper()}", "client_ref": people.code[place],
        "registration_number": people.registration[place], "type": kind, "observed": observed,
        "event": day_texts(np.array([day - 2]))[0], "severity": severity, "status": "open", "provider": _PROVIDER,
    }  # fmt: skip
    return day, record | dict(more)


def write_bureau(path: Path, records: list[tuple[int, Record]], day: int, window: int | None) -> int:
    """Write the bureau's records known on ``day``, in a daily export only those of the last weeks; returns their number."""
    first = 0 if window is None else day - window
    chosen = [record for known, record in records if first < known <= day]
    write_json_lines(path, chosen)
    return len(chosen)


def promise_rows(people: Population, invoices: Invoices, rng: np.random.Generator, day: int) -> Rows:
    """Return promises of late payers over the last five months; each breaks at most one in three."""
    late = np.flatnonzero(
        (invoices.paid < UNPAID) & (invoices.paid - invoices.due > 9) & (invoices.due > day - 150) & (invoices.due < day - 12)
        & (people.risk[invoices.customer] >= 0.5) & (people.case[invoices.customer] == "")
    )  # fmt: skip
    rows: Rows = []
    given = dict.fromkeys(set(invoices.customer[late].tolist()), 0)
    for place in late.tolist():
        customer = int(invoices.customer[place])
        given[customer] += 1
        if given[customer] > 3:
            continue
        broken = given[customer] == 2 and rng.random() < 0.3
        due = int(invoices.paid[place]) + (-6 if broken else 3)
        promised, by = day_texts(np.array([int(invoices.due[place]) + 5, max(due, int(invoices.due[place]) + 6)]))
        rows.append(_promise(people, invoices, place, len(rows) + 1, (promised, by)))
    return rows


def _promise(people: Population, invoices: Invoices, place: int, number: int, days: tuple[str, str]) -> list[str]:
    customer = int(invoices.customer[place])
    amount = money_texts(invoices.cents[place : place + 1])[0]
    document = invoice_number(invoices, np.array([place]))[0]
    return [f"PR{number:05d}", people.code[customer], document, *days, amount, people.currency[customer]]


def write_promises(path: Path, rows: Rows, day: date) -> int:
    """Write the promises made up to ``day``; returns their number."""
    chosen = [row for row in rows if row[3] <= day.isoformat()]
    header = ("promise_no", "customer_code", "invoice_no", "promised_on", "pay_by", "amount", "currency")
    write_csv(path, header, chosen, encoding="utf-8")
    return len(chosen)


def dispute_rows(people: Population, invoices: Invoices, rng: np.random.Generator, day: int) -> Rows:
    """Return quality and price disputes: small ones, most of them settled."""
    recent = np.flatnonzero(
        (invoices.issued > day - 160) & (invoices.issued < day - 8) & (people.case[invoices.customer] == "")
    )
    chosen = np.sort(rng.permutation(recent)[: people.size // 25])
    _, once = np.unique(invoices.customer[chosen], return_index=True)
    rows: Rows = []
    for place in chosen[np.sort(once)].tolist():
        customer = int(invoices.customer[place])
        opened = int(invoices.issued[place]) + 4
        resolved = opened + 20 if opened + 20 <= day and rng.random() < 0.7 else -1
        amount = money_texts(invoices.cents[place : place + 1] // 12)[0]
        opened_on, resolved_on = day_texts(np.array([opened, resolved]))
        reason = ("quality", "price", "quantity")[place % 3]
        document = invoice_number(invoices, np.array([place]))[0]
        rows.append([f"DS{len(rows) + 1:05d}", people.code[customer], document, opened_on, resolved_on, amount, people.currency[customer], reason])  # fmt: skip
    return rows


def write_disputes(path: Path, rows: Rows, day: date) -> int:
    """Write the disputes opened up to ``day``; returns their number."""
    chosen = [row for row in rows if row[3] <= day.isoformat()]
    header = ("dispute_no", "customer_code", "invoice_no", "opened_on", "resolved_on", "amount", "currency", "reason")
    write_csv(path, header, chosen, encoding="utf-8")
    return len(chosen)


def fx_rows(rng: np.random.Generator, first: date, last: date) -> Rows:
    """Return CNY for 100 units of each currency and working day, as banks quote it."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    days = [day for day in days if day.weekday() < 5]
    rows = []
    for currency, level in RATES.items():
        if currency == "CNY":
            continue
        moves: Ints = rng.normal(0, 0.0012, len(days)).cumsum()
        path = level * np.exp((moves - moves[-1]).clip(-0.06, 0.06))
        rows += [
            [day.isoformat(), currency, "CNY", f"{rate * 100:.4f}"]
            for day, rate in zip(days, path.tolist(), strict=True)
        ]
    return sorted(rows)


def write_fx(path: Path, rows: Rows, day: date) -> int:
    """Write the rates up to ``day``; returns their number."""
    chosen = [row for row in rows if row[0] <= day.isoformat()]
    write_csv(path, ("rate_date", "currency", "quote", "per_100"), chosen, encoding="utf-8")
    return len(chosen)

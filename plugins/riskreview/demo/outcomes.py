"""Owns comparing what the system found with what the demo planted; the only reader of the expected-outcomes file."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import text

from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.validation.feeds import feed_states

CLASSES = ("unknown", "low", "medium", "high", "critical", "default")


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What was planted, what was found.

    :param planted: number of planted cases.
    :param found: how many of them the system found.
    :param missed: one line per planted case that was not found.
    :param spurious: one line per emergency, activation, quarantined row or late feed nobody planted.
    :param by_case: planted and found cases by name of the case.
    """

    planted: int
    found: int
    missed: tuple[str, ...]
    spurious: tuple[str, ...]
    by_case: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Found:
    """What the database says now.

    :param customers: class, signals, playbooks and whether another customer is proposed as the same, by account id of the planted ones.
    :param feeds: state by source.
    :param quarantine: rows by source and code.
    :param emergencies: account id with the rule or the playbook.
    :param with_limit: customers whose assessment knows a credit limit.
    """

    customers: Mapping[str, Mapping[str, Any]]
    feeds: Mapping[str, str]
    quarantine: Mapping[tuple[str, str], int]
    emergencies: frozenset[tuple[str, str]]
    with_limit: int


def compare(services: Services, expected_path: Path) -> Outcomes:
    """Compare the state of the database with the expected-outcomes file."""
    expected = json.loads(expected_path.read_text(encoding="utf-8"))
    return judge(expected["cases"], _read_state(services, expected))


def judge(cases: Sequence[Mapping[str, Any]], state: Found) -> Outcomes:
    """Compare planted cases with what was found; pure."""
    missed: list[str] = []
    by_case: dict[str, tuple[int, int]] = {}
    for case in cases:
        lacking = list(_lacking(case, state))
        planted, found = by_case.get(case["case"], (0, 0))
        by_case[case["case"]] = (planted + 1, found + (not lacking))
        missed += [f"{case['case']} {_subject(case)}: {'; '.join(lacking)}"] if lacking else []
    return Outcomes(len(cases), len(cases) - len(missed), tuple(missed), tuple(_spurious(cases, state)), by_case)


def _subject(case: Mapping[str, Any]) -> str:
    return f"{case['system']}:{case['account_id']}" if "account_id" in case else str(case["feed"])


def _lacking(case: Mapping[str, Any], state: Found) -> Iterator[str]:
    wanted = case["expected"]
    if "account_id" in case:
        yield from _lacking_of_customer(wanted, state.customers.get(case["account_id"]))
    elif "feed_state" in wanted:
        actual = state.feeds.get(case["feed"], "missing")
        if actual != wanted["feed_state"]:
            yield f"the feed is {actual}, not {wanted['feed_state']}"
        if state.with_limit < wanted.get("customers_with_limit", 0):
            yield f"only {state.with_limit} customers have their limit, not {wanted['customers_with_limit']}"
    else:
        rows = state.quarantine.get((case["feed"], wanted["code"]), 0)
        if rows != wanted["count"]:
            yield f"{rows} rows with {wanted['code']}, not {wanted['count']}"


def _lacking_of_customer(wanted: Mapping[str, Any], actual: Mapping[str, Any] | None) -> Iterator[str]:
    if actual is None:
        yield "the account is not known"
        return
    if "class_at_least" in wanted and (actual["risk_class"] or 0) < CLASSES.index(wanted["class_at_least"]):
        yield f"the class is {CLASSES[actual['risk_class'] or 0]}, not {wanted['class_at_least']}"
    yield from (f"no signal {rule}" for rule in wanted["signals"] if rule not in actual["signals"])
    if wanted.get("is_proposed", False) and not actual["is_proposed"]:
        yield "no proposal that it is one with another customer"
    yield from (f"no activation of {book}" for book in wanted["playbooks"] if book not in actual["playbooks"])


def _spurious(cases: Sequence[Mapping[str, Any]], state: Found) -> Iterator[str]:
    wanted = {
        (case["account_id"], what)
        for case in cases
        if "account_id" in case
        for what in (*case["expected"]["signals"], *case["expected"]["playbooks"])
    }
    yield from (f"kingdee:{account}: {what}" for account, what in sorted(state.emergencies - wanted))
    feeds = {case["feed"] for case in cases if "feed_state" in case["expected"]}
    yield from (f"{feed}: {how}" for feed, how in sorted(state.feeds.items()) if how != "fresh" and feed not in feeds)
    codes = {(case["feed"], case["expected"]["code"]) for case in cases if "code" in case["expected"]}
    yield from (
        f"{feed}: {rows} rows with {code}"
        for (feed, code), rows in sorted(state.quarantine.items())
        if (feed, code) not in codes
    )


def _read_state(services: Services, expected: Mapping[str, Any]) -> Found:
    accounts = [case["account_id"] for case in expected["cases"] if "account_id" in case]
    system = expected["system"]
    with services.engine.connect() as connection:
        found = connection.execute(text(sql("demo", "planted_customers")), {"system": system, "account_ids": accounts})
        customers = {str(row["account_id"]): dict(row) for row in found.mappings()}
        rows = connection.execute(text(sql("demo", "quarantined")))
        quarantine = {(str(row.source_id), str(row.code)): int(row.row_count) for row in rows}
        emergencies = connection.execute(text(sql("demo", "emergencies")), {"system": system})
        with_limit = int(connection.execute(text(sql("demo", "with_limit"))).scalar_one())
        urgent = frozenset((str(row.account_id), str(row.what)) for row in emergencies)
    states = feed_states(services, as_of=date.fromisoformat(expected["as_of"]))
    return Found(customers, {item.source_id: str(item.state) for item in states}, quarantine, urgent, with_limit)

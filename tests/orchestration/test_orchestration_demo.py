"""A demo says what is missing, goes on where it was interrupted, and hands each delivery over whole."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from riskreview.foundation.instance import Instance
from riskreview.orchestration.demo_run import missing_outcomes
from riskreview.orchestration.demo_state import (
    DemoState,
    deliveries,
    hand_over,
    hold_back,
    open_state,
    read_state,
    save_state,
)

DAY = date(2026, 10, 30)


@pytest.fixture
def summary() -> dict[str, Any]:
    """The summary of a demo in which everything was found."""
    return {
        "customers": 300, "rows": {"landed": 5000, "refused": 12}, "scored": 300, "signals_open": 40, "reviews_opened": 30,
        "playbooks_activated": 8, "notifications": {"accepted": 50, "received_by_server": 50}, "audit": {"events": 900, "verified": 900},
        "events": {"sent": 15, "evaluated": 15, "passes": 3, "p95_seconds": 9.5},
        "crm": {"accounts": {"fxiaoke": 220, "zoho": 50}, "calls": 60, "credits": 70, "confirmed": 40, "agreed": 1, "tasks": 9, "conflicts": 1},
        "expected": {"planted": 13, "found": 13, "missed": 0, "missed_cases": [], "spurious": 0, "spurious_findings": []},
    }  # fmt: skip


def test_a_complete_demo_misses_nothing(summary: dict[str, Any]) -> None:
    assert missing_outcomes(summary) == []


@pytest.mark.parametrize("figure", ["customers", "scored", "signals_open", "reviews_opened", "playbooks_activated"])
def test_a_figure_of_zero_is_missing(summary: dict[str, Any], figure: str) -> None:
    assert missing_outcomes({**summary, figure: 0}) == [f"{figure} is zero"]


def test_a_case_not_found_an_unplanted_emergency_and_an_altered_log_are_each_named(summary: dict[str, Any]) -> None:
    expected = {
        "planted": 13,
        "found": 12,
        "missed": 1,
        "missed_cases": ["insolvency of C-7"],
        "spurious": 1,
        "spurious_findings": ["fraud at C-9"],
    }

    found = missing_outcomes({**summary, "expected": expected, "audit": {"events": 900, "verified": 899}})

    assert len(found) == 3
    assert any("insolvency of C-7" in line for line in found)
    assert any("fraud at C-9" in line for line in found)
    assert any("899 of 900" in line for line in found)


def test_a_notice_that_was_not_evaluated_is_missing(summary: dict[str, Any]) -> None:
    late = {**summary, "events": {**summary["events"], "evaluated": 14}}

    assert missing_outcomes(late) == ["only 14 of 15 notices were evaluated"]


@pytest.mark.parametrize("figure", ["calls", "credits", "confirmed", "agreed", "tasks", "conflicts"])
def test_a_demo_without_its_crm_part_is_not_complete(summary: dict[str, Any], figure: str) -> None:
    assert missing_outcomes({**summary, "crm": {**summary["crm"], figure: 0}}) == [f"crm.{figure} is zero"]


def test_a_demo_that_read_one_crm_only_is_not_complete(summary: dict[str, Any]) -> None:
    one = {**summary["crm"], "accounts": {"zoho": 50}}

    assert missing_outcomes({**summary, "crm": one}) == ["crm.accounts.fxiaoke is zero"]


def test_no_mail_at_the_server_is_missing(summary: dict[str, Any]) -> None:
    silent = {**summary, "notifications": {"accepted": 50, "received_by_server": 0}}

    assert missing_outcomes(silent) == ["notifications.received_by_server is zero"]


def test_a_demo_goes_on_with_the_deliveries_that_are_not_done(instance: Instance) -> None:
    state = replace(
        open_state(instance.home, customers=300, seed=7, as_of=DAY), is_prepared=True, finished=("2026-10-29",)
    )
    save_state(instance.home, state)

    assert open_state(instance.home, customers=300, seed=7, as_of=DAY) == state


@pytest.mark.parametrize("other", [{"customers": 400}, {"seed": 8}, {"as_of": date(2026, 9, 30)}])
def test_a_demo_of_another_portfolio_starts_from_nothing(instance: Instance, other: dict[str, Any]) -> None:
    save_state(instance.home, DemoState(300, 7, DAY.isoformat(), is_prepared=True))

    wanted: dict[str, Any] = {"customers": 300, "seed": 7, "as_of": DAY} | other
    fresh = open_state(instance.home, **wanted)

    assert not fresh.is_prepared
    assert read_state(instance.home) is None


def test_a_portfolio_that_was_cut_short_is_thrown_away(instance: Instance) -> None:
    save_state(instance.home, DemoState(300, 7, DAY.isoformat()))

    open_state(instance.home, customers=300, seed=7, as_of=DAY)

    assert not instance.home.exists()


def test_deliveries_are_held_back_and_handed_over_in_order_and_twice_adds_nothing(instance: Instance) -> None:
    inbox = Path(instance.inbox)
    for day in ("2026-10-30", "2026-10-29"):
        (inbox / day / "kingdee").mkdir(parents=True)
        (inbox / day / "kingdee" / "receivables.csv").write_text(day, encoding="utf-8")

    hold_back(instance.home, inbox)
    first, second = deliveries(instance.home)

    assert (first.name, second.name) == ("2026-10-29", "2026-10-30")
    assert [path for path in inbox.rglob("*") if path.is_file()] == []
    assert (hand_over(first, inbox), hand_over(first, inbox)) == (1, 1)
    assert [path.relative_to(inbox).as_posix() for path in inbox.rglob("*") if path.is_file()] == [
        "2026-10-29/kingdee/receivables.csv"
    ]
